package talkit_test

import (
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
