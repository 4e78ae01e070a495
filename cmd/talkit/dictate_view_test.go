package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"talkit/internal/dictate"
	"talkit/wire"
)

// said makes words of a text, from a second on.
func said(text string, from float64) (all []wire.Word) {
	for i, word := range strings.Fields(text) {
		all = append(all, wire.Word{Word: " " + word, Start: from + float64(i), End: from + float64(i) + 0.9})
	}
	return all
}

// screen is what a terminal shows of what was written to it.
func screen(t *testing.T, written string) string {
	rows, row, column := []string{""}, 0, 0
	for written != "" {
		var n int
		switch {
		case strings.HasPrefix(written, "\x1b[J"):
			rows, written = append(rows[:row:row], rows[row][:column]), written[3:]
		case strings.HasPrefix(written, dim):
			written = written[len(dim):]
		case strings.HasPrefix(written, plain):
			written = written[len(plain):]
		case written[0] == '\x1b':
			if _, err := fmt.Sscanf(written, "\x1b[%dA", &n); err != nil {
				t.Fatalf("the terminal does not know %q", written)
			}
			row -= n
			written = written[strings.IndexByte(written, 'A')+1:]
		case written[0] == '\r':
			column, written = 0, written[1:]
		case written[0] == '\n':
			row, column, written = row+1, 0, written[1:]
			if row == len(rows) {
				rows = append(rows, "")
			}
		default:
			rows[row] = rows[row][:column] + written[:1]
			column, written = column+1, written[1:]
		}
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// TestWordsOnATerminal: what is tentative is written again in place, over as
// many rows as it takes; what stays is there once.
func TestWordsOnATerminal(t *testing.T) {
	t.Parallel()
	var out, errors bytes.Buffer
	v := &dictateView{out: &out, errors: &errors, width: func() int { return 20 }}
	v.words(dictate.Words{Tentative: said("ask not what you country", 0)})
	v.words(dictate.Words{Confirmed: said("Ask not", 0), Tentative: said("what your country can do for you my fellow", 2)})
	if got, want := screen(t, out.String()), "Ask not what your\ncountry can do for\nyou my fellow"; got != want {
		t.Errorf("it shows %q, want %q", got, want)
	}
	if !strings.Contains(out.String(), "Ask not"+dim+" what") {
		t.Errorf("what may change does not look it: %q", out.String())
	}
	v.words(dictate.Words{Confirmed: said("what your country can do for you, ask", 2)})
	v.tell("Something else.")
	v.words(dictate.Words{Confirmed: said("what you can do", 10), Tentative: said("for", 14)})
	v.end()
	want := "Ask not what your\ncountry can do for\nyou, ask\nwhat you can do"
	if got := screen(t, out.String()); got != want {
		t.Errorf("it shows %q, want %q", got, want)
	}
	if v.heard != "Ask not what your country can do for you, ask what you can do" {
		t.Errorf("heard %q", v.heard)
	}
}

// TestWordsInAFile: whole lines of what stays, and nothing twice after a
// connection was lost.
func TestWordsInAFile(t *testing.T) {
	t.Parallel()
	var out, errors bytes.Buffer
	v := &dictateView{out: &out, errors: &errors}
	v.started(dictate.Started{Live: true})
	v.words(dictate.Words{Confirmed: said("One two. Three", 0), Tentative: said("fear", 3)})
	v.lost(fmt.Errorf("reset by peer"))
	v.lost(fmt.Errorf("refused"))
	v.started(dictate.Started{Live: true})
	v.words(dictate.Words{Confirmed: said("two. Three four", 1)})
	v.end()
	if got := out.String(); got != "One two.\nThree four\n" {
		t.Errorf("printed %q", got)
	}
	if got := errors.String(); strings.Count(got, "lost") != 1 || !strings.Contains(got, "reset by peer") || !strings.Contains(got, "listens again") {
		t.Errorf("said %q", got)
	}
}
