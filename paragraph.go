package talkit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Paragraph is the words of a part of a text that stands by itself. Joined
// they are its text: each but the first carries the space before it.
type Paragraph []Word

// Text is what the paragraph says.
func (p Paragraph) Text() string { return strings.TrimRightFunc(wordsText(p), unicode.IsSpace) }

// A silence of so many seconds begins a new paragraph, behind a sentence or
// within one. The longer a paragraph has become, the shorter a silence will
// do: one of longParagraph letters ends with its sentence, without any.
const (
	ParagraphPause = 2.0
	pauseInside    = 2 * ParagraphPause
	longParagraph  = 900.0
)

// Turn is a paragraph with whom it is of.
type Turn struct {
	Paragraph
	Channel *int
	Speaker *string
}

// Paragraphs cuts a text into those that its person made, by leaving a line
// free. What an engine heard begins a new one after a silence, where another
// voice begins, and at the end of a sentence when it has become long.
func (s Segments) Paragraphs() []Paragraph {
	turns := s.Turns()
	all := make([]Paragraph, len(turns))
	for i, t := range turns {
		all[i] = t.Paragraph
	}
	return all
}

// Turns are the paragraphs of a text, each with its voice.
func (s Segments) Turns() []Turn {
	var all []Turn
	byHand, length, before := s.byHand(), 0, Segment{}
	for _, segment := range s {
		for i, w := range segment.timed() {
			bare := strings.TrimLeftFunc(w.Word, unicode.IsSpace)
			space := w.Word[:len(w.Word)-len(bare)]
			breaks := strings.Count(space, "\n") // a person's, or dictated: they count for more than a pause
			joint := i == 0 && !byHand
			fresh := joint && (!segment.sameVoice(before) || breaks == 0 && segment.pausesAfter(before, length))
			switch {
			case len(all) == 0 || fresh || breaks > 1:
				w.Word, length = bare, 0
				all = append(all, Turn{Channel: segment.Channel, Speaker: segment.Speaker})
			case joint && breaks == 1:
				w.Word = "\n" + bare
			case i == 0 && space == "" || joint && space == " ":
				words := all[len(all)-1].Paragraph
				w.Word = Joint(words[len(words)-1].Word, bare) + bare
			}
			last := &all[len(all)-1]
			last.Paragraph = append(last.Paragraph, w)
			length += utf8.RuneCountInString(w.Word)
			before = segment
		}
	}
	return all
}

// pausesAfter tells whether a paragraph of so many letters ends before s.
func (s Segment) pausesAfter(before Segment, length int) bool {
	pause, enough := s.Start-before.End, ParagraphPause
	if !SentenceEnds(before.Text[strings.LastIndexFunc(before.Text, unicode.IsSpace)+1:], s.Text) {
		enough = pauseInside
	}
	return pause > enough*(1-float64(length)/longParagraph*ParagraphPause/enough)
}

func (s Segment) sameVoice(other Segment) bool {
	return same(s.Channel, other.Channel) && same(s.Speaker, other.Speaker)
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// byHand tells whether a person wrote the text: Rewritten keeps the space
// before each word as it was written, so the first has none and all others
// have some. Engines treat the first words of all segments alike.
func (s Segments) byHand() bool {
	for i, segment := range s {
		words := segment.timed()
		if len(words) == 0 || startsWithSpace(words[0].Word) != (i > 0) {
			return false
		}
	}
	return true
}

func startsWithSpace(text string) bool {
	return strings.TrimLeftFunc(text, unicode.IsSpace) != text
}

// timed is the segment's words, where these give its text. Some engines time
// only some: then the text is one word.
func (s Segment) timed() []Word {
	text := strings.TrimSpace(s.Text)
	switch {
	case text == "":
		return nil
	case strings.TrimSpace(wordsText(s.Words)) != text:
		return []Word{{Word: text, Start: s.Start, End: s.End, Probability: 1}}
	}
	words := make([]Word, 0, len(s.Words))
	for _, w := range s.Words {
		if n := len(words); strings.TrimSpace(w.Word) == "" && n > 0 {
			words[n-1].Word += w.Word
			continue
		}
		words = append(words, w)
	}
	return words
}

func wordsText(words []Word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.Word)
	}
	return b.String()
}

// UnsureBelow is the probability under which a word is one to check. Of 1200
// words that Whisper base heard in recordings of many kinds, 1 in 23 was below:
// 4 in 10 of those were wrong, and 1 in 25 of the others. A limit of 0.6 marks
// twice as many for half as many mistakes more.
const UnsureBelow = 0.5

// Unsure tells whether the engine doubted the word.
func (w Word) Unsure() bool { return w.Probability < UnsureBelow }
