package jobs

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/internal/transcribe"
)

// submitted is a queued recording of a user: a second of sound that says it is
// so long.
func (b *speechWork) submitted(user talkit.User, length time.Duration, model string) talkit.Recording {
	b.Helper()
	key, err := b.App.StoreWork(b.Context(), bytes.NewReader(second()))
	check(b.T, err)
	r := storetest.NewRecording(user)
	r.Audio.Key, r.Audio.DurationMS, r.Run.Model = key, length.Milliseconds(), model
	b.rows.Do(func(tx *store.Tx) error { return tx.AddRecording(b.Context(), &r) })
	return r
}

// second is a WAV file.
func second() []byte {
	var file bytes.Buffer
	write := func(v any) { _ = binary.Write(&file, binary.LittleEndian, v) }
	file.WriteString("RIFF")
	write(uint32(36 + talkit.BytesPerSecond))
	file.WriteString("WAVEfmt ")
	write([]uint32{16, 1 | 1<<16, talkit.SampleRate, talkit.BytesPerSecond, talkit.BytesPerSample | 16<<16})
	file.WriteString("data")
	write(uint32(talkit.BytesPerSecond))
	file.Write(make([]byte, talkit.BytesPerSecond))
	return file.Bytes()
}

// models gives each of these models, "" among them, an engine; those that are
// marked are away.
type models struct {
	mu   sync.Mutex
	away map[string]bool
}

func (m *models) set(model string, away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away[model] = away
}

type mayBeAway struct {
	*scripted
	model string
	of    *models
}

func (e mayBeAway) Ready(context.Context) error {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	if e.of.away[e.model] {
		return speech.ErrNotReady
	}
	return nil
}

func (b *speechWork) engines() *models {
	m := &models{away: map[string]bool{}}
	b.Engines = speech.NewEngines("", func(model string) (transcribe.Engine, error) { return mayBeAway{b.engine, model, m}, nil })
	return m
}

func (b *speechWork) run(r talkit.Recording) talkit.Run {
	b.Helper()
	run, err := b.App.DB.Run(b.Context(), r.Run.ID)
	check(b.T, err)
	return run
}

// TestANoteIsDecodedNext: whoever sent what before, the next worker that is free
// takes a note of somebody who had no turn.
func TestANoteIsDecodedNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		busy, brief := b.rows.User(), b.rows.User()
		var files []talkit.Recording
		for range 20 {
			files = append(files, b.submitted(busy, time.Minute, ""))
		}
		id, done, err := b.nextRun(t.Context(), 1)
		check(t, err)
		done()
		equal(t, "the first", id, files[0].Run.ID)
		note := b.submitted(brief, 10*time.Second, "")
		id, done, err = b.nextRun(t.Context(), 2) // the job that the second file came with
		check(t, err)
		done()
		equal(t, "the next", id, note.Run.ID)
	})
}

// TestOneLongRecordingAtATime: the others wait, and short ones go by.
func TestOneLongRecordingAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		user := b.rows.User()
		first, second := b.submitted(user, 10*time.Hour, ""), b.submitted(user, 11*time.Hour, "")
		id, done, err := b.nextRun(t.Context(), 1)
		check(t, err)
		equal(t, "the long one", id, first.Run.ID)
		note := b.submitted(user, time.Second, "")
		id, other, err := b.nextRun(t.Context(), 2)
		check(t, err)
		other()
		equal(t, "a note", id, note.Run.ID)
		_, _, busy, err := b.claimRun(t.Context(), 3, nil)
		if !talkit.IsNotFound(err) || !busy {
			t.Errorf("another long one: %v %v", busy, err)
		}
		done()
		id, done, err = b.nextRun(t.Context(), 3)
		check(t, err)
		equal(t, "the other long one", id, second.Run.ID)
		// Its process dies, and the next takes its job up while it is at another.
		done()
		third := b.submitted(user, 12*time.Hour, "")
		id, _, err = b.nextRun(t.Context(), 4)
		check(t, err)
		equal(t, "the third", id, third.Run.ID)
		if _, _, busy, err := b.claimRun(t.Context(), 3, nil); !talkit.IsNotFound(err) || !busy {
			t.Errorf("the one that was held: %v %v", busy, err)
		}
	})
}

