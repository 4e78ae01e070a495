package wording

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// rule is what is done with words that were found: they are a command, they are
// written differently, or, without either, they stay as they are.
type rule struct {
	command *command
	write   string
}

// node is a step in the tree of all that is looked for, a character at a time:
// so the work does not grow with how much that is.
type node struct {
	next map[rune]*node
	rule *rule // for what ends here
}

func (n *node) empty() bool { return len(n.next) == 0 }

// add has words looked for; what is added later counts.
func (n *node) add(words string, r rule) {
	folded := fold(words).runes
	if len(folded) == 0 {
		return
	}
	for _, char := range folded {
		if n.next == nil {
			n.next = map[rune]*node{}
		}
		if n.next[char] == nil {
			n.next[char] = &node{}
		}
		n = n.next[char]
	}
	n.rule = &r
}

// match is a place in a text, in bytes, and what is done with it.
type match struct {
	start, end int
	rule       *rule
}

// find gives the matches in a text from its beginning to its end: at each place
// the longest, and none within another.
func (n *node) find(text string) []match {
	var all []match
	folded := fold(text)
	for i := 0; i < len(folded.runes); {
		end, found := n.longest(folded, i)
		if found == nil {
			i++
			continue
		}
		all = append(all, match{folded.starts[i], folded.ends[end-1], found})
		i = end
	}
	return all
}

func (n *node) longest(text folded, from int) (end int, found *rule) {
	if !text.begins(from) {
		return 0, nil
	}
	for i := from; i < len(text.runes); i++ {
		if n = n.next[text.runes[i]]; n == nil {
			break
		}
		if n.rule != nil && text.endsAt(i+1) {
			end, found = i+1, n.rule
		}
	}
	return end, found
}

// folded is a text so that case, ways to write an accent or an apostrophe,
// white space and hyphens make no difference. A letter can become several
// characters, so each knows where in the text its own begins and ends.
type folded struct {
	runes        []rune
	starts, ends []int // bytes
}

const gap = ' ' // stands for white space and hyphens

func fold(text string) folded {
	f := folded{runes: make([]rune, 0, len(text)), starts: make([]int, 0, len(text)), ends: make([]int, 0, len(text))}
	for i := 0; i < len(text); {
		char, size := utf8.DecodeRuneInString(text[i:])
		f.add(char, i, i+size)
		i += size
	}
	f.trim()
	return f
}

func (f *folded) add(char rune, start, end int) {
	switch {
	case unicode.IsSpace(char) || isHyphen(char):
		if n := len(f.runes); n > 0 && f.runes[n-1] != gap {
			f.append(gap, start, end)
		}
	case char < utf8.RuneSelf:
		f.append(unicode.ToLower(char), start, end)
	default:
		for _, part := range norm.NFD.String(string(char)) {
			f.append(simple(part), start, end)
		}
	}
}

func (f *folded) append(char rune, start, end int) {
	f.runes, f.starts, f.ends = append(f.runes, char), append(f.starts, start), append(f.ends, end)
}

// trim takes a gap from the end; there is none at the beginning.
func (f *folded) trim() {
	if n := len(f.runes); n > 0 && f.runes[n-1] == gap {
		f.runes, f.starts, f.ends = f.runes[:n-1], f.starts[:n-1], f.ends[:n-1]
	}
}

func isHyphen(char rune) bool { return char == '-' || char == '‐' || char == '‑' }

// simple is one for all characters that differ in case alone.
func simple(char rune) rune {
	if char == '’' || char == 'ʼ' {
		return '\''
	}
	least := char
	for other := unicode.SimpleFold(char); other != char; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return unicode.ToLower(least)
}

// begins tells whether a word can begin at i, or signs that no word goes on
// with: ".net" is not in "dot.net".
func (f folded) begins(i int) bool {
	return f.runes[i] != gap && !f.joined(i-1, i) && !f.linked(i-1) && (inWord(f.runes[i]) || !inWord(f.at(i-1)))
}

// endsAt tells whether a word can end before i. The 's of a possessive stays
// behind what is found: "Wealth Box's".
func (f folded) endsAt(i int) bool {
	return !f.joined(i-1, i) && (!f.linked(i) || f.possessive(i)) && (inWord(f.at(i-1)) || !inWord(f.at(i)))
}

// at is the character at i, a gap where there is none.
func (f folded) at(i int) rune {
	if i < 0 || i >= len(f.runes) {
		return gap
	}
	return f.runes[i]
}

// joined tells whether two neighbours are in the same word.
func (f folded) joined(i, j int) bool {
	a, b := f.at(i), f.at(j)
	return inWord(a) && inWord(b) && !(apart(a, b) || apart(b, a) && !unicode.IsMark(b))
}

// linked tells whether the character at i is one that can stand in a word, as
// in "it's", "3.5" and "10,000", and does.
func (f folded) linked(i int) bool {
	before, after := f.at(i-1), f.at(i+1)
	switch f.at(i) {
	case '\'', '.', '·':
		return inWord(before) && inWord(after)
	case ',':
		return unicode.IsDigit(before) && unicode.IsDigit(after)
	}
	return false
}

func (f folded) possessive(i int) bool {
	return f.at(i) == '\'' && f.at(i+1) == 's' && !inWord(f.at(i+2)) && !f.linked(i+2)
}

func inWord(char rune) bool {
	return char == '_' || unicode.IsLetter(char) || unicode.IsNumber(char) || unicode.IsMark(char)
}

// apart tells whether a is of a script that writes no spaces between words, so
// that one may end wherever b does not belong to it.
func apart(a, b rune) bool {
	return unicode.In(a, unicode.Han, unicode.Hiragana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) &&
		!unicode.IsMark(b) && b != 'ー'
}
