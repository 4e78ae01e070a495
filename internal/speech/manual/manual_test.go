package manual_test

import (
	"testing"

	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
	"talkit/internal/speech/manual"
)

func TestContract(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(*testing.T) speech.Engine { return manual.New() })
}
