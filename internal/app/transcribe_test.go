package app

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// again is a person with a recording that became text, and an app.
type again struct {
	*testing.T
	*App
	rows storetest.Rows
	who  talkit.Caller
	r    talkit.Recording
}

func newAgain(t *testing.T, db *store.DB) again {
	b := again{T: t, App: testApp(t, db), rows: storetest.RowsOf(t, db)}
	person := b.rows.User()
	b.who = talkit.Caller{Kind: talkit.CallerUser, UserID: person.ID, Person: person}
	b.r = storetest.NewRecording(person)
	b.r.Audio.Key = blob.NewKey()
	b.rows.Do(func(tx *store.Tx) error { return tx.AddRecording(t.Context(), &b.r) })
	b.ends(b.r.Run.ID, "whisper base", "The first text.")
	return b
}

// ends has a run give a text.
func (b again) ends(runID int64, engine, text string) {
	b.Helper()
	b.begins(runID, engine)
	err := b.FinishRun(b.Context(), runID, func([]talkit.Piece) talkit.Segments { return talkit.Segments{{End: 1, Text: text}} })
	if err != nil {
		b.Fatal(err)
	}
}

func (b again) begins(runID int64, engine string) {
	b.Helper()
	key, err := b.StoreWork(b.Context(), strings.NewReader("sound"))
	if err == nil {
		err = b.Prepare(b.Context(), runID, Prepared{WorkKey: key, Duration: time.Second, Engine: engine, Pieces: []talkit.Piece{{End: 100}, {Start: 100, End: 200}}})
	}
	if err != nil {
		b.Fatal(err)
	}
}

// runID is that of the run that turns the recording into text again.
func (b again) runID() int64 {
	b.Helper()
	r, err := b.DB.Recording(b.Context(), b.r.ID)
	if err != nil || r.Again.ID == 0 {
		b.Fatalf("nothing turns it into text again: %+v %v", r, err)
	}
	return r.Again.ID
}

func (b again) recordingNow() wire.Recording {
	b.Helper()
	r, err := b.FetchRecording(b.Context(), b.who, b.r.ID)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (b again) text() string {
	b.Helper()
	t, err := b.OwnTranscript(b.Context(), b.who, b.r.ID)
	if err != nil {
		b.Fatal(err)
	}
	return t.Text
}

// queued wants an operator to see that the recording gets another text.
func (b again) queued(status talkit.RecordingStatus) {
	b.Helper()
	entries, _, err := b.QueueOf(b.Context(), talkit.Operator, status, 0)
	if err != nil || len(entries) != 1 || entries[0].ID != b.r.ID || entries[0].Status != status || !entries[0].Again || !entries[0].Kept {
		b.Errorf("%s: %+v %v", status, entries, err)
	}
	n, err := b.DB.OpenRecordings(b.Context())
	if err != nil || n.Waiting+n.Running != 1 || (n.Running == 1) != (status == talkit.RecordingProcessing) {
		b.Errorf("%s: counted %+v %v", status, n, err)
	}
}

func TestTranscribeAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		language, vocabulary := "de", true
		asked, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{Model: "small", Language: &language, Vocabulary: &vocabulary})
		if err != nil || asked.Status != "completed" || asked.Again == nil || asked.Again.Model != "small" || asked.Again.Job.Language != "de" {
			t.Fatalf("asked: %+v %v", asked, err)
		}
		b.queued(talkit.RecordingQueued)
		if _, run, err := b.RunToPrepare(t.Context(), b.runID()); err != nil || run.Model != "small" || run.Hints == nil || !*run.Hints {
			t.Fatalf("to prepare: %+v %v", run, err)
		}
		b.begins(b.runID(), "whisper small")
		b.queued(talkit.RecordingProcessing)
		_, err = b.Transcribe(t.Context(), b.who, b.r.ID, Again{})
		wantKind(t, "once it has begun", err, talkit.Conflict)
		if err := b.Waiting(t.Context(), b.r.ID, talkit.WaitingForEngine); err != nil {
			t.Fatal(err)
		}
		if now := b.recordingNow(); now.Status != "completed" || now.WaitingFor != nil || now.Job.Engine != "whisper base" || b.text() != "The first text." {
			t.Errorf("while it runs: %+v, %q", now, b.text())
		}
		err = b.FinishRun(t.Context(), b.runID(), func([]talkit.Piece) talkit.Segments { return talkit.Segments{{End: 1, Text: "A better text."}} })
		if err != nil {
			t.Fatal(err)
		}
		now := b.recordingNow()
		if now.Status != "completed" || now.Again != nil || now.Job.Engine != "whisper small" || now.Language != "de" || b.text() != "A better text." {
			t.Errorf("in the end: %+v, %q", now, b.text())
		}
		released, err := b.DB.TranscriptOfRecording(t.Context(), b.r.ID)
		if err != nil || released.ID != *now.TranscriptID || released.Run.Engine != "whisper small" || released.Name != "Memo" {
			t.Errorf("released: %+v %v", released, err)
		}
		heads, _, err := b.RevisionHeads(t.Context(), b.who, b.r.ID, 0, 10)
		if err != nil || len(heads) != 2 || heads[1].Engine != "whisper base" {
			t.Errorf("revisions: %+v %v", heads, err)
		}
	})
}

