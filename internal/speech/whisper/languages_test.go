package whisper

import (
	"slices"
	"testing"

	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
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

// TestALanguageOfLargerModels: base has no Cantonese, which the library lists.
func TestALanguageOfLargerModels(t *testing.T) {
	t.Parallel()
	e := New(installed(t, "base"))
	enginetest.Start(t, e)
	clip := enginetest.Clips(t)[0]
	result, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM, Language: "yue"})
	if err != nil || result.Language != "en" || clip.Heard(result.Segments.Text()) < 0.7 {
		t.Errorf("%+v %v", result, err)
	}
}
