package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Nobody can tell in every case whether "period" is a command or a word. A
// command is a word
//
//   - after an article or the like ("the period"),
//   - after what can stand for itself too ("this period"), unless the person
//     paused before it; where the command is hardly ever a word only in what
//     begins a sentence ("This comma is wrong"),
//   - before "of" where it measures ("period of time"),
//   - with other letters in it ("periods", "comma's"),
//   - and, of those that people say as words, where nothing says that a command
//     was meant: see evident.
func meantAsWord(all []token, i int) bool {
	p := place{all, i}
	before := p.wordBefore()
	switch {
	case announcing[before]:
		return true
	case p.t().tail == "" && measuring[p.t().command.said] && p.wordAfter() == "of":
		return true
	case p.set(before) && !p.apartBefore():
		return true
	case !inSpeech[p.t().command.said]:
		return false
	}
	return !p.evident()
}

// place is where a command stands among the tokens of a text.
type place struct {
	all []token
	i   int
}

func (p place) t() token { return p.all[p.i] }

// at is a neighbour so far from the command, or nil.
func (p place) at(offset int) *token {
	if i := p.i + offset; i >= 0 && i < len(p.all) {
		return &p.all[i]
	}
	return nil
}

// wordAt is a neighbour that is a word, "" if there is none, see bare.
func (p place) wordAt(offset int) string {
	if t := p.at(offset); t != nil && t.command == nil {
		return bare(t.Word.Word)
	}
	return ""
}

func (p place) wordBefore() string { return p.wordAt(-1) }
func (p place) wordAfter() string  { return p.wordAt(1) }

// set tells whether a word before sets the command as a noun.
func (p place) set(before string) bool {
	switch {
	case !determining[before]:
		return false
	case before == "no" && p.begins(-1) && p.ends(): // an answer: "No."
		return false
	}
	return inSpeech[p.t().command.said] || p.begins(-1) && !p.ends()
}

// begins tells whether a sentence begins with a neighbour.
func (p place) begins(offset int) bool {
	before := p.at(offset - 1)
	switch {
	case before == nil:
		return true
	case before.command != nil:
		return before.command.ends() || before.command.kind == layout
	}
	return strings.ContainsAny(lastCharacter(before.Word.Word), sentenceEnds)
}

// ends tells whether a sentence or the text ends with the command.
func (p place) ends() bool {
	after := p.at(1)
	return after == nil || strings.ContainsAny(p.t().tail, sentenceEnds) || after.command == nil && capital(after.Word.Word)
}

// evident tells whether something says that a command was meant that people
// say as a word too: the engine's punctuation beside it, a capital after it, a
// pause, other commands, the end of what was said.
func (p place) evident() bool {
	if p.apartBefore() {
		return true
	}
	if modifying[p.t().command.said][p.wordBefore()] {
		return false // "the trial period, which ends": what comes behind it says nothing
	}
	after := p.at(1)
	switch {
	case p.t().tail != "" || after == nil || after.segment != p.t().segment:
		return true
	case after.command != nil:
		return after.command.kind != closing // "the period comma"
	}
	return p.pauseAfter() || capital(after.Word.Word) || greeting[p.wordAfter()]
}

// apartBefore tells whether a command is set apart from what is before it.
func (p place) apartBefore() bool {
	before := p.at(-1)
	switch {
	case before == nil:
		return false
	case before.command != nil:
		return true
	}
	said := p.t().said[0]
	return strings.ContainsAny(lastCharacter(strings.TrimSpace(before.Word.Word)), engineMarks) || capital(said.Word) || said.Start-before.End >= pause
}

func (p place) pauseAfter() bool {
	said := p.t().said
	return p.at(1).Start-said[len(said)-1].End >= pause
}

// pause is a silence in seconds that somebody makes around a command. Engines
// leave none between words that are spoken on.
const pause = 0.3

// capital tells whether a word begins with one; "I" always does.
func capital(word string) bool {
	word = strings.TrimSpace(word)
	first, size := utf8.DecodeRuneInString(word)
	rest := word[size:]
	return unicode.IsUpper(first) && !(first == 'I' && (rest == "" || strings.HasPrefix(rest, "'") || strings.HasPrefix(rest, "’")))
}

// bare is a word in lower case without the space before it; a mark behind it
// stays, so that it is no word that leads on to the next.
func bare(word string) string { return strings.ToLower(strings.TrimSpace(word)) }
