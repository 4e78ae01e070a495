package wording

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"talkit"
)

// dictate carries out the commands among the tokens of all segments.
// Those that make no sense where they stand are words, as are those that were
// meant as words.
func dictate(all []token, segments talkit.Segments) []token {
	w := writer{written: make([]token, 0, len(all))}
	for i, t := range all {
		if i > 0 && !sameVoice(segments[all[i-1].segment], segments[t.segment]) {
			w.flush()
			w.line = len(w.written)
		}
		switch {
		case t.command == nil:
			w.word(t)
		case meantAsWord(all, i) || !w.takes(t.command):
			for _, said := range t.said {
				w.word(token{Word: said, segment: t.segment})
			}
		default:
			w.carryOut(t)
		}
	}
	w.flush()
	return w.written
}

func sameVoice(a, b talkit.Segment) bool {
	return equal(a.Channel, b.Channel) && equal(a.Speaker, b.Speaker)
}

func equal[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// writer writes words and marks one after the other.
type writer struct {
	written []token
	line    int // where the line began, in written

	// What the next word gets.
	opened  []token // marks before it
	space   string  // in place of the space before it, "" to leave it
	glued   bool    // it belongs to the one before
	capital bool    // it begins a sentence
	lower   bool    // it does not, though the engine thought so
}

// last is the word before on this line, or nil.
func (w *writer) last() *token {
	if len(w.written) == w.line || w.space != "" || len(w.opened) > 0 {
		return nil
	}
	return &w.written[len(w.written)-1]
}

// takes tells whether the command makes sense here.
func (w *writer) takes(c *command) bool {
	switch c.kind {
	case closing, closingPair, between:
		return w.last() != nil
	}
	return true
}

func (w *writer) carryOut(t token) {
	switch t.command.kind {
	case closing:
		w.close(t)
	case closingPair:
		w.closePair(t)
	case opening:
		w.opened = append(w.opened, t)
	case between:
		last := w.last()
		last.strip(engineMarks)
		last.put("-")
		w.glued = true
	case apartFrom:
		w.dash(t)
	case layout:
		w.breakLine(t)
	}
}

func (w *writer) close(t token) {
	last, mark := w.last(), t.command.mark
	last.strip(engineMarks)
	if mark == "." && last.kept == 0 && strings.HasSuffix(last.Word.Word, mark) { // of an abbreviation
		mark = ""
	}
	last.put(mark)
	last.put(strings.Trim(t.tail, engineMarks))
	w.capital, w.glued = t.command.ends(), false
	w.lower = !w.capital && strings.ContainsAny(t.tail, sentenceEnds)
}

// closePair lets a sentence end before or after the mark, as the engine heard
// it: nobody need dictate that.
func (w *writer) closePair(t token) {
	last := w.last()
	w.glued = false
	last.strip(engineRests)
	ended := strings.ContainsAny(lastCharacter(last.Word.Word), sentenceEnds)
	last.put(t.command.mark)
	if end := strings.IndexAny(t.tail, sentenceEnds); end >= 0 && !ended {
		last.put(t.tail[end : end+1])
	}
}

func (w *writer) dash(t token) {
	if last := w.last(); last != nil {
		last.strip(engineRests)
	}
	w.word(token{Word: spoken(t, " –"), segment: t.segment, own: true})
	w.lower = strings.ContainsAny(t.tail, sentenceEnds)
}

// breakLine adds up: two new lines are a paragraph. None stands at the beginning.
func (w *writer) breakLine(t token) {
	if last := w.last(); last != nil {
		last.strip(engineRests)
	}
	if len(w.written) > 0 {
		w.space = (w.space + t.command.mark)[:min(len(w.space)+len(t.command.mark), len("\n\n"))]
	}
	w.capital, w.lower, w.glued = true, false, false
}

// word writes a word, with what was dictated before it.
func (w *writer) word(t token) {
	text := strings.TrimLeftFunc(t.Word.Word, unicode.IsSpace)
	space := t.Word.Word[:len(t.Word.Word)-len(text)]
	if last := w.last(); w.glued && last != nil {
		last.Word.Word += text
		last.End, last.Probability = max(last.End, t.End), min(last.Probability, t.Probability)
		last.keep(t)
		w.next()
		return
	}
	if w.space != "" {
		w.line, space = len(w.written), w.space
	}
	if !t.own {
		text = w.cased(text)
	}
	written := t
	written.Word.Word = space + marks(w.opened) + text
	written.keep(t)
	w.written = append(w.written, written)
	w.next()
}

// next forgets what was for the word just written. A lone mark does not begin
// a sentence.
func (w *writer) next() {
	w.opened, w.space, w.glued, w.lower = nil, "", false, false
	if last := w.written[len(w.written)-1]; strings.ContainsFunc(last.Word.Word, inWord) {
		w.capital = false
	}
}

// flush writes marks that no word came after.
func (w *writer) flush() {
	if len(w.opened) > 0 {
		t := w.opened[0]
		text := marks(w.opened)
		w.opened = nil
		w.word(token{Word: spoken(t, " "+text), segment: t.segment, own: true})
	}
	w.space, w.glued, w.capital, w.lower = "", false, false, false
}

func marks(opened []token) string {
	var b strings.Builder
	for _, t := range opened {
		b.WriteString(t.command.mark)
	}
	return b.String()
}

// spoken is a mark that stands where its command was said.
func spoken(t token, text string) talkit.Word {
	start, end, probability := span(t.said)
	return talkit.Word{Word: text, Start: start, End: end, Probability: probability}
}

// cased gives a word the first letter that its place asks for.
func (w *writer) cased(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	switch {
	case w.capital && unicode.IsLower(first):
		return string(unicode.ToTitle(first)) + text[size:]
	case w.lower && ordinary[strings.ToLower(strings.TrimRight(text, engineMarks))] && unicode.IsUpper(first):
		return string(unicode.ToLower(first)) + text[size:]
	}
	return text
}

// put adds a dictated mark.
func (t *token) put(mark string) {
	t.Word.Word += mark
	t.kept = len(t.Word.Word)
}

// keep has of the word's end stay what does so in before, which it ends with.
func (t *token) keep(before token) {
	t.kept = 0
	if before.kept > 0 {
		t.kept = len(t.Word.Word) - (len(before.Word.Word) - before.kept)
	}
}

// strip takes the engine's own marks from the end of a word, not those that
// were dictated nor the point of an abbreviation.
func (t *token) strip(these string) {
	text := t.Word.Word[t.kept:]
	short := strings.TrimRight(text, these)
	if strings.HasPrefix(text[len(short):], ".") && t.kept == 0 && abbreviated(short) {
		short += "."
	}
	t.Word.Word = t.Word.Word[:t.kept] + short
}

// abbreviated tells whether a point after a word is most likely its own, as in
// "etc." and "U.S."
func abbreviated(word string) bool {
	word = strings.TrimLeftFunc(word, func(r rune) bool { return !inWord(r) })
	if abbreviations[strings.ToLower(word)] {
		return true
	}
	letters := strings.Split(word, ".")
	return len(letters) > 1 && !slices.ContainsFunc(letters, func(part string) bool {
		letter, size := utf8.DecodeRuneInString(part)
		return size != len(part) || !unicode.IsLetter(letter)
	})
}

func lastCharacter(text string) string {
	_, size := utf8.DecodeLastRuneInString(text)
	return text[len(text)-size:]
}
