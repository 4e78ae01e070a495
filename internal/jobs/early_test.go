package jobs

import (
	"encoding/binary"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestWhatWasHeardEarlyIsTakenUp: the engine is not asked again, and the rest is
// heard in the same language.
func TestWhatWasHeardEarlyIsTakenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		user := b.rows.User()
		who := talkit.Caller{Kind: talkit.CallerUser, UserID: user.ID}
		r := b.recording(user, 3)
		now := talkit.Now()
		u := talkit.Upload{ID: "dictated", UserID: user.ID, Type: talkit.Note, CreatedOn: now, ExpiresOn: now.Add(time.Hour)}
		b.rows.Do(func(tx *store.Tx) error { return tx.AddUpload(t.Context(), u) })
		l, err := b.App.HoldLive(t.Context(), who, u.ID, false, func() {})
		check(t, err)
		for i, text := range []string{"Heard", "early."} {
			const size = talkit.BytesPerSecond / 10
			pcm := make([]byte, size)
			binary.LittleEndian.PutUint16(pcm, uint16(r.ID))
			binary.LittleEndian.PutUint16(pcm[2:], uint16(i))
			check(t, l.KeepEarly(t.Context(), pcm, nil, talkit.EarlyPiece{Start: int64(i * size), Model: "script", Language: "de",
				Segments: talkit.Segments{{Text: text, Words: []talkit.Word{}}}}))
		}
		l.Release()
		b.rows.Do(func(tx *store.Tx) error {
			_, err := tx.FinishUpload(t.Context(), u.ID, r.ID, now, now.Add(time.Hour))
			return err
		})
		for range 3 {
			b.turn()
		}
		equal(t, "pieces the engine heard", len(b.engine.heard), 1)
		run, err := db.Run(t.Context(), r.Run.ID)
		check(t, err)
		equal(t, "language", run.Language, "de")
		_, text := b.end(r)
		equal(t, "text", text, "Heard early. piece 2")
	})
}
