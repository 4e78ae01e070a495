package jobs

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/blob"
	"talkit/internal/speech"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/internal/transcribe"
)

// scripted is an engine that hears of which recording a piece is, and its
// number: they are its first samples.
type scripted struct {
	transcribe.Engine
	kills func(recording, number int) bool // pieces that kill it
	knows []string                         // languages; nil: all

	mu    sync.Mutex
	leave bool  // it goes away at the next piece,
	away  int   // for so many looks
	heard []int // the recordings of the pieces, in the order of its turns
}

func (e *scripted) Info() transcribe.EngineInfo {
	return transcribe.EngineInfo{Name: "scripted", Model: "script", Languages: e.knows, Workers: 2}
}
func (e *scripted) Ready(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.away > 0 {
		e.away--
		return speech.ErrNotReady
	}
	return nil
}

func (e *scripted) DetectLanguage(context.Context, []byte) (string, float64, error) {
	return "en", 1, nil
}

func (e *scripted) Recognize(_ context.Context, p transcribe.Piece) (result speech.Result, err error) {
	recording, number := int(binary.LittleEndian.Uint16(p.PCM)), int(binary.LittleEndian.Uint16(p.PCM[2:]))
	if e.kills != nil && e.kills(recording, number) {
		return result, errors.New("the engine died")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.leave {
		e.leave, e.away = false, 2
		return result, speech.ErrNotReady
	}
	e.heard = append(e.heard, recording)
	result.Segments = talkit.Segments{{End: 1, Text: fmt.Sprint("piece ", number), Words: []talkit.Word{}}}
	return result, nil
}

// turns are how often each recording was heard so far.
func (e *scripted) turns() map[int]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := map[int]int{}
	for _, r := range e.heard {
		n[r]++
	}
	return n
}

// speechWork are the workers of a server whose engine is scripted.
type speechWork struct {
	*testing.T
	Work
	rows   storetest.Rows
	engine *scripted
	jobs   int64
}

func newSpeechWork(t *testing.T, db *store.DB) *speechWork {
	db.UseQueue(unheard{})
	blobs, err := blob.OpenDisk(t.TempDir())
	check(t, err)
	t.Cleanup(func() { blobs.Close() })
	b := &speechWork{T: t, rows: storetest.RowsOf(t, db), engine: &scripted{}}
	b.App = &app.App{DB: db, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Changes: app.NewChanges()}
	b.Log = b.App.Log
	b.Engines = speech.NewEngines("", func(string) (transcribe.Engine, error) { return b.engine, nil })
	return b
}

// unheard drops jobs: the test is the queue.
type unheard struct{}

func (unheard) Insert(context.Context, *sql.Tx, []store.Entry) error { return nil }
func (unheard) Committed()                                           {}

// recording is one of a user with so many pieces of a tenth of a second.
func (b *speechWork) recording(user talkit.User, pieces int) talkit.Recording {
	b.Helper()
	const size = talkit.BytesPerSecond / 10
	r := b.rows.Recording(user)
	sound := make([]byte, pieces*size)
	all := make([]talkit.Piece, pieces)
	for i := range pieces {
		binary.LittleEndian.PutUint16(sound[i*size:], uint16(r.ID))
		binary.LittleEndian.PutUint16(sound[i*size+2:], uint16(i))
		all[i] = talkit.Piece{Start: int64(i * size), End: int64((i + 1) * size)}
	}
	key, err := b.App.StoreWork(b.Context(), bytes.NewReader(sound))
	check(b.T, err)
	check(b.T, b.App.Prepare(b.Context(), r.Run.ID, app.Prepared{WorkKey: key, Duration: time.Second, Pieces: all}))
	return r
}

// turn does one job to its end, as the queue would: it is tried again.
func (b *speechWork) turn() {
	b.Helper()
	b.jobs++
	for range talkit.MaxPieceAttempts + 1 {
		if b.piece(b.Context(), b.jobs, talkit.PieceJob{}) == nil {
			return
		}
	}
	b.Error("a job never ends")
}

func (b *speechWork) end(r talkit.Recording) (talkit.Recording, string) {
	b.Helper()
	check(b.T, b.finish(b.Context(), 0, talkit.FinishJob{RunID: r.Run.ID}))
	r, err := b.App.DB.Recording(b.Context(), r.ID)
	check(b.T, err)
	v, err := b.App.DB.CurrentRevision(b.Context(), r.ID)
	if !talkit.IsNotFound(err) {
		check(b.T, err)
	}
	return r, v.Text
}

