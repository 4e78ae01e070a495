package caption

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"talkit"
)

// unit is what is never torn apart: a word with its punctuation, and in
// scripts that write no spaces one character.
type unit struct {
	text       string
	space      bool // a space stands before it
	paragraph  bool // a free line does
	torn       bool // what follows without a space is the same word, too long for a line
	start, end float64
	voice      voice
}

// length is in columns, with the space before it.
func (u unit) length() int {
	n := max(1, columns(u.text)) // what is not seen at all counts too: texts are not ours
	if u.space {
		n++
	}
	return n
}

// columns is how wide text is: two for a character of the East Asian scripts,
// none for marks that sit on another and for what is not seen, one for others.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += column(r)
	}
	return n
}

func column(r rune) int {
	if unicode.In(r, unicode.M, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

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
	room := 0 // ten hours are a hundred thousand
	for _, s := range segments {
		room += len(s.Words)
	}
	all := make([]unit, 0, room)
	for _, s := range segments {
		words := s.Words
		if squeeze(joined(words)) != squeeze(s.Text) {
			words = []talkit.Word{{Word: s.Text, Start: s.Start, End: s.End}}
		}
		first, space := len(all), ""
		for _, w := range words {
			w.Word = space + w.Word
			all = appendWord(all, first, w)
			space = w.Word[len(strings.TrimRightFunc(w.Word, unicode.IsSpace)):] // stands before the next one
		}
		for i := first; i < len(all); i++ {
			all[i].voice = voiceOf(s.Channel, s.Speaker)
		}
		if first < len(all) {
			all[first].space = first == 0 || talkit.Joint(all[first-1].text, all[first].text) != ""
		}
	}
	return all
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
		u := unit{text: part.text, space: part.before > 0, paragraph: part.lines > 1, start: moment()}
		seen += utf8.RuneCountInString(part.text)
		u.end, u.torn = moment(), part.torn
		if last := len(all) - 1; i == 0 && last >= first && glued(all[last], u) {
			all[last].text += u.text
			all[last].end, all[last].torn = u.end, u.torn
			continue
		}
		all = append(all, u)
	}
	return all
}

// glued tells whether a unit goes on with the word before it.
func glued(before, u unit) bool {
	return !u.space && !breakable(before.text, u.text) &&
		len(before.text) < longestPart && columns(before.text)+columns(u.text) <= lineLength
}

// part is a stretch of text that is not broken, and how many characters of
// white space, and of these how many line breaks, stand before it.
type part struct {
	text          string
	before, lines int
	torn          bool
}

// parts cuts text at white space, between the characters of scripts without
// spaces, and whatever is longer than a line.
func parts(text string) []part {
	var all []part
	space, lines, fresh := 0, 0, true
	for _, r := range text {
		if unicode.IsSpace(r) {
			space++
			if r == '\n' {
				lines++
			}
			continue
		}
		last := len(all) - 1
		if !fresh && space == 0 && continues(all[last].text, r) {
			all[last].text += string(r)
			continue
		}
		if !fresh && space == 0 && !breakable(all[last].text, string(r)) {
			all[last].torn = true
		}
		all = append(all, part{text: string(r), before: space, lines: lines})
		space, lines, fresh = 0, 0, false
	}
	return all
}

// longestPart bounds what is piled on one letter, in bytes.
const longestPart = 1 << 10

func continues(before string, r rune) bool {
	if len(before) > longestPart {
		return false
	}
	if column(r) == 0 || strings.HasSuffix(before, "\u200d") {
		return true // marks stay with their letter, and what is joined stays so
	}
	return !breakable(before, string(r)) && columns(before)+column(r) <= lineLength
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
