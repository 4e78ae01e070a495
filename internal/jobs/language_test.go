package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/speech"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/internal/transcribe"
)

// linguist is an engine that remembers what it was given, and guesses languages
// as it is told to.
type linguist struct {
	scripted
	guess func(pcm []byte) (string, float64)
	asked int
	given []transcribe.Piece
}

func (e *linguist) Info() transcribe.EngineInfo {
	return transcribe.EngineInfo{Name: "linguist", Model: "some", Languages: []string{"de", "en", "fr"}, Workers: 1}
}

func (e *linguist) DetectLanguage(_ context.Context, pcm []byte) (string, float64, error) {
	e.asked++
	language, probability := e.guess(pcm)
	return language, probability, nil
}

func (e *linguist) Recognize(_ context.Context, p transcribe.Piece) (speech.Result, error) {
	e.given = append(e.given, p)
	return speech.Result{Segments: talkit.Segments{{End: 1, Text: "Heard.", Words: []talkit.Word{}}}}, nil
}

func newLinguist(t *testing.T, db *store.DB, guess func(pcm []byte) (string, float64)) (*speechWork, *linguist) {
	b, e := newSpeechWork(t, db), &linguist{guess: guess}
	b.Engines = speech.NewEngines("", func(string) (transcribe.Engine, error) { return e, nil })
	return b, e
}

func (b *speechWork) languageOf(r talkit.Recording) string {
	b.Helper()
	run, err := b.App.DB.Run(b.Context(), r.Run.ID)
	check(b.T, err)
	return run.Language
}

// TestARunTakesItsPersonsLanguage, unless the model does not know it: then it
// is found, and never taken for the language of anything.
func TestARunTakesItsPersonsLanguage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, c := range []struct {
			own         string
			guess       string
			probability float64
			want        string
			asked       bool
		}{
			{"de", "fr", 0.9, "de", false},
			{"", "fr", 0.9, "fr", true},
			{"yue", "fr", 0.9, "fr", true},
			{"yue", "fr", 0.3, "fr", true},
			{"yue", "", 0, "", true},
		} {
			b, e := newLinguist(t, db, func([]byte) (string, float64) { return c.guess, c.probability })
			user := b.rows.User()
			user.Language = c.own
			b.rows.Do(func(tx *store.Tx) error { return tx.SetUser(t.Context(), user) })
			r := b.recording(user, 1)
			b.turn()
			equal(t, "language of the run, own "+c.own, b.languageOf(r), c.want)
			equal(t, "language given, own "+c.own, e.given[0].Language, c.want)
			equal(t, "asked, own "+c.own, e.asked > 0, c.asked)
		}
	})
}

// TestALanguageIsLookedForBehindTheIntroduction: of the first pieces nobody
// knows what is spoken, or whether anything is.
func TestALanguageIsLookedForBehindTheIntroduction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b, e := newLinguist(t, db, nil)
		e.guess = func(pcm []byte) (string, float64) {
			switch number := pcm[2]; {
			case number < 6:
				return "", 0
			case number == 6:
				return "nn", 0.4
			}
			return "de", 0.9
		}
		r := b.recording(b.rows.User(), 12)
		b.turn()
		equal(t, "asked about a piece without speech", e.asked, 1)
		equal(t, "language of the run", b.languageOf(r), "")
		for range 6 {
			b.turn()
		}
		equal(t, "language of the run", b.languageOf(r), "de")
		equal(t, "language given", e.given[6].Language, "de")
	})
}

// TestTheFirstLanguageKeptHolds for the pieces that found another meanwhile.
func TestTheFirstLanguageKeptHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b, e := newLinguist(t, db, nil)
		r := b.recording(b.rows.User(), 2)
		e.guess = func([]byte) (string, float64) { // another piece is quicker
			_, err := b.App.KeepLanguage(t.Context(), r.Run.ID, "de")
			check(t, err)
			return "fr", 0.9
		}
		b.turn()
		equal(t, "language given", e.given[0].Language, "de")
		equal(t, "language of the run", b.languageOf(r), "de")
	})
}

// TestAPieceHeardEarlyInAnotherLanguage is heard again.
func TestAPieceHeardEarlyInAnotherLanguage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b, e := newLinguist(t, db, nil)
		r := b.recording(b.rows.User(), 1)
		pcm := []byte("sound")
		sum := sha256.Sum256(pcm)
		early := talkit.EarlyPiece{SHA256: hex.EncodeToString(sum[:]), Model: "some", Language: "en", Segments: talkit.Segments{{Text: "Early."}}}
		b.rows.Do(func(tx *store.Tx) error {
			now := talkit.Now()
			u := talkit.Upload{ID: "early", UserID: r.UserID, Type: talkit.Note, CreatedOn: now, ExpiresOn: now.Add(time.Hour)}
			if err := tx.AddUpload(t.Context(), u); err != nil {
				return err
			}
			if err := tx.AddEarlyPiece(t.Context(), u.ID, early); err != nil {
				return err
			}
			_, err := tx.FinishUpload(t.Context(), u.ID, r.ID, now, now.Add(time.Hour))
			return err
		})
		p := store.ClaimedPiece{Piece: talkit.Piece{RunID: r.Run.ID}, RecordingID: r.ID}
		_, err := b.App.KeepLanguage(t.Context(), r.Run.ID, "de")
		check(t, err)
		heard, found, err := b.early(t.Context(), e, p, pcm, nil) // claimed before that
		if err != nil || found {
			t.Errorf("found %v %v, %v", heard, found, err)
		}
	})
}

// TestChannelsApartAreRecognisedAlone: what crosses over of the other one is
// not heard.
func TestChannelsApartAreRecognisedAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, apart := range []bool{true, false} {
			b, e := newLinguist(t, db, func([]byte) (string, float64) { return "en", 0.9 })
			r := b.rows.Recording(b.rows.User())
			stereo := bytes.Repeat([]byte{0, 64, 0, 4}, talkit.SampleRate) // the second is the first, 24 dB below
			key, err := b.App.StoreWork(t.Context(), bytes.NewReader(stereo))
			check(t, err)
			check(t, b.App.Prepare(t.Context(), r.Run.ID, app.Prepared{WorkKey: key, Duration: time.Second, Channels: 2, Apart: apart,
				Pieces: []talkit.Piece{{End: int64(len(stereo) / 2), Channel: 2}}}))
			b.turn()
			silent := !bytes.ContainsFunc(e.given[0].PCM, func(r rune) bool { return r != 0 })
			if len(e.given[0].PCM) != len(stereo)/2 || silent != apart {
				t.Errorf("apart %v: silent %v, %d bytes", apart, silent, len(e.given[0].PCM))
			}
		}
	})
}
