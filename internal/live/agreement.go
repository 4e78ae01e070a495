package live

import (
	"math"
	"strings"
	"unicode"

	"talkit"
)

// agreement keeps the words on which two decodes of a growing window agree, one
// after the other (LocalAgreement-2: Macháček, Dabre and Bojar, 2023). What it
// gave as confirmed it never takes back.
type agreement struct {
	settled float64       // where the last confirmed word ends
	tail    []talkit.Word // the last confirmed words
	before  []talkit.Word // what the last decode heard behind them
}

// tailWords is how many confirmed words a window can begin with once more.
const tailWords = 5

// slack is how far a decode may put the same word elsewhere than the one before.
const slack = 0.3

// add takes what a decode heard in the window. confirmed are new ones, tentative
// what is behind them.
func (a *agreement) add(heard []talkit.Word) (confirmed, tentative []talkit.Word) {
	heard = a.behind(heard)
	same := 0
	for same < len(heard) && same < len(a.before) && sameWord(heard[same], a.before[same]) {
		same++
	}
	confirmed = a.confirm(heard[:same])
	a.before = inOrder(heard[same:], a.settled)
	return confirmed, a.before
}

// flush confirms what the last decode heard up to a time: no other will.
func (a *agreement) flush(until float64) (confirmed []talkit.Word) {
	n := 0
	for n < len(a.before) && a.before[n].Start < until {
		n++
	}
	confirmed = a.confirm(a.before[:n])
	a.before = a.before[n:]
	return confirmed
}

func (a *agreement) confirm(words []talkit.Word) []talkit.Word {
	words = inOrder(words, a.settled)
	if len(words) == 0 {
		return nil
	}
	a.settled = words[len(words)-1].End
	a.tail = append(a.tail, words...)
	a.tail = append([]talkit.Word(nil), a.tail[max(0, len(a.tail)-tailWords):]...)
	return words
}

// behind leaves out what was confirmed already: words that end before the last
// confirmed one does, and its like where the window begins with them again.
func (a *agreement) behind(heard []talkit.Word) []talkit.Word {
	for len(heard) > 0 && (heard[0].End <= a.settled || (heard[0].Start+heard[0].End)/2 < a.settled-slack/2) {
		heard = heard[1:]
	}
	if len(heard) == 0 || heard[0].Start > a.settled+1 {
		return heard
	}
	for n := min(len(a.tail), len(heard), tailWords); n > 0; n-- {
		if repeats(a.tail[len(a.tail)-n:], heard[:n]) {
			return heard[n:]
		}
	}
	return heard
}

// repeats tells whether words are others heard again, and not said again: what
// is said twice comes later.
func repeats(before, again []talkit.Word) bool {
	for i := range again {
		if !sameWord(before[i], again[i]) || math.Abs(again[i].Start-before[i].Start) > slack {
			return false
		}
	}
	return true
}

// inOrder copies words, none of which begins before the one before it ended.
func inOrder(words []talkit.Word, from float64) []talkit.Word {
	ordered := make([]talkit.Word, len(words))
	for i, w := range words {
		w.Start = max(w.Start, from)
		w.End = max(w.End, w.Start)
		from, ordered[i] = w.End, w
	}
	return ordered
}

func sameWord(a, b talkit.Word) bool { return plain(a.Word) == plain(b.Word) }

// plain is a word without what a decode changes its mind about: capitals and
// punctuation. Of what is nothing else all stays.
func plain(word string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, word)
	if letters == "" {
		return strings.TrimSpace(word)
	}
	return letters
}

// endsSentence tells whether a word is the last of a sentence.
func endsSentence(w talkit.Word) bool {
	word := strings.TrimRight(w.Word, `"'”’) `)
	return strings.HasSuffix(word, ".") && !strings.HasSuffix(word, "..") || strings.HasSuffix(word, "?") || strings.HasSuffix(word, "!")
}
