package talkit_test

import (
	"strings"
	"testing"

	"talkit"
)

func TestSentenceEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word, next string
		want       bool
	}{
		{"end.", " Next", true}, {"end.", "", true}, {`end."`, " Next", true}, {"end?", " “Next", true}, {"end…", " Next", true},
		{"終。", "次", true}, {"1999.", " The", true}, {"A.", "", true}, {"I.", " Then", true},
		{"Mr.", " Halloway", false}, {"J.", " Smith", false}, {"(Dr.", " Who", false}, {"p.m.", " on", false}, {"end", " Next", false},
		{"end,", " Next", false}, {"", " Next", false}, {"really?", " he", false},
	} {
		if got := talkit.SentenceEnds(c.word, c.next); got != c.want {
			t.Errorf("%q before %q: %v", c.word, c.next, got)
		}
	}
}

// TestTitlesOfLongTexts: nothing is looked through to its end for a title.
func TestTitlesOfLongTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat(".", 8<<20), strings.Repeat("a.", 8<<20), strings.Repeat("um ", 4<<20), strings.Repeat("é", 4<<20), strings.Repeat("a. ", 4<<20)} {
		if title, abstract := talkit.Title(text), talkit.Abstract(text); len(title) > 500 || len(abstract) > 1000 {
			t.Errorf("%.20q: %.100q, %.100q", text, title, abstract)
		}
	}
}
