package talkit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

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
		"a b = b\nA-B = c":                     "line, number 2, that is about words",
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

// TestVocabularyLinesAreReadAsTheyWere: show prints what set reads.
func TestVocabularyLinesAreReadAsTheyWere(t *testing.T) {
	t.Parallel()
	phrase := rapid.StringMatching(`[ab=\- ]{1,6}`)
	rapid.Check(t, func(t *rapid.T) {
		v := talkit.Vocabulary{Words: talkit.Words{}, Replacements: talkit.Replacements{}}
		for _, word := range rapid.SliceOfN(phrase, 0, 3).Draw(t, "words") {
			v.Words = append(v.Words, word)
		}
		for _, heard := range rapid.SliceOfN(phrase, 0, 3).Draw(t, "heard") {
			v.Replacements = append(v.Replacements, talkit.Replacement{Heard: heard, Write: phrase.Draw(t, "write")})
		}
		if v.Validate() != nil {
			t.Skip("refused")
		}
		read, err := talkit.ParseVocabulary(v.Words.Lines() + v.Replacements.Lines())
		if err == nil && (len(read.Words) != len(v.Words) || len(read.Replacements) != len(v.Replacements)) {
			t.Fatalf("%+v is read as %+v", v, read)
		}
		if err != nil || cmp.Diff(v.Words.Lines()+v.Replacements.Lines(), read.Words.Lines()+read.Replacements.Lines()) != "" {
			t.Fatalf("%+v is read as %+v, %v", v, read, err)
		}
	})
}

func TestSameWordsAreThere(t *testing.T) {
	t.Parallel()
	v := talkit.Vocabulary{Words: talkit.Words{"Wealth-Box", "O’Brien"}}
	for _, word := range []string{"wealth box", "WEALTH  BOX", "wealth‑box", "o'brien"} {
		again := talkit.Vocabulary{Words: append(talkit.Words{word}, v.Words...)}
		if again.Validate() == nil || len(v.Words.Without(word)) != 1 {
			t.Errorf("%q is another word", word)
		}
	}
	if len(v.Words.Without("Wealthbox")) != 2 {
		t.Error("Wealthbox is the same")
	}
}
