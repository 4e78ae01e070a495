package openai

import (
	"slices"
	"strings"
	"unicode"

	"talkit"
)

// Servers write the times of words apart from the text: without punctuation,
// in pieces of words, or not at all. Here each word of the text gets the time
// of its letters in them; what has none shares the time that is left around it.

// unit is a word of the text, with the space before it: in scripts without
// spaces a character.
type unit struct {
	text    string
	letters []rune
	start   float64
	end     float64
	sure    float64
	timed   bool
}

// units cuts a text so that the units join to it.
func units(text string) []unit {
	var all []unit
	begin, last := 0, rune(0) // the last letter of the open unit, 0 for none
	inside := false           // the open unit has more than space
	for i, r := range text {
		isLetter := letter(r)
		if inside && (unicode.IsSpace(r) || isLetter && last != 0 && (unspaced(r) || unspaced(last))) {
			all = append(all, newUnit(text[begin:i]))
			begin, last, inside = i, 0, false
		}
		if isLetter {
			last = r
		}
		inside = inside || !unicode.IsSpace(r)
	}
	if inside {
		all = append(all, newUnit(text[begin:]))
	}
	return all
}

func newUnit(text string) unit { return unit{text: text, letters: letters(text)} }

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// letters are what the same word has in common however it is written.
func letters(text string) []rune {
	var all []rune
	for _, r := range text {
		if letter(r) {
			all = append(all, unicode.ToLower(r))
		}
	}
	return all
}

// unspaced tells whether a script is written without spaces between words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// stream is the letters of a text with the units that they belong to.
type stream struct {
	units  []*unit
	letter []rune
	owner  []int
}

func newStream(texts [][]unit) *stream {
	s := &stream{}
	for _, text := range texts {
		for i := range text {
			for _, r := range text[i].letters {
				s.letter, s.owner = append(s.letter, r), append(s.owner, len(s.units))
			}
			s.units = append(s.units, &text[i])
		}
	}
	return s
}

// maxSkip is how many letters of the text may have no word before another is
// taken for lost.
const maxSkip = 60

// give gives units the times of words, in the order of both.
func (s *stream) give(words []saidWord, length float64) {
	at := 0
	for _, w := range words {
		said := letters(w.Word)
		from := s.find(said, at)
		if from < 0 {
			continue
		}
		start := within(w.Start.or(-1), -1, length)
		end := within(w.End.or(start), start, length)
		for i := range said {
			if start >= 0 {
				share := (end - start) / float64(len(said))
				s.units[s.owner[from+i]].hear(start+share*float64(i), start+share*float64(i+1), w.Probability)
			}
		}
		at = from + len(said)
	}
}

// find is where letters stand from a place on, at once or at the beginning of
// a unit; -1 where they don't.
func (s *stream) find(said []rune, at int) int {
	if len(said) == 0 {
		return -1
	}
	for from := at; from <= at+maxSkip && from+len(said) <= len(s.letter); from++ {
		begins := from == at || s.owner[from] != s.owner[from-1]
		if begins && slices.Equal(s.letter[from:from+len(said)], said) {
			return from
		}
	}
	return -1
}

func (u *unit) hear(start, end float64, sure *number) {
	if !u.timed {
		u.start, u.end, u.sure, u.timed = start, end, sure.or(-1), true
		return
	}
	u.start, u.end, u.sure = min(u.start, start), max(u.end, end), min(u.sure, sure.or(-1))
}

// share gives the units without a time that of the gaps that they stand in.
func share(all []unit, start, end float64) {
	for i := 0; i < len(all); {
		if all[i].timed {
			start = max(start, all[i].end)
			i++
			continue
		}
		behind := i
		weight := 0
		for behind < len(all) && !all[behind].timed {
			weight += 1 + len(all[behind].letters)
			behind++
		}
		until := max(start, end)
		if behind < len(all) {
			until = max(start, all[behind].start)
		}
		spread(all[i:behind], start, until, weight)
		i = behind
	}
}

func spread(all []unit, start, end float64, weight int) {
	at := 0
	for i := range all {
		all[i].start = start + (end-start)*float64(at)/float64(weight)
		at += 1 + len(all[i].letters)
		all[i].end = start + (end-start)*float64(at)/float64(weight)
		all[i].sure = -1
	}
}

// segment makes a segment of units that have times, from clock on. sure is how
// sure the server is of words of which it does not say that.
func segment(all []unit, clock, length, sure float64) talkit.Segment {
	s := talkit.Segment{Words: make([]talkit.Word, 0, len(all))}
	var text strings.Builder
	for i, u := range all {
		word := u.text
		if first := []rune(word)[0]; i == 0 && !unicode.IsSpace(first) && !unspaced(first) {
			word = " " + word
		}
		w := talkit.Word{Word: word, Probability: u.sure}
		if w.Probability < 0 {
			w.Probability = sure
		}
		w.Probability = talkit.RoundMillis(min(w.Probability, 1))
		w.Start = talkit.RoundMillis(within(u.start, clock, length))
		w.End = talkit.RoundMillis(within(u.end, w.Start, length))
		clock = w.End
		text.WriteString(word)
		s.Words = append(s.Words, w)
	}
	s.Text, s.Start, s.End = strings.TrimSpace(text.String()), s.Words[0].Start, clock
	return s
}
