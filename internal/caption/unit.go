package caption

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"talkit"
)

// unit is what is never torn apart: a word with its punctuation, and in
// scripts that write no spaces one character.
type unit struct {
	text       string
	space      bool // a space stands before it
	start, end float64
	voice      voice
}

// voice tells who speaks; what two say does not stand in one cue.
type voice struct {
	channel int
	speaker string
}

func (u unit) length() int {
	n := utf8.RuneCountInString(u.text)
	if u.space {
		n++
	}
	return n
}

func length(group []unit) int {
	n := 0
	for _, u := range group {
		n += u.length()
	}
	return n
}

func duration(group []unit) float64 { return group[len(group)-1].end - group[0].start }

func text(group []unit) string {
	var b strings.Builder
	for i, u := range group {
		if u.space && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(u.text)
	}
	return b.String()
}

// units reads all segments, by their words where these give the text, else by
// the text with times in proportion to the characters: a person's text has no
// timed words, and some engines time only some.
func units(segments talkit.Segments) []unit {
	var all []unit
	for _, s := range segments {
		words := s.Words
		if squeeze(joined(words)) != squeeze(s.Text) {
			words = []talkit.Word{{Word: s.Text, Start: s.Start, End: s.End}}
		}
		first := len(all)
		for _, w := range words {
			all = appendWord(all, first, w)
		}
		for i := first; i < len(all); i++ {
			all[i].voice = voiceOf(s)
		}
		if first < len(all) {
			all[first].space = true
		}
	}
	return all
}

func voiceOf(s talkit.Segment) voice {
	var v voice
	if s.Channel != nil {
		v.channel = *s.Channel
	}
	if s.Speaker != nil {
		v.speaker = *s.Speaker
	}
	return v
}

func joined(words []talkit.Word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.Word)
	}
	return b.String()
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// appendWord adds the units of one word to those of its segment, which begin
// at first. A word that carries no space belongs to the one before.
func appendWord(all []unit, first int, w talkit.Word) []unit {
	total := float64(max(1, utf8.RuneCountInString(strings.TrimSpace(w.Word))))
	seen := 0
	moment := func() float64 { return w.Start + (w.End-w.Start)*float64(seen)/total }
	for i, part := range parts(w.Word) {
		if i > 0 { // the space before a word takes no time of its own
			seen += part.before
		}
		u := unit{text: part.text, space: part.before > 0, start: moment()}
		seen += utf8.RuneCountInString(part.text)
		u.end = moment()
		if last := len(all) - 1; i == 0 && last >= first && glued(all[last], u) {
			all[last].text += u.text
			all[last].end = u.end
			continue
		}
		all = append(all, u)
	}
	return all
}

// glued tells whether a unit goes on with the word before it.
func glued(before, u unit) bool {
	return !u.space && !breakable(before.text, u.text) &&
		before.length()+u.length() <= lineLength
}

// part is a stretch of text that is not broken, and how many characters of
// white space stand before it.
type part struct {
	text   string
	before int
}

// parts cuts text at white space, between the characters of scripts without
// spaces, and whatever is longer than a line.
func parts(text string) []part {
	var all []part
	space, fresh := 0, true
	for _, r := range text {
		if unicode.IsSpace(r) {
			space++
			continue
		}
		last := len(all) - 1
		if !fresh && space == 0 && continues(all[last].text, r) {
			all[last].text += string(r)
			continue
		}
		all = append(all, part{text: string(r), before: space})
		space, fresh = 0, false
	}
	return all
}

func continues(before string, r rune) bool {
	if unicode.Is(unicode.M, r) || r == '\u200d' {
		return true // marks stay with their letter, however many
	}
	return !breakable(before, string(r)) && utf8.RuneCountInString(before) < lineLength
}

// breakable tells whether a line may end between two strings without a space:
// before a character of a script that writes none, and after one that is
// followed by another letter. Punctuation stays with what it follows.
func breakable(before, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	last, _ := utf8.DecodeLastRuneInString(before)
	return spaceless(next) && !unicode.Is(unicode.Ps, last) || spaceless(last) && (unicode.IsLetter(next) || unicode.IsDigit(next))
}

func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) && unicode.IsLetter(r)
}

func lastRune(text string) string {
	_, size := utf8.DecodeLastRuneInString(text)
	return text[len(text)-size:]
}
