package api

import (
	"strings"
	"testing"

	"talkit"
	"talkit/internal/app"
)

// TestDeltasJoinAsTheTextDoes, in scripts without spaces too.
func TestDeltasJoinAsTheTextDoes(t *testing.T) {
	t.Parallel()
	for text, parts := range map[string][]string{"Is it? Yes.": {"Is it?", "Yes."}, "你好。再见。": {"你好。", "再见。"}} {
		var heard app.Heard
		for _, part := range parts {
			heard.Segments = append(heard.Segments, talkit.Segment{Text: part})
		}
		shown, err := (&transcription{}).events(heard)
		if err != nil {
			t.Fatal(err)
		}
		var joined strings.Builder
		for line := range strings.Lines(string(shown.Body)) {
			if _, delta, ok := strings.Cut(line, `"delta":"`); ok {
				joined.WriteString(strings.TrimSuffix(delta, "\"}\n"))
			}
		}
		if joined.String() != text {
			t.Errorf("%q, want %q", joined.String(), text)
		}
	}
}
