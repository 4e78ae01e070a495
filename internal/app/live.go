package app

import (
	"bytes"
	"context"
	"errors"
	"io"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/wire"
)

// LiveUpload is an upload that one connection holds, to append what is spoken.
// Any other request for the upload in this process takes it over.
type LiveUpload struct {
	talkit.Upload
	app     *App
	who     talkit.Caller
	raw     bool // of plain samples, behind our header
	mine    *hold
	release func()
}

// HoldLive takes an upload over, wherever it was begun, to append to it.
// interrupt is called from another goroutine when the next one wants it: then
// End or Release has to come soon. raw says that plain samples will come: the
// server writes the header of their WAV, so they begin behind it.
func (a *App) HoldLive(ctx context.Context, who talkit.Caller, id string, raw bool, interrupt func()) (*LiveUpload, error) {
	if _, err := a.upload(ctx, who, id); err != nil { // a stranger must not interrupt anybody
		return nil, err
	}
	mine, err := a.uploads.take(ctx, id, interrupt)
	if err != nil {
		return nil, err
	}
	l := &LiveUpload{app: a, who: who, raw: raw, mine: mine, release: func() { a.uploads.release(id, mine) }}
	if l.Upload, err = a.upload(ctx, who, id); err == nil && raw {
		err = l.checkRaw(ctx)
	}
	if err != nil {
		l.Release()
		return nil, err
	}
	return l, nil
}

// Release lets others go on with the upload. It can be called again.
func (l *LiveUpload) Release() {
	if l.release != nil {
		l.release()
		l.release = nil
	}
}

// Taken tells whether another request wants the upload.
func (l *LiveUpload) Taken() bool { return l.mine.asked.Load() }

// Append stores a portion, of talkit.MaxUploadPart at the most, and moves the
// offset: what is before it is safe, come what may.
func (l *LiveUpload) Append(ctx context.Context, portion []byte) error {
	ctx = context.WithoutCancel(ctx) // what came is kept, whoever still waits for that
	size := int64(len(portion))
	switch {
	case size == 0:
		return nil
	case l.Length != talkit.UnknownLength && l.Offset+size > l.Length:
		return l.app.tooMuch(l.Upload)
	case l.Offset+size > l.app.MaxUpload:
		return talkit.Errorf(talkit.TooLarge, "The dictation is larger than the %d bytes that this server takes. "+
			"What came until then is kept: end it, and begin another.", l.app.MaxUpload)
	}
	part := talkit.UploadPart{Start: l.Offset, Size: size, Key: blob.NewKey()}
	if _, err := l.app.storeLoose(ctx, part.Key, bytes.NewReader(portion)); err != nil {
		return err
	}
	if err := l.app.noteUploadPart(ctx, l.Upload, part); err != nil {
		return errors.Join(err, l.app.DropUpload(ctx, Upload{Key: part.Key}))
	}
	l.Offset += size
	return nil
}

// End makes a recording of the upload and releases it. Of nothing, or of what
// is no sound, nothing is left.
func (l *LiveUpload) End(ctx context.Context) (wire.Recording, error) {
	l.Release()
	a, u := l.app, l.Upload
	if u.Length == talkit.UnknownLength {
		length := u.Offset
		if l.raw && length <= wavHeaderSize {
			length = 0
		}
		err := a.DeclareUpload(ctx, l.who, u.ID, length)
		if length == 0 {
			err = errors.Join(err, a.AbandonUpload(ctx, l.who, u.ID))
		}
		if err != nil {
			return wire.Recording{}, err
		}
	}
	return a.FinishUpload(ctx, l.who, u.ID)
}

// Sound reads what is stored so far, from a byte on.
func (l *LiveUpload) Sound(ctx context.Context, from int64) io.ReadCloser {
	u := l.Upload
	u.Length = u.Offset
	return &partsReader{ctx: ctx, app: l.app, upload: u, at: from}
}

// Hints are the words that the engine is told for the recording that this becomes.
func (l *LiveUpload) Hints(ctx context.Context) ([]string, error) {
	return l.app.Hints(ctx, store.ClaimedPiece{UserID: l.UserID})
}
