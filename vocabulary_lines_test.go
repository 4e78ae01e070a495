package talkit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
)

func TestVocabularyLines(t *testing.T) {
	t.Parallel()
	v, err := talkit.ParseVocabulary("Wealthbox\r\n\n  Van Dam \nwealth box = Wealth = Box\nwealthbox\nE=mc2\n")
	want := talkit.Vocabulary{Words: talkit.Words{"Wealthbox", "Van Dam", "E=mc2"}, Replacements: talkit.Replacements{{Heard: "wealth box", Write: "Wealth = Box"}}}
	if diff := cmp.Diff(want, v); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, want := v.Words.Lines()+v.Replacements.Lines(), "Wealthbox\nVan Dam\nE=mc2\nwealth box = Wealth = Box\n"; got != want {
		t.Errorf("lines %q", got)
	}
	for text, wrong := range map[string]string{
		"a\n\n...":                             "line, number 3, that must have a letter",
		"a = b\nA = c":                         "line, number 2, that is about words",
		"word\n = c":                           "line, number 2",
		"a = " + strings.Repeat("b", 101):      "at most 100 characters",
		"a\x00":                                "U+0000",
		"\xff":                                 "UTF-8",
		strings.Repeat("a\nb\n", 1) + "\u0007": "line, number 3",
	} {
		if _, err := talkit.ParseVocabulary(text); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if _, err := talkit.ParseReplacements("no equals sign"); talkit.KindOf(err) != talkit.Invalid {
		t.Errorf("without: %v", err)
	}
	if r, err := talkit.ParseReplacements("a=b"); err != nil || r[0].Write != "b" {
		t.Errorf("without spaces: %v %v", r, err)
	}
}
