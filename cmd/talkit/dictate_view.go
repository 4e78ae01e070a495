package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"

	"talkit/internal/dictate"
	"talkit/wire"
)

// dictateView shows words as they are spoken. On a terminal what may still
// change is dimmed, and written again in place; elsewhere lines are printed once
// they stay as they are.
type dictateView struct {
	out, errors io.Writer
	width       func() int // of the terminal, in characters; nil where out is none
	silent      bool       // no words are shown

	mu    sync.Mutex
	heard string // all that was confirmed
	last  float64
	again bool   // a connection was lost: what comes may have been said before
	line  string // what is not on a line of its own yet
	rows  int    // that are drawn and will be drawn again, but the first
	lines int    // printed
	held  bool   // the connection is lost
	broke error  // why the sound ended too soon
}

// view shows words where they do not get into what a program reads.
func (d *dictateCmd) view(c *command) *dictateView {
	v := &dictateView{out: c.out, errors: c.errors, silent: d.Final}
	if d.JSON {
		v.out = c.errors
		v.silent = v.silent || !onTerminal(c.errors)
	}
	if onTerminal(v.out) {
		v.width = func() int { return widthOf(v.out.(*os.File)) }
	}
	return v
}

func widthOf(terminal *os.File) int {
	width, _, err := term.GetSize(int(terminal.Fd()))
	if err != nil || width < 20 {
		width = lineLength
	}
	return width
}

func (v *dictateView) started(s dictate.Started) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.held {
		v.say("The server listens again.")
		v.held, v.again = false, true
	} else if !s.Live {
		words := s.Detail
		if words == "" {
			words = "No words come while you speak."
		}
		v.say(words)
	}
}

// made says that the server has ended a dictation that goes on.
func (v *dictateView) made(r wire.Recording) {
	v.tell(fmt.Sprintf("The server has made recording %d of what came until now. What follows becomes another.", r.ID))
}

// broken says that the sound ended too soon. What came of it counts.
func (v *dictateView) broken(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.broke = fmt.Errorf("the sound broke off: %w", err)
	v.say("The sound broke off. What came until then is sent.")
}

// lost says once that the server is gone.
func (v *dictateView) lost(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.held {
		v.say(fmt.Sprintf("The connection is lost (%v). What you say is kept, and sent once the server is back.", err))
	}
	v.held = true
}

// tell says something that is not of the dictation.
func (v *dictateView) tell(words string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.say(words)
}

func (v *dictateView) say(words string) {
	v.wipe()
	if v.width != nil && v.line != "" {
		fmt.Fprintln(v.out, v.line)
		v.line = ""
	}
	fmt.Fprintln(v.errors, words)
}

// words shows more of them.
func (v *dictateView) words(w dictate.Words) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, word := range w.Confirmed {
		if v.again && word.Start < v.last-0.05 {
			continue
		}
		v.last, v.again = word.End, false
		v.heard = join(v.heard, word.Word)
		v.line = join(v.line, word.Word)
		v.print(false)
	}
	v.draw(w.Tentative)
}

// join puts a word, which begins with the space before it, behind a text.
func join(text, word string) string { return strings.TrimLeft(text+word, " ") }

// lineLength is about how long a line is, where there is no terminal.
const lineLength = 80

// print prints what is a line: a sentence, or as much as there is room for.
func (v *dictateView) print(rest bool) {
	if v.silent || v.width != nil || v.line == "" {
		return
	}
	if rest || strings.ContainsAny(v.line[len(v.line)-1:], ".!?") || utf8.RuneCountInString(v.line) >= lineLength {
		fmt.Fprintln(v.out, v.line)
		v.line = ""
		v.lines++
	}
}

const (
	dim, plain = "\x1b[2m", "\x1b[0m"
	wipeBelow  = "\r\x1b[J" // from the beginning of the row to the end of the screen
)

// draw writes the last line anew. What filled rows stays where it is.
func (v *dictateView) draw(tentative []wire.Word) {
	if v.silent || v.width == nil {
		return
	}
	v.wipe()
	width := v.width()
	rows := wrap(v.line, width)
	for _, row := range rows[:len(rows)-1] {
		fmt.Fprintln(v.out, row)
		v.lines++
	}
	v.line = rows[len(rows)-1]
	open := ""
	for _, word := range tentative {
		open += word.Word
	}
	if v.line == "" {
		open = strings.TrimLeft(open, " ")
	}
	all := wrap(v.line+open, width)
	text := strings.Join(all, "\r\n")
	fmt.Fprint(v.out, text[:len(v.line)], dim, text[len(v.line):], plain)
	v.rows = len(all) - 1
}

// wipe takes away what draw wrote last.
func (v *dictateView) wipe() {
	if v.silent || v.width == nil {
		return
	}
	if v.rows > 0 {
		fmt.Fprintf(v.out, "\x1b[%dA", v.rows)
	}
	fmt.Fprint(v.out, wipeBelow)
	v.rows = 0
}

// wrap breaks text at spaces into rows of less than so many characters, one at
// least. A word that is longer is a row of its own.
func wrap(text string, width int) (rows []string) {
	row := ""
	for i, word := range strings.Split(text, " ") {
		if longer := row + " " + word; i == 0 {
			row = word
		} else if utf8.RuneCountInString(longer) < width {
			row = longer
		} else {
			rows, row = append(rows, row), word
		}
	}
	return append(rows, row)
}

// end leaves what was heard as it stands.
func (v *dictateView) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.draw(nil)
	if v.width != nil && v.line != "" && !v.silent {
		fmt.Fprintln(v.out)
		v.lines, v.rows, v.line = v.lines+1, 0, ""
	}
	v.print(true)
}

// part sets the final text apart from what was heard before.
func (v *dictateView) part() {
	if v.lines > 0 {
		fmt.Fprintln(v.out)
	}
}
