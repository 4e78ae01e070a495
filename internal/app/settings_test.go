package app

import (
	"strings"
	"testing"

	"talkit"
	"talkit/internal/store/storetest"
)

// TestALanguageOfOnesOwn is one that the model knows: what it does not know it
// would write in no language.
func TestALanguageOfOnesOwn(t *testing.T) {
	t.Parallel()
	b := newAgain(t, storetest.Open(t, storetest.SQLite(t)))
	own := func(code string) error {
		_, err := b.ChangeProfile(t.Context(), b.who, ProfileChange{SpeechChange: SpeechChange{Language: &code}})
		_, other := b.ChangeUser(t.Context(), talkit.Operator, b.who.Person.Email, UserChange{SpeechChange: SpeechChange{Language: &code}})
		if talkit.KindOf(err) != talkit.KindOf(other) {
			t.Errorf("%q: the person gets %v, an operator %v", code, err, other)
		}
		return err
	}
	if err := own("fr"); err != nil {
		t.Errorf("before the model is known: %v", err)
	}
	b.Speech = func(string) (talkit.SpeechModel, error) {
		return talkit.SpeechModel{Name: "base", Languages: []string{"de", "en"}}, nil
	}
	for _, code := range []string{"fr", "de", "", "en"} { // the first was there
		if err := own(code); err != nil {
			t.Errorf("%q: %v", code, err)
		}
	}
	for _, code := range []string{"fr", "yue", "tlh"} {
		if err := own(code); talkit.KindOf(err) != talkit.Invalid || !strings.Contains(err.Error(), "language") {
			t.Errorf("%q: %v", code, err)
		}
	}
	if err := own("fr"); err == nil || !strings.Contains(err.Error(), "de, en") {
		t.Errorf("those it knows are not named: %v", err)
	}
	yes := true
	if _, err := b.ChangeProfile(t.Context(), b.who, ProfileChange{SpeechChange: SpeechChange{Dictated: &yes}}); err != nil {
		t.Error(err)
	}
}
