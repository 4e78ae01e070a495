package whisper

import (
	"slices"
	"testing"
)

func TestLanguagesOfModels(t *testing.T) {
	t.Parallel()
	if got := New(Options{Model: "tiny.en"}).Info(); !slices.Equal(got.Languages, []string{"en"}) || got.Model != "tiny.en" {
		t.Errorf("tiny.en: %+v", got)
	}
	got := New(Options{Model: "base"}).Info().Languages
	if len(got) != 99 || !slices.IsSorted(got) || !slices.Contains(got, "de") || slices.Contains(got, "tlh") {
		t.Errorf("base: %d %v", len(got), got)
	}
}