// TestAnEngineThatIsAway: what needs it waits and says so, what needs another
// goes on, and a queue full of it does not spin.
func TestAnEngineThatIsAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		engines := b.engines()
		user := b.rows.User()
		engines.set("", true)
		waiting, healthy := b.submitted(user, time.Second, ""), b.submitted(user, time.Hour, "small")
		id, done, err := b.nextRun(t.Context(), 1)
		check(t, err)
		done()
		equal(t, "what can be decoded", id, healthy.Run.ID)
		r, err := db.Recording(t.Context(), waiting.ID)
		check(t, err)
		equal(t, "the other waits for", r.WaitingFor, talkit.WaitingForEngine)

		began := time.Now()
		var snooze *river.JobSnoozeError
		if _, _, err := b.nextRun(t.Context(), 2); !errors.As(err, &snooze) {
			t.Errorf("nothing can be decoded: %v", err)
		}
		if held := time.Since(began); held < nextHold {
			t.Errorf("the worker came back after %v", held)
		}
		engines.set("", false)
		id, done, err = b.nextRun(t.Context(), 2)
		check(t, err)
		done()
		equal(t, "once it is back", id, waiting.Run.ID)
		r, err = db.Recording(t.Context(), waiting.ID)
		check(t, err)
		equal(t, "it waits for", r.WaitingFor, talkit.WaitingForNothing)
	})
}

// TestPiecesOfAnEngineThatIsAway: they are left, also by the job that had one.
func TestPiecesOfAnEngineThatIsAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		engines := b.engines()
		user := b.rows.User()
		small, own := b.submitted(user, time.Second, "small"), b.submitted(user, time.Second, "")
		b.rows.Run(small, 100, 100)
		b.rows.Run(own, 200)
		p, err := b.nextPiece(t.Context(), 1)
		check(t, err)
		equal(t, "the first", p.RunID, own.Run.ID)
		engines.set("", true)
		p, err = b.nextPiece(t.Context(), 1)
		check(t, err)
		equal(t, "what goes on while the server's own is away", p.RunID, small.Run.ID)
		if b.run(own).AwaySince == 0 || b.run(small).AwaySince != 0 {
			t.Errorf("%+v %+v", b.run(own), b.run(small))
		}
		engines.set("", false)
		engines.set("small", true)
		p, err = b.nextPiece(t.Context(), 2)
		check(t, err)
		equal(t, "the one that was given back", p.RunID, own.Run.ID)
		b.rows.Do(func(tx *store.Tx) error {
			_, _, err := tx.FinishPiece(t.Context(), p.Piece, 2, talkit.Now())
			return err
		})
		engines.set("small", false)
		for job := range int64(2) {
			p, err = b.nextPiece(t.Context(), job+3)
			if job == 0 {
				check(t, err)
				equal(t, "the last that nobody had", p.RunID, small.Run.ID)
			} else if !talkit.IsNotFound(err) {
				t.Errorf("none is left: %v", err)
			}
		}
	})
}

// TestPrepare decodes what there is; a job too many finds nothing.
func TestPrepare(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		enginetest.LeaveOut(t, "ffmpeg (apt install ffmpeg)")
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newSpeechWork(t, db)
		r := b.submitted(b.rows.User(), time.Second, "")
		check(t, b.prepare(t.Context(), 1, talkit.PrepareJob{}))
		equal(t, "status", b.run(r).Status, talkit.RunRunning)
		check(t, b.prepare(t.Context(), 2, talkit.PrepareJob{})) // one more than there is work
	})
}
