package wording

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"talkit"
)

// read makes tokens of the words of a segment, with all replacements made.
func (n *node) read(number int, s talkit.Segment) []token {
	words, _ := wordsOf(s)
	line := line{number, words, join(words), ends(words)}
	found := n.find(line.text)
	var all []token
	for i := 0; i < len(words); {
		mine := line.beginIn(i, found)
		if len(mine) == 0 {
			all = append(all, token{Word: words[i], segment: number})
			i++
			continue
		}
		last := line.wordAt(mine[len(mine)-1].end - 1)
		all = append(all, line.tokens(i, last, mine)...)
		found, i = found[len(mine):], last+1
	}
	return all
}

// line is the words of a segment as one text.
type line struct {
	number int
	words  []talkit.Word
	text   string
	ends   []int // of the words in the text
}

func ends(words []talkit.Word) []int {
	all, end := make([]int, len(words)), 0
	for i, w := range words {
		end += len(w.Word)
		all[i] = end
	}
	return all
}

// start is where a word begins, without the space before it.
func (l line) start(word int) int {
	return l.ends[word] - len(strings.TrimLeftFunc(l.words[word].Word, unicode.IsSpace))
}

func (l line) wordAt(place int) int {
	return min(sort.SearchInts(l.ends, place+1), len(l.ends)-1)
}

// beginIn gives those of the matches ahead that begin in a word, and in those
// that they end in: each word belongs to one group of matches.
func (l line) beginIn(word int, ahead []match) []match {
	n := 0
	for n < len(ahead) && ahead[n].start < l.ends[word] {
		word = l.wordAt(ahead[n].end - 1)
		n++
	}
	return ahead[:n]
}

// tokens writes the words from first to last, in which all found lies.
func (l line) tokens(first, last int, found []match) []token {
	heard := l.words[first : last+1]
	if c := found[0].rule.command; c != nil && len(found) == 1 {
		tail := l.text[found[0].end:l.ends[last]]
		if found[0].start == l.start(first) && !strings.ContainsFunc(tail, inWord) {
			return []token{{segment: l.number, command: c, said: heard, tail: strings.TrimSpace(tail)}}
		}
	}
	place := l.ends[first] - len(heard[0].Word)
	var text strings.Builder
	for _, m := range found {
		text.WriteString(l.text[place:m.start])
		if m.rule.write == "" {
			text.WriteString(l.text[m.start:m.end])
		}
		text.WriteString(m.rule.write)
		place = m.end
	}
	text.WriteString(l.text[place:l.ends[last]])
	written := heard
	if text.String() != join(heard) {
		written = share(cut(text.String()), heard)
	}
	all := make([]token, len(written))
	for i, w := range written {
		all[i] = token{Word: w, segment: l.number, own: true, kept: len(w.Word)}
	}
	if n := len(all); n > 0 {
		all[n-1].kept -= min(l.ends[last]-place, all[n-1].kept)
	}
	return all
}

// share gives written words the times of those heard: each its own where there
// are as many, else in proportion to their characters.
func share(written []string, heard []talkit.Word) []talkit.Word {
	words := make([]talkit.Word, len(written))
	if len(written) == len(heard) {
		copy(words, heard)
		for i := range words {
			words[i].Word = written[i]
		}
		return words
	}
	start, end, probability := span(heard)
	total, seen, clock := max(1, length(written...)), 0, start
	for i, text := range written {
		seen += length(text)
		next := talkit.RoundMillis(start + (end-start)*float64(seen)/float64(total))
		words[i] = talkit.Word{Word: text, Start: clock, End: min(max(next, clock), end), Probability: probability}
		clock = words[i].End
	}
	if n := len(words); n > 0 {
		words[n-1].End = end
	}
	return words
}

// span is the time of some words, and their mean probability.
func span(words []talkit.Word) (start, end, probability float64) {
	for _, w := range words {
		probability += w.Probability
	}
	start = words[0].Start
	return start, max(start, words[len(words)-1].End), talkit.RoundMillis(probability / float64(len(words)))
}

func length(texts ...string) int {
	n := 0
	for _, text := range texts {
		n += utf8.RuneCountInString(strings.TrimSpace(text))
	}
	return n
}

// cut cuts a text into words, each with the space before it; what is left at
// the end goes with the last.
func cut(text string) []string {
	var words []string
	start, inWord := 0, false
	for i, char := range text {
		if unicode.IsSpace(char) && inWord {
			words, start = append(words, text[start:i]), i
		}
		inWord = !unicode.IsSpace(char)
	}
	switch rest := text[start:]; {
	case strings.TrimSpace(rest) != "" || len(words) == 0 && rest != "":
		words = append(words, rest)
	case len(words) > 0:
		words[len(words)-1] += rest
	}
	return words
}
