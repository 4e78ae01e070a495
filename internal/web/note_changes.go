package web

import (
	"slices"
	"strings"
	"unicode"

	"talkit"
)

// change is a stretch of a comparison, as its template shows it.
type change struct {
	Op     talkit.ChangeOp
	Text   string
	Hidden int    // words in the middle of what was kept
	After  string // what was kept after those
}

// Removed and Added tell what became of the stretch.
func (c change) Removed() bool { return c.Op == talkit.Removed }

// Added is said of what is new.
func (c change) Added() bool { return c.Op == talkit.Added }

// sideWords are shown of what was kept, beside what was changed.
const sideWords = 40

// changes prepare a comparison: white space that was removed is not worth a
// mark, words that were are marked without the space around them, and long
// stretches that were kept lose their middle.
func changes(all []talkit.Change) []change {
	var out []change
	for _, c := range all {
		bare := strings.TrimSpace(c.Text)
		switch {
		case bare == "" && c.Op == talkit.Removed:
		case bare == "":
			out = append(out, change{Op: talkit.Kept, Text: c.Text})
		case c.Op == talkit.Kept:
			out = append(out, shortened(c.Text))
		default:
			before, after, _ := strings.Cut(c.Text, bare)
			if c.Op == talkit.Removed { // its lines are not lines of the text any more
				before, after = strings.Repeat(" ", min(1, len(before))), ""
			}
			out = append(out, change{Op: talkit.Kept, Text: before}, change{Op: c.Op, Text: bare}, change{Op: talkit.Kept, Text: after})
		}
	}
	return slices.DeleteFunc(out, func(c change) bool { return c.Text == "" })
}

func shortened(text string) change {
	c := change{Op: talkit.Kept, Text: text}
	words := strings.Fields(text)
	if len(words) <= 3*sideWords {
		return c
	}
	c.Hidden = len(words) - 2*sideWords
	c.Text, c.After = text[:afterWords(text, sideWords)], text[afterWords(text, sideWords+c.Hidden):]
	return c
}

// afterWords is where the first n words of a text end.
func afterWords(text string, n int) int {
	at := 0
	for range n {
		rest := strings.TrimLeftFunc(text[at:], unicode.IsSpace)
		at = len(text) - len(rest)
		if end := strings.IndexFunc(rest, unicode.IsSpace); end >= 0 {
			at += end
		} else {
			at = len(text)
		}
	}
	return at
}