func TestAPieceThatKillsTheEngineIsLeftOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		died := 0
		b.engine.kills = func(_, number int) bool {
			if number == 1 {
				died++
			}
			return number == 1
		}
		r := b.recording(b.rows.User(), 3)
		for range 3 {
			b.turn()
		}
		equal(t, "deaths", died, talkit.MaxPieceAttempts)
		r, text := b.end(r)
		equal(t, "status", r.Status, talkit.RecordingCompleted)
		equal(t, "text", text, "piece 0 [inaudible] piece 2")
		v, err := db.CurrentRevision(t.Context(), r.ID)
		check(t, err)
		mark := v.Segments[1]
		if mark.Start != 0.1 || mark.End != 0.2 || len(mark.Words) != 1 || mark.Words[0].Probability != 0 {
			t.Errorf("the mark: %+v", mark)
		}
	})
}

// TestAPieceOutlivesItsEngine: the engine goes away with the last piece in hand,
// and the piece is done once it is back.
func TestAPieceOutlivesItsEngine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		r := b.recording(b.rows.User(), 1)
		b.engine.leave = true
		b.jobs++
		if err := b.piece(t.Context(), b.jobs, talkit.PieceJob{}); err == nil {
			t.Fatal("the piece is done")
		}
		check(t, b.piece(t.Context(), b.jobs, talkit.PieceJob{}))
		_, text := b.end(r)
		equal(t, "text", text, "piece 0")
	})
}

// awayBlobs are sound that cannot be had for a while.
type awayBlobs struct {
	blob.Store
	away bool
}

func (s *awayBlobs) Open(ctx context.Context, key string) (*blob.Blob, error) {
	if s.away {
		return nil, talkit.Errorf(talkit.Unavailable, "The storage does not answer.")
	}
	return s.Store.Open(ctx, key)
}

// TestAnOutageIsNoFaultOfAPiece: what cannot be had is asked for until it can.
func TestAnOutageIsNoFaultOfAPiece(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		r := b.recording(b.rows.User(), 1)
		blobs := &awayBlobs{b.App.Blobs, true}
		b.App.Blobs = blobs
		b.jobs++
		for range 2 * talkit.MaxPieceAttempts {
			if err := b.piece(t.Context(), b.jobs, talkit.PieceJob{}); err == nil {
				t.Fatal("a piece is done whose sound cannot be had")
			}
		}
		blobs.away = false
		check(t, b.piece(t.Context(), b.jobs, talkit.PieceJob{}))
		_, text := b.end(r)
		equal(t, "text", text, "piece 0")
	})
}

func TestARecordingFailsWhenAllOfItIsLeftOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		b.engine.kills = func(int, int) bool { return true }
		r := b.recording(b.rows.User(), 2)
		b.turn()
		b.turn()
		r, text := b.end(r)
		equal(t, "status", r.Status, talkit.RecordingFailed)
		equal(t, "text", text, "")
		contains(t, "words for the person", r.Error, "talkit doctor")
	})
}

// TestUsersShareTheEngine: one long recording of one user, and many of another.
func TestUsersShareTheEngine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		one, other := b.rows.User(), b.rows.User()
		long := b.recording(one, 40)
		for range 4 {
			b.recording(other, 10)
		}
		for range 10 {
			b.turn()
			b.turn()
			if turns := b.engine.turns(); 2*turns[int(long.ID)] != len(b.engine.heard) {
				t.Fatalf("after %d turns the one had %d", len(b.engine.heard), turns[int(long.ID)])
			}
		}
	})
}

// TestAShortNoteDoesNotWait: it is heard next but one at the latest, whoever
// sent what before.
func TestAShortNoteDoesNotWait(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		one, other := b.rows.User(), b.rows.User()
		b.recording(one, 30)
		b.turn()
		for _, user := range []talkit.User{one, other} {
			b.turn()
			note := b.recording(user, 1)
			b.turn()
			b.turn()
			if !slices.Contains(b.engine.heard[len(b.engine.heard)-2:], int(note.ID)) {
				t.Errorf("the note was not heard: %v", b.engine.heard)
			}
		}
	})
}

// TestADeletedRecordingStops: what is left of it is never heard.
func TestADeletedRecordingStops(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		user := b.rows.User()
		r := b.recording(user, 30)
		b.turn()
		check(t, db.InTx(t.Context(), func(tx *store.Tx) error {
			locked, err := tx.LockRecording(t.Context(), r.ID)
			if err == nil {
				err = tx.DeleteRecording(t.Context(), locked)
			}
			return err
		}))
		for range 5 {
			b.turn()
		}
		equal(t, "turns", len(b.engine.heard), 1)
	})
}

// TestALanguageThatIsKnownNoMore: the model changed while the sound came.
func TestALanguageThatIsKnownNoMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		b.engine.knows = []string{"en"}
		r := storetest.NewRecording(b.rows.User())
		r.Language = "de"
		b.rows.Do(func(tx *store.Tx) error { return tx.AddRecording(t.Context(), &r) })
		check(t, b.prepare(t.Context(), 1, talkit.PrepareJob{}))
		r, err := db.Recording(t.Context(), r.ID)
		check(t, err)
		equal(t, "status", r.Status, talkit.RecordingFailed)
		contains(t, "words for the person", r.Error, "does not know the language de")
	})
}
