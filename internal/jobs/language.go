package jobs

import (
	"fmt"
	"slices"
	"strings"

	"talkit/internal/transcribe"
)

// unknownLanguage says in words that an engine does not know the language that a
// recording was sent as, "" if it may: the server's model can have changed since.
func unknownLanguage(engine transcribe.EngineInfo, language string) string {
	if language == "" || engine.ByHand || engine.Languages == nil || slices.Contains(engine.Languages, language) {
		return ""
	}
	return fmt.Sprintf("The model %s does not know the language %s, which this recording was sent as. It knows %s. The sound is kept: transcribe it again, with another language or model.",
		engine.Model, language, strings.Join(engine.Languages, ", "))
}
