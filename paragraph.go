package talkit

import (
	"strings"
	"unicode"
)

// Paragraph is the words of a part of a text that stands by itself. Joined
// they are its text: each but the first carries the space before it.
type Paragraph []Word

// Text is what the paragraph says.
func (p Paragraph) Text() string { return strings.TrimRightFunc(wordsText(p), unicode.IsSpace) }

// ParagraphPause is how long a silence begins a new paragraph, in seconds.
const ParagraphPause = 2

// Paragraphs cuts a text into those that its person made, by leaving a line
// free. What an engine heard begins a new one after a silence.
func (s Segments) Paragraphs() []Paragraph {
	var all []Paragraph
	byHand, end := s.byHand(), 0.0
	for _, segment := range s {
		for i, w := range segment.timed() {
			bare := strings.TrimLeftFunc(w.Word, unicode.IsSpace)
			space := w.Word[:len(w.Word)-len(bare)]
			pause := i == 0 && !byHand && segment.Start-end > ParagraphPause
			if len(all) == 0 || pause || strings.Count(space, "\n") > 1 {
				w.Word = bare
				all = append(all, Paragraph{w})
				continue
			}
			if i == 0 && space == "" {
				w.Word = " " + bare // as Text joins segments
			}
			all[len(all)-1] = append(all[len(all)-1], w)
		}
		end = segment.End
	}
	return all
}

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
