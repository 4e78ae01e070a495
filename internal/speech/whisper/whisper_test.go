package whisper

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
)

// models are the default one, and with make test-long one that knows English
// alone.
func models() []string {
	if os.Getenv("TALKIT_TEST_LONG") == "1" {
		return []string{"base", "tiny.en"}
	}
	return []string{"base"}
}

func TestContract(t *testing.T) {
	t.Parallel()
	for _, model := range models() {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			options := installed(t, model)
			enginetest.Run(t, func(*testing.T) speech.Engine { return New(options) })
		})
	}
}

// The model that knows English alone is never offered another language.
func TestEnglishModel(t *testing.T) {
	t.Parallel()
	e := New(installed(t, "tiny.en"))
	enginetest.Start(t, e)
	clip := enginetest.Clips(t)[0]
	result, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM, Language: "de"})
	if err != nil || result.Language != "en" || clip.Heard(result.Segments.Text()) < 0.7 {
		t.Errorf("got %+v %v", result, err)
	}
}

func TestHintsReachTheWorker(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 1})
	result, err := e.Recognize(t.Context(), speech.Piece{Hints: []string{"Zoë", "Van Dam"}})
	if err != nil || result.Segments.Text() != "Zoë Van Dam" {
		t.Errorf("got %+v %v", result, err)
	}
}

// Whatever the hints are, a piece is recognised.
func TestHints(t *testing.T) {
	t.Parallel()
	e := New(installed(t, "tiny.en"))
	enginetest.Start(t, e)
	clip := enginetest.Clips(t)[0]
	for name, hints := range map[string][]string{
		"words":   strings.Fields(clip.Text),
		"hostile": {"<|endoftext|>", "<|nospeech|>", "\x00", "\xff", "🙂", strings.Repeat("long ", 10_000)},
		"many":    slices.Repeat([]string{"Wealthbox"}, 1000),
	} {
		result, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM, Language: "en", Hints: hints})
		if err != nil || clip.Heard(result.Segments.Text()) < 0.7 {
			t.Errorf("%s: %+v %v", name, result, err)
		}
		enginetest.Sound(t, clip.PCM, result)
	}
}

func TestWorker(t *testing.T) {
	t.Parallel()
	installed(t, "tiny.en") // the tests need its numpy
	out, err := exec.CommandContext(t.Context(), python(t), "-B", "worker_test.py").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNoGhosts: where nobody speaks there is no word, and what is said among
// noise is all there is.
func TestNoGhosts(t *testing.T) {
	t.Parallel()
	for _, model := range models() {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			e := New(installed(t, model))
			enginetest.Start(t, e)
			clip := enginetest.Clips(t)[0]
			for name, sound := range enginetest.NoSpeech(9) {
				result, err := e.Recognize(t.Context(), speech.Piece{PCM: sound, Language: "en"})
				if err != nil || len(result.Segments) > 0 {
					t.Errorf("%s: %q %v", name, result.Segments.Text(), err)
				}
				result, err = e.Recognize(t.Context(), speech.Piece{PCM: enginetest.Among(clip.PCM, sound[:len(sound)*8/9]), Language: "en"})
				text := result.Segments.Text()
				if err != nil || clip.Heard(text) < 0.7 || len(strings.Fields(text)) > len(strings.Fields(clip.Text))+3 {
					t.Errorf("%q among %s: %q %v", clip.Text, name, text, err)
				}
			}
		})
	}
}
