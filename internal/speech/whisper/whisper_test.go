package whisper

import (
	"os"
	"testing"

	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
	"talkit/internal/speech/install"
)

// installed is the engine of this machine with a model, or the test is left out.
func installed(t *testing.T, model string) Options {
	t.Helper()
	dir := os.Getenv("TALKIT_ENGINES")
	if dir == "" {
		dir = install.DefaultDir()
	}
	if err := install.Present(dir, model); err != nil {
		enginetest.LeaveOut(t, "the speech engine (talkit engine install --model "+model+")")
	}
	return Options{Dir: dir, Model: model}
}

func TestContractBase(t *testing.T) {
	t.Parallel()
	options := installed(t, "base")
	enginetest.Run(t, func(*testing.T) speech.Engine { return New(options) })
}

func TestContractTinyEnglish(t *testing.T) {
	t.Parallel()
	options := installed(t, "tiny.en")
	enginetest.Run(t, func(*testing.T) speech.Engine { return New(options) })
}
