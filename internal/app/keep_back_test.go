package app

import (
	"strings"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// renewed has the recording's text made once more.
func (b again) renewed(text string, probability float64) {
	b.Helper()
	if _, err := b.Transcribe(b.Context(), b.who, b.r.ID, Again{}); err != nil {
		b.Fatal(err)
	}
	b.hears(b.runID(), text, probability)
}

func (b again) released() talkit.Transcript {
	b.Helper()
	t, err := b.DB.TranscriptOfRecording(b.Context(), b.r.ID)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

// TestAWeakTextReplacesNoReleasedOne: who reads texts first reads this one, too.
func TestAWeakTextReplacesNoReleasedOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		below := 70
		b.set(SpeechChange{ReviewBelow: &below})
		before := b.released()
		b.renewed("A weak text.", 0.5)
		now := b.recordingNow()
		if now.Status != "completed" || now.Again == nil || now.Again.Error == nil || !strings.Contains(*now.Again.Error, "version 2") || now.Again.Job.Status != "completed" {
			t.Errorf("the recording: %+v", now)
		}
		if after := b.released(); after.Text != before.Text || after.UpdatedOn != before.UpdatedOn || after.Run.ID != before.Run.ID {
			t.Errorf("released was %+v, is %+v", before, after)
		}
		if _, segments, err := b.segmentsOf(t.Context(), b.who, before.ID); err != nil || segments.Text() != before.Text || b.text() != before.Text {
			t.Errorf("its segments: %+v %v, its text %q", segments, err, b.text())
		}
		heads, _, err := b.RevisionHeads(t.Context(), b.who, b.r.ID, 0, 10)
		if err != nil || len(heads) != 3 || heads[0].Engine != "whisper base" {
			t.Errorf("versions: %+v %v", heads, err)
		}
		if _, err := b.RestoreRevision(t.Context(), b.who, b.r.ID, 2); err != nil {
			t.Fatal(err)
		}
		if now := b.recordingNow(); now.Again != nil || b.released().Text != "A weak text." {
			t.Errorf("brought back: %+v, %q", now, b.released().Text)
		}
	})
}

// TestWhoReadsFirstIsAskedAgain, each time, until they have decided.
func TestWhoReadsFirstIsAskedAgain(t *testing.T) {
	t.Parallel()
	b := newAgain(t, storetest.Open(t, storetest.SQLite(t)))
	yes := true
	if _, err := b.ChangeProfile(t.Context(), b.who, ProfileChange{Review: &yes}); err != nil {
		t.Fatal(err)
	}
	b.renewed("A second text.", 0.9)
	b.renewed("A third text.", 0.9)
	if now := b.recordingNow(); now.Again == nil || !strings.Contains(*now.Again.Error, "version 4") || b.released().Text != "The first text." {
		t.Errorf("%+v, %q", now.Again, b.released().Text)
	}
	if _, err := b.WriteTranscript(t.Context(), b.who, b.r.ID, "My own.", nil); err != nil {
		t.Fatal(err)
	}
	if now := b.recordingNow(); now.Again != nil || b.released().Text != "My own." {
		t.Errorf("written: %+v, %q", now.Again, b.released().Text)
	}
	no := false
	if _, err := b.ChangeProfile(t.Context(), b.who, ProfileChange{Review: &no}); err != nil {
		t.Fatal(err)
	}
	b.renewed("A fourth text.", 0.9)
	if now := b.recordingNow(); now.Again != nil || b.released().Text != "A fourth text." {
		t.Errorf("without review: %+v, %q", now.Again, b.released().Text)
	}
}

// TestWhatWaitsForReviewIsRenewed: nobody has read it yet.
func TestWhatWaitsForReviewIsRenewed(t *testing.T) {
	t.Parallel()
	b := newAgain(t, storetest.Open(t, storetest.SQLite(t)))
	below := 70
	b.set(SpeechChange{ReviewBelow: &below})
	b.r = b.next()
	b.rows.Do(func(tx *store.Tx) error {
		r, err := tx.LockRecording(t.Context(), b.r.ID)
		r.Audio.Key = "sound"
		if err == nil {
			err = tx.SetRecording(t.Context(), r)
		}
		return err
	})
	b.hears(b.r.Run.ID, "A weak text.", 0.5)
	b.renewed("A strong text.", 0.9)
	if now := b.recordingNow(); now.Status != "review" || now.Again != nil || b.text() != "A strong text." {
		t.Errorf("%+v, %q", now, b.text())
	}
}
