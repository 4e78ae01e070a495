package transcribe

import (
	"strings"
	"unicode"

	"talkit"
)

// A model that loses its way writes the same words again and again, until it
// has filled its window. What somebody says again has another form: few say a
// word two dozen times without a pause, or four words six times.
const (
	loopTimes   = 6  // so often at least, in a row,
	loopWords   = 24 // and so many words together
	loopPhrase  = 24 // words in what is repeated, at most
	loopLetters = 24 // of one kind in a row: "Eeeeee…"
)

// withoutLoops leaves one of what is repeated in a loop, the first, with its
// time. All else stays as it is.
func withoutLoops(segments talkit.Segments) talkit.Segments {
	said := sayings(segments)
	drop := looped(said)
	if len(drop) == 0 {
		return shortened(segments)
	}
	kept := make([][]talkit.Word, len(segments))
	cut := make([]bool, len(segments))
	for i, w := range said {
		if drop[i] {
			cut[w.segment] = true
			continue
		}
		kept[w.segment] = append(kept[w.segment], w.Word)
	}
	var out talkit.Segments
	for i, s := range segments {
		if cut[i] && len(kept[i]) == 0 {
			continue
		}
		if cut[i] {
			s = remade(s, kept[i])
		}
		out = append(out, s)
	}
	return shortened(out)
}

// saying is a word, and the segment that it is in.
type saying struct {
	talkit.Word
	segment int
	bare    string
}

// sayings are the words of all segments. An engine that gives no words, or not
// all, has them read from the text.
func sayings(segments talkit.Segments) []saying {
	var all []saying
	for i, s := range segments {
		for _, w := range wordsOf(s) {
			all = append(all, saying{w, i, bareWord(w.Word)})
		}
	}
	return all
}

func wordsOf(s talkit.Segment) []talkit.Word {
	if strings.TrimSpace(joinWords(s.Words)) == strings.TrimSpace(s.Text) {
		return s.Words
	}
	var words []talkit.Word
	for field := range strings.FieldsSeq(s.Text) {
		words = append(words, talkit.Word{Word: " " + field})
	}
	return words
}

func bareWord(word string) string {
	return strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// looped are the words that repeat those before them in a loop.
func looped(said []saying) map[int]bool {
	drop := map[int]bool{}
	for at := 0; at < len(said); {
		n, times := loopAt(said[at:])
		if n == 0 {
			at++
			continue
		}
		for i := at + n; i < at+n*times; i++ {
			drop[i] = true
		}
		at += n * times
	}
	return drop
}

// loopAt tells how many words are repeated from the first on, and how often
// they stand there: 0 where it is no loop.
func loopAt(said []saying) (n, times int) {
	for n := 1; n <= loopPhrase && n*loopTimes <= len(said); n++ {
		times, letters := 1, false
		for i := n; i < len(said) && said[i].bare == said[i-n].bare; i++ {
			letters = letters || said[i].bare != ""
			times = (i + 1) / n
		}
		if letters && times >= loopTimes && n*times >= loopWords {
			return n, times
		}
	}
	return 0, 0
}

// remade is a segment of the words that are left of it.
func remade(s talkit.Segment, words []talkit.Word) talkit.Segment {
	s.Text = strings.TrimSpace(joinWords(words))
	if len(s.Words) > 0 && strings.TrimSpace(joinWords(s.Words)) != "" && words[len(words)-1].End > 0 {
		s.Words = words
		s.Start, s.End = words[0].Start, words[len(words)-1].End
	}
	return s
}

// shortened cuts rows of the same letter within words.
func shortened(segments talkit.Segments) talkit.Segments {
	for i, s := range segments {
		text := shorter(s.Text)
		if text == s.Text {
			continue
		}
		segments[i].Text = text
		segments[i].Words = make([]talkit.Word, len(s.Words))
		for j, w := range s.Words {
			w.Word = shorter(w.Word)
			segments[i].Words[j] = w
		}
	}
	return segments
}

// shorter leaves three of a long row of the same letter.
func shorter(text string) string {
	var out, row strings.Builder
	last, count := rune(-1), 0
	flush := func() {
		if unicode.IsLetter(last) && count >= loopLetters {
			out.WriteString(strings.Repeat(string(last), 3))
		} else {
			out.WriteString(row.String())
		}
		row.Reset()
		count = 0
	}
	for _, r := range text {
		if r != last {
			flush()
			last = r
		}
		row.WriteRune(r)
		count++
	}
	flush()
	return out.String()
}
