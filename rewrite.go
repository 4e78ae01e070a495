package talkit

import (
	"strings"
	"unicode"
)

// Rewritten fits a person's text to the times of the words recognised before:
// words that stayed keep time and probability, others get a share of the gap
// they stand in and probability 1. seconds is the length of the recording.
func (s Segments) Rewritten(text string, seconds float64) Segments {
	words := splitWords(text)
	if len(words) == 0 {
		return Segments{}
	}
	var old []placedWord
	for i, segment := range s {
		for _, w := range segment.Words {
			old = append(old, placedWord{w, i})
		}
	}
	placed := place(words, old, seconds)
	return s.regroup(placed)
}

// placedWord is a word with the segment it stands in, -1 for none yet.
type placedWord struct {
	Word
	segment int
}

// splitWords cuts text into words, each with the space before it.
func splitWords(text string) []string {
	var words []string
	start, inWord := 0, false
	for i, r := range text {
		if unicode.IsSpace(r) && inWord {
			words = append(words, text[start:i])
			start = i
		}
		inWord = !unicode.IsSpace(r)
	}
	if strings.TrimSpace(text[start:]) != "" {
		words = append(words, text[start:])
	}
	return words
}

// place gives each word a time.
func place(words []string, old []placedWord, seconds float64) []placedWord {
	placed := make([]placedWord, len(words))
	for i, j := range align(words, old) {
		placed[i] = placedWord{Word{Word: words[i], Probability: 1}, -1}
		if j >= 0 {
			placed[i] = old[j]
			placed[i].Word.Word = words[i]
		}
	}
	spread(placed, seconds)
	return placed
}

// spread shares each gap among the words that stand in it.
func spread(placed []placedWord, seconds float64) {
	for i := 0; i < len(placed); i++ {
		if placed[i].segment >= 0 {
			continue
		}
		end := i
		for end < len(placed) && placed[end].segment < 0 {
			end++
		}
		from, to, segment := 0.0, seconds, 0
		if i > 0 {
			from, segment = placed[i-1].End, placed[i-1].segment
		}
		if end < len(placed) {
			to = placed[end].Start
		}
		to = max(from, to)
		share := (to - from) / float64(end-i)
		for k := i; k < end; k++ {
			placed[k].Start = RoundMillis(from + share*float64(k-i))
			placed[k].End = RoundMillis(from + share*float64(k-i+1))
			placed[k].segment = segment
		}
	}
}

// regroup puts words into segments like those they came from.
func (s Segments) regroup(placed []placedWord) Segments {
	var out Segments
	last := -1
	for _, w := range placed {
		if w.segment != last {
			next := Segment{Start: w.Start}
			if w.segment < len(s) {
				next.Channel, next.Speaker = s[w.segment].Channel, s[w.segment].Speaker
			}
			out = append(out, next)
			last = w.segment
		}
		current := &out[len(out)-1]
		current.Words = append(current.Words, w.Word)
		current.End = max(current.End, w.End)
	}
	for i := range out {
		var text strings.Builder
		for _, w := range out[i].Words {
			text.WriteString(w.Word)
		}
		out[i].Text = strings.TrimSpace(text.String())
	}
	return out
}

// align tells for each word which old one it is, -1 for none.
func align(words []string, old []placedWord) []int {
	oldBare := make([]string, len(old))
	for j, w := range old {
		oldBare[j] = strings.TrimSpace(w.Word.Word)
	}
	return matchWords(bareWords(words), oldBare)
}
