package app

import (
	"strings"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// hears has a run end with a sentence, a word a second, each as likely as said.
func (b again) hears(runID int64, text string, probability float64) {
	b.Helper()
	b.begins(runID, "whisper base")
	if _, err := b.KeepLanguage(b.Context(), runID, "en"); err != nil {
		b.Fatal(err)
	}
	heard := talkit.Segment{Text: text}
	for i, w := range strings.Fields(text) {
		heard.Words = append(heard.Words, talkit.Word{Word: " " + w, Start: float64(i), End: float64(i + 1), Probability: probability})
		heard.End = float64(i + 1)
	}
	if err := b.FinishRun(b.Context(), runID, func([]talkit.Piece) talkit.Segments { return talkit.Segments{heard} }); err != nil {
		b.Fatal(err)
	}
}

// next is another recording of the same person.
func (b again) next() talkit.Recording {
	b.Helper()
	r := storetest.NewRecording(b.who.Person)
	b.rows.Do(func(tx *store.Tx) error { return tx.AddRecording(b.Context(), &r) })
	return r
}

func (b again) set(c SpeechChange) {
	b.Helper()
	if _, err := b.ChangeProfile(b.Context(), b.who, ProfileChange{SpeechChange: c}); err != nil {
		b.Fatal(err)
	}
}

func TestTextIsWrittenAsItsPersonWants(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		v := talkit.Vocabulary{Words: talkit.Words{"Trial Period"}, Replacements: talkit.Replacements{{Heard: "wealth box", Write: "Wealthbox"}}}
		if _, err := b.SetVocabulary(t.Context(), b.who, v); err != nil {
			t.Fatal(err)
		}
		yes := true
		b.set(SpeechChange{Dictated: &yes})
		b.r = b.next()
		b.hears(b.r.Run.ID, "My trial period of Wealth Box, comma, new line. ends.", 0.9)
		if got, want := b.text(), "My trial period of Wealthbox,\nEnds."; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestAWeakTextWaitsForReview(t *testing.T) {
	t.Parallel()
	b := newAgain(t, storetest.Open(t, storetest.SQLite(t)))
	below := 70
	b.set(SpeechChange{ReviewBelow: &below})
	for _, c := range []struct {
		probability float64
		want        talkit.RecordingStatus
	}{{0.69, talkit.RecordingReview}, {0.71, talkit.RecordingCompleted}} {
		b.r = b.next()
		b.hears(b.r.Run.ID, "Some words of it.", c.probability)
		if got := b.recordingNow(); got.Status != string(c.want) || (got.WaitingFor != nil) != (c.want == talkit.RecordingReview) {
			t.Errorf("at %v: %+v", c.probability, got)
		}
	}
	b.r = b.next() // nothing said is not said weakly
	b.ends(b.r.Run.ID, "whisper base", "")
	if got := b.recordingNow(); got.Status != string(talkit.RecordingCompleted) {
		t.Errorf("without words: %+v", got)
	}
}

func TestHintsAreAChoice(t *testing.T) {
	t.Parallel()
	b := newAgain(t, storetest.Open(t, storetest.SQLite(t)))
	if _, err := b.SetVocabulary(t.Context(), b.who, talkit.Vocabulary{Words: talkit.Words{"Zoë"}}); err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for _, c := range []struct {
		settings bool
		run      *bool
		want     int
	}{{false, nil, 0}, {true, nil, 1}, {true, &no, 0}, {false, &yes, 1}} {
		b.set(SpeechChange{Hints: &c.settings})
		hints, err := b.Hints(t.Context(), store.ClaimedPiece{UserID: b.who.UserID, Hints: c.run})
		if err != nil || len(hints) != c.want {
			t.Errorf("%+v: %v %v", c, hints, err)
		}
	}
	if hints, err := b.Hints(t.Context(), store.ClaimedPiece{UserID: 1 << 40}); err != nil || hints != nil {
		t.Errorf("of nobody: %v %v", hints, err)
	}
}

func TestVocabularyIsItsPersonsAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newAgain(t, db)
		other := b.rows.User()
		v := talkit.Vocabulary{UserID: other.ID, Words: talkit.Words{"Wealthbox"}, Replacements: talkit.Replacements{{Heard: "a", Write: "secret thing"}}}
		for range 2 { // the second time in place of the first
			if _, err := b.SetVocabulary(t.Context(), b.who, v); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := b.Vocabulary(t.Context(), b.who); err != nil || len(got.Words) != 1 || got.UpdatedOn == 0 || got.UserID != b.who.UserID {
			t.Errorf("got %+v %v", got, err)
		}
		theirs, err := b.DB.Vocabulary(t.Context(), other.ID)
		if err != nil || theirs.Words != nil || theirs.UpdatedOn != 0 {
			t.Errorf("another's: %+v %v", theirs, err)
		}
		bad := talkit.Vocabulary{Words: talkit.Words{" "}}
		if _, err := b.SetVocabulary(t.Context(), b.who, bad); talkit.KindOf(err) != talkit.Invalid {
			t.Errorf("refused with %v", err)
		}
		var zip strings.Builder
		if err := b.ExportAccount(t.Context(), b.who, &zip); err != nil || !strings.Contains(zip.String(), "vocabulary.json") {
			t.Errorf("the export: %v", err)
		}

		if err := b.DeleteAccount(t.Context(), b.who); err != nil {
			t.Fatal(err)
		}
		if _, err := b.SetVocabulary(t.Context(), b.who, v); talkit.KindOf(err) != talkit.Unauthenticated {
			t.Errorf("after the account was shut: %v", err)
		}
		for done := false; !done; {
			if done, err = b.EraseSome(t.Context(), b.who.UserID); err != nil {
				t.Fatal(err)
			}
		}
		if left, err := b.DB.Vocabulary(t.Context(), b.who.UserID); err != nil || left.UpdatedOn != 0 {
			t.Errorf("left: %+v %v", left, err)
		}
	})
}
