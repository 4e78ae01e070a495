package bench

import (
	"strings"
	"testing"
)

func TestSpelled(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Mr. O'Brien said: 'Hello!'":            "mister o'brien said hello",
		"21 dogs, 1,200 cats & $5":              "twenty one dogs twelve hundred cats and five dollars",
		"In 1885 - the 3rd time (laughs) - 50%": "in eighteen eighty five the three time fifty percent",
		"2000 and 1100, 105, 1000000, 12345":    "two thousand and eleven hundred one hundred five one million twelve thousand three hundred forty five",
		"well-kept grey towards <noise> [x]":    "well kept gray toward",
		"0 and 1234567890":                      "zero and",
		"":                                      "",
	} {
		if got := strings.Join(spelled(text), " "); got != want {
			t.Errorf("spelled(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWordErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		said, heard   string
		errors, words int
	}{
		{"the quick brown fox", "The quick, brown fox.", 0, 4},
		{"the quick brown fox", "the quick fox", 1, 4},
		{"the quick brown fox", "the very quick brown socks", 2, 4},
		{"the fox", "", 2, 2},
		{"", "a fox", 2, 0},
	} {
		if wrong, words := WordErrors(c.said, c.heard); wrong != c.errors || words != c.words {
			t.Errorf("%q heard as %q: %d of %d, want %d of %d", c.said, c.heard, wrong, words, c.errors, c.words)
		}
	}
}