// TestAskedAnotherWay: what was asked for and has not begun gives way.
func TestAskedAnotherWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		if _, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{Model: "small"}); err != nil {
			t.Fatal(err)
		}
		first := b.runID()
		asked, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{Model: "base"})
		if err != nil || asked.Again == nil || asked.Again.Model != "base" || b.runID() == first {
			t.Fatalf("%+v %v", asked, err)
		}
		if _, _, err := b.RunToPrepare(t.Context(), first); !talkit.IsNotFound(err) {
			t.Errorf("the first is still to be prepared: %v", err)
		}
		b.ends(b.runID(), "whisper base", "Another text.")
		if now := b.recordingNow(); now.Again != nil || b.text() != "Another text." {
			t.Errorf("%+v", now)
		}
	})
}

// TestAModelThatIsAway: who chooses one that is not ready is told so; one that
// goes afterwards is waited for, but not for ever.
func TestAModelThatIsAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		away := map[string]bool{"tiny.en": true, "base": true}
		b.Speech = func(model string) (talkit.SpeechModel, error) {
			name := cmp.Or(model, "base")
			return talkit.SpeechModel{Name: name, Away: away[name]}, nil
		}
		_, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{Model: "tiny.en"})
		wantKind(t, "a model that is not ready", err, talkit.Invalid)
		if !strings.Contains(err.Error(), "tiny.en is not ready") {
			t.Errorf("in words: %v", err)
		}
		for _, own := range []string{"", "base"} {
			if _, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{Model: own}); err != nil {
				t.Errorf("the server's own as %q: %v", own, err)
			}
		}
		if _, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{Model: "small"}); err != nil {
			t.Fatal(err)
		}
		look := func(ready bool) []string {
			t.Helper()
			away, err := b.ModelsAway(t.Context(), func(string) bool { return ready })
			if err != nil {
				t.Fatal(err)
			}
			return away
		}
		if away := look(false); !slices.Equal(away, []string{"small"}) {
			t.Errorf("away: %v", away)
		}
		if now := b.recordingNow(); now.WaitingFor != nil || now.Again.WaitingFor == nil || now.Again.WaitingFor.Code != "engine" {
			t.Errorf("while it is away: %+v", now.Again)
		}
		if away := look(true); len(away) != 0 || b.recordingNow().Again.WaitingFor != nil {
			t.Errorf("once it is back: %v, %+v", away, b.recordingNow().Again)
		}
		look(false)
		if err := b.failGone(t.Context(), "small", talkit.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		now := b.recordingNow()
		if now.Again == nil || now.Again.Job.Status != "failed" || !strings.Contains(*now.Again.Error, "small is not ready") || now.Status != "completed" {
			t.Errorf("in the end: %+v", now.Again)
		}
	})
}

func TestTranscribeAgainInVain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		if _, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{}); err != nil {
			t.Fatal(err)
		}
		b.begins(b.runID(), "whisper base")
		if err := b.FailRun(t.Context(), b.runID(), "The engine broke."); err != nil {
			t.Fatal(err)
		}
		now := b.recordingNow()
		if now.Status != "completed" || now.Error != nil || now.Again == nil || now.Again.Error == nil || *now.Again.Error != "The engine broke." || b.text() != "The first text." {
			t.Errorf("%+v, %q", now, b.text())
		}
		if _, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{}); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

func TestTranscribeIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		b.Speech = func(model string) (talkit.SpeechModel, error) {
			if !slices.Contains([]string{"", "base"}, model) {
				return talkit.SpeechModel{}, talkit.Errorf(talkit.Invalid, "There is base.")
			}
			return talkit.SpeechModel{Name: "base", Languages: []string{"de", "en"}}, nil
		}
		klingon := "tlh"
		_, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{Language: &klingon})
		wantKind(t, "a language", err, talkit.Invalid)
		_, err = b.Transcribe(t.Context(), b.who, b.r.ID, Again{Model: "huge"})
		wantKind(t, "a model", err, talkit.Invalid)
		stranger := b.rows.User()
		_, err = b.Transcribe(t.Context(), talkit.Caller{Kind: talkit.CallerUser, UserID: stranger.ID, Person: stranger}, b.r.ID, Again{})
		wantKind(t, "another's", err, talkit.NotFound)
		queued := b.rows.Recording(b.who.Person)
		_, err = b.Transcribe(t.Context(), b.who, queued.ID, Again{})
		wantKind(t, "in work", err, talkit.Conflict)
		if err := b.CheckSubmission(talkit.Recording{Type: talkit.Note, Language: "tlh"}); talkit.KindOf(err) != talkit.Invalid {
			t.Errorf("submitted in Klingon: %v", err)
		}
	})
}

// TestSoundIsKeptForAnotherText: what is turned into text again keeps its sound
// for as long as that takes, whatever the person set.
func TestSoundIsKeptForAnotherText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		if _, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{}); err != nil {
			t.Fatal(err)
		}
		person := b.who.Person
		person.AudioDays = talkit.UntilTranscribed
		b.rows.Do(func(tx *store.Tx) error { return tx.SetUser(t.Context(), person) })
		b.mustSweep()
		if b.recordingNow().Audio == nil {
			t.Fatal("the sound went while it was needed")
		}
		b.ends(b.runID(), "whisper base", "Another text.")
		b.mustSweep()
		if b.recordingNow().Audio != nil {
			t.Fatal("the sound stays")
		}
		_, err := b.Transcribe(t.Context(), b.who, b.r.ID, Again{})
		wantKind(t, "without sound", err, talkit.Conflict)
	})
}

func (b again) mustSweep() {
	b.Helper()
	if err := b.Sweep(b.Context()); err != nil {
		b.Fatal(err)
	}
}
