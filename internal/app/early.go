package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"talkit"
	"talkit/internal/store"
)

// KeepEarly keeps what was heard in a piece of the upload, with hints, while the
// rest is still spoken. It is only a cache: what is lost of it is recognised again.
func (l *LiveUpload) KeepEarly(ctx context.Context, pcm []byte, hints []string, p talkit.EarlyPiece) error {
	p.SHA256 = soundHash(pcm, hints)
	return l.app.DB.InTx(ctx, func(tx *store.Tx) error { return tx.AddEarlyPiece(ctx, l.ID, p) })
}

// EarlyPiece is what was heard in a piece of a recording while it was spoken, by
// a model, with the same hints, in a language ("" takes any). Missing where there
// is nothing.
func (a *App) EarlyPiece(ctx context.Context, recordingID, start int64, pcm []byte, hints []string, model, language string) (talkit.EarlyPiece, error) {
	p, err := a.DB.EarlyPiece(ctx, recordingID, start, soundHash(pcm, hints), model)
	if err == nil && language != "" && p.Language != language {
		err = talkit.Missing("piece")
	}
	return p, err
}

// soundHash is of all that an engine is given.
func soundHash(pcm []byte, hints []string) string {
	hash := sha256.New()
	hash.Write(pcm)
	for _, hint := range hints {
		hash.Write([]byte("\x00" + hint))
	}
	return hex.EncodeToString(hash.Sum(nil))
}
