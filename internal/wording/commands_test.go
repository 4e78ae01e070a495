package wording

import (
	"os"
	"strings"
	"testing"
)

// TestTheDocumentHasAllCommands, and all that must be set apart.
func TestTheDocumentHasAllCommands(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/words.md")
	if err != nil {
		t.Fatal(err)
	}
	document := string(text)
	for _, c := range commands {
		said := strings.TrimSuffix(strings.Replace(c.said, "semi colon", "semicolon", 1), "quotes")
		if !strings.Contains(document, said) {
			t.Errorf("%q is not in docs/words.md", c.said)
		}
	}
	for said := range inSpeech {
		if !strings.Contains(document, "*"+said+"*") && said != "newline" {
			t.Errorf("docs/words.md does not say when %q is a word", said)
		}
	}
}
