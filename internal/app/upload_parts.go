package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
)

// partTime is how long a part may grow: a crash costs no more of a slow upload
// than came in that time.
const partTime = 5 * time.Second

// AppendUpload appends what from gives to an upload that ends at offset, and
// returns where it ends now: as far as the bytes are safe, come what may. What
// came before from failed is kept. Close of from is called from another
// goroutine when another request for the upload comes: Read has to return then.
func (a *App) AppendUpload(ctx context.Context, who talkit.Caller, id string, offset int64, from io.ReadCloser) (int64, error) {
	if _, err := a.upload(ctx, who, id); err != nil { // a stranger must not interrupt anybody
		return offset, err
	}
	mine, err := a.uploads.take(ctx, id, func() { from.Close() })
	if err != nil {
		return offset, err
	}
	defer a.uploads.release(id, mine)
	u, err := a.upload(ctx, who, id)
	if err != nil {
		return offset, err
	}
	if u.Offset != offset {
		return offset, elsewhere(u.Offset)
	}
	if err = a.appendParts(ctx, &u, from); err != nil && mine.asked.Load() {
		err = talkit.Errorf(talkit.Locked, "Another request for this upload came and goes on with it. What came until then is kept.").Because(err)
	}
	return u.Offset, err
}

func elsewhere(offset int64) error {
	return talkit.Errorf(talkit.Conflict, "The upload ends at byte %d. Go on from there.", offset)
}

// appendParts moves the upload's offset with each part that is safe.
func (a *App) appendParts(ctx context.Context, u *talkit.Upload, from io.Reader) error {
	ctx = context.WithoutCancel(ctx) // what came is kept, although nobody waits for the answer any more
	for in := bufio.NewReader(from); ; {
		size, err := a.appendPart(ctx, *u, in)
		u.Offset += size
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// appendPart stores the next part and returns how many bytes that were. The
// error is io.EOF once there is no more.
func (a *App) appendPart(ctx context.Context, u talkit.Upload, in *bufio.Reader) (int64, error) {
	if _, err := in.Peek(1); err != nil {
		return 0, err
	}
	a.soundComes()
	room := a.MaxUpload - u.Offset
	if u.Length != talkit.UnknownLength {
		room = u.Length - u.Offset
	}
	if room <= 0 {
		return 0, a.tooMuch(u)
	}
	part := &portion{from: in, left: min(room, talkit.MaxUploadPart), until: time.Now().Add(partTime)}
	key := blob.NewKey()
	size, err := a.storeLoose(ctx, key, part)
	if err != nil {
		return 0, err
	}
	if size == room && part.err == nil {
		if _, err := in.Peek(1); err == nil { // more than the client said: it is not to be the end of a whole
			return 0, errors.Join(a.tooMuch(u), a.DropUpload(ctx, Upload{Key: key}))
		}
	}
	if err := a.noteUploadPart(ctx, u, talkit.UploadPart{Start: u.Offset, Size: size, Key: key}); err != nil {
		return 0, errors.Join(err, a.DropUpload(ctx, Upload{Key: key}))
	}
	return size, part.err
}

func (a *App) tooMuch(u talkit.Upload) error {
	if u.Length == talkit.UnknownLength {
		return a.tooLarge()
	}
	return talkit.Errorf(talkit.TooLarge, "More comes than the %d bytes that this upload was to have.", u.Length)
}

// ErrWentOn is the cause where another process went on with an upload.
var ErrWentOn = errors.New("app: another process went on with the upload")

// noteUploadPart moves the offset by compare-and-set: another process may be
// at the same upload.
func (a *App) noteUploadPart(ctx context.Context, u talkit.Upload, p talkit.UploadPart) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RemoveLooseBlob(ctx, p.Key); err != nil {
			return err
		}
		noted, err := tx.AddUploadPart(ctx, u.ID, p, talkit.Now())
		if err == nil && !noted {
			err = talkit.Errorf(talkit.Conflict, "Another request went on with this upload. Ask where it ends now.").Because(ErrWentOn)
		}
		return err
	})
}

// portion reads what becomes one part: so many bytes, for so long, or until
// from ends or fails, which ends the part and not its storing.
type portion struct {
	from  io.Reader
	left  int64
	until time.Time
	begun bool
	err   error // why from gives no more
}

func (p *portion) Read(b []byte) (int, error) {
	if p.left == 0 || p.err != nil || (p.begun && time.Now().After(p.until)) {
		return 0, io.EOF
	}
	n, err := p.from.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	p.begun = p.begun || n > 0
	if p.err = err; err != nil {
		err = io.EOF
	}
	return n, err
}

// partsReader reads the parts of an upload as one.
type partsReader struct {
	ctx    context.Context
	app    *App
	upload talkit.Upload

	at    int64               // the next byte to read
	begun bool                // some parts were found
	next  []talkit.UploadPart // some that follow
	open  *blob.Blob          // nil between two
}

// partsBatch is how many parts are asked for at a time.
const partsBatch = 100

func (r *partsReader) Read(b []byte) (int, error) {
	for {
		if r.open == nil {
			if err := r.openNext(); err != nil {
				return 0, err
			}
		}
		n, err := r.open.Read(b)
		r.at += int64(n)
		if err == io.EOF {
			err = r.Close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// openNext opens the part that holds the next byte.
func (r *partsReader) openNext() (err error) {
	if r.at == r.upload.Length {
		return io.EOF
	}
	if len(r.next) == 0 {
		if err := r.find(); err != nil {
			return err
		}
	}
	if len(r.next) == 0 || r.next[0].Start > r.at {
		return fmt.Errorf("app: upload %s has no part at byte %d of %d", r.upload.ID, r.at, r.upload.Length)
	}
	part := r.next[0]
	r.next = r.next[1:]
	r.open, err = r.app.Blobs.Open(r.ctx, part.Key)
	if err == nil && r.open.Size != part.Size {
		err = fmt.Errorf("app: a part of upload %s has %d bytes, not %d", r.upload.ID, r.open.Size, part.Size)
	}
	if err == nil && part.Start < r.at {
		_, err = io.CopyN(io.Discard, r.open, r.at-part.Start)
	}
	return err
}

// find reads the next parts. The first may be in the midst of one, which begins
// no further back than the largest.
func (r *partsReader) find() (err error) {
	from := r.at
	if !r.begun {
		from, r.begun = max(0, r.at-talkit.MaxUploadPart), true
	}
	for len(r.next) == 0 {
		r.next, err = r.app.DB.UploadParts(r.ctx, r.upload.ID, from, partsBatch)
		if err != nil || len(r.next) == 0 {
			return err
		}
		last := r.next[len(r.next)-1]
		from = last.Start + last.Size
		r.next = slices.DeleteFunc(r.next, func(p talkit.UploadPart) bool { return p.Start+p.Size <= r.at })
	}
	return nil
}

// Close frees what is open; more can be read afterwards.
func (r *partsReader) Close() error {
	if r.open == nil {
		return nil
	}
	err := r.open.Close()
	r.open = nil
	return err
}
