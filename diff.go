package talkit

import (
	"slices"
	"strings"
	"unicode"
)

// ChangeOp says what became of a stretch of text.
type ChangeOp string

// What becomes of text.
const (
	Kept    ChangeOp = "kept"
	Removed ChangeOp = "removed"
	Added   ChangeOp = "added"
)

// Change is a stretch of text that was kept, removed or added.
type Change struct {
	Op   ChangeOp
	Text string
}

// Diff compares two texts by words. What was kept and removed, joined, is
// before; what was kept and added is after. Its work is bounded: of long texts
// that have little in common, more may be called removed and added than was.
func Diff(before, after string) []Change {
	old, new := diffWords(before), diffWords(after)
	bareOld, bareNew := bareWords(old), bareWords(new)
	var d diffed
	i := 0
	for j, match := range matchWords(bareNew, bareOld) {
		if match < 0 {
			d.add(Added, new[j])
			continue
		}
		for ; i < match; i++ {
			d.add(Removed, old[i])
		}
		d.keep(old[i], new[j], bareOld[i])
		i++
	}
	for ; i < len(old); i++ {
		d.add(Removed, old[i])
	}
	d.space(before, after, old, new)
	return d.finished()
}

// diffWords are the words of a text, each with the space before it. In scripts
// that leave no space between words each character is one.
func diffWords(text string) []string {
	var words []string
	for _, word := range splitWords(text) {
		start, last := 0, ' '
		for i, r := range word {
			if !unicode.IsSpace(last) && (isCharacter(r) || isCharacter(last)) {
				words = append(words, word[start:i])
				start = i
			}
			last = r
		}
		words = append(words, word[start:])
	}
	return words
}

func isCharacter(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func bareWords(words []string) []string {
	bare := make([]string, len(words))
	for i, w := range words {
		bare[i] = strings.TrimSpace(w)
	}
	return bare
}

// diffed is a comparison as it grows: what was removed in a place comes before
// what was added there.
type diffed struct {
	changes        []Change
	removed, added strings.Builder
	kept           strings.Builder
}

func (d *diffed) add(op ChangeOp, text string) {
	if text == "" {
		return
	}
	if d.kept.Len() > 0 {
		d.changes = append(d.changes, Change{Kept, d.kept.String()})
		d.kept.Reset()
	}
	if op == Removed {
		d.removed.WriteString(text)
	} else {
		d.added.WriteString(text)
	}
}

// keep keeps a word; the space before it may still differ.
func (d *diffed) keep(old, new, bare string) {
	if old != new {
		d.add(Removed, strings.TrimSuffix(old, bare))
		d.add(Added, strings.TrimSuffix(new, bare))
		old = bare
	}
	d.settle()
	d.kept.WriteString(old)
}

// space adds what stands after the last words.
func (d *diffed) space(before, after string, old, new []string) {
	rest := func(text string, words []string) string {
		length := 0
		for _, w := range words {
			length += len(w)
		}
		return text[length:]
	}
	restBefore, restAfter := rest(before, old), rest(after, new)
	if restBefore != restAfter {
		d.add(Removed, restBefore)
		d.add(Added, restAfter)
		return
	}
	if restBefore != "" {
		d.settle()
		d.kept.WriteString(restBefore)
	}
}

// settle ends a place where something was removed or added.
func (d *diffed) settle() {
	if d.removed.Len() > 0 {
		d.changes = append(d.changes, Change{Removed, d.removed.String()})
		d.removed.Reset()
	}
	if d.added.Len() > 0 {
		d.changes = append(d.changes, Change{Added, d.added.String()})
		d.added.Reset()
	}
}

func (d *diffed) finished() []Change {
	d.settle()
	if d.kept.Len() > 0 {
		d.changes = append(d.changes, Change{Kept, d.kept.String()})
	}
	return d.changes
}

// Bounds of matching words.
const (
	maxTable  = 250_000    // pairs of words compared in one stretch, each an entry of a table
	maxPairs  = 64_000_000 // in all
	maxSplits = 50         // how often a stretch is split at anchors
)

// matchWords tells for each word which old one it is, -1 for none. Both grow.
//
// What is common at both ends comes first; what is left is split at words that
// stand there once in each (patience diff), and what cannot be split any more
// is compared pair by pair, unless that is too much.
func matchWords(words, old []string) []int {
	m := matcher{match: make([]int, len(words)), left: maxPairs}
	for i := range m.match {
		m.match[i] = -1
	}
	ids := map[string]int32{}
	m.words, m.old = identify(words, ids), identify(old, ids)
	m.seen = make([]sighting, len(ids))
	m.between(stretch{0, len(words), 0, len(old)}, maxSplits)
	return m.match
}

// identify numbers words: the same word has the same number.
func identify(words []string, ids map[string]int32) []int32 {
	numbers := make([]int32, len(words))
	for i, w := range words {
		id, known := ids[w]
		if !known {
			id = int32(len(ids))
			ids[w] = id
		}
		numbers[i] = id
	}
	return numbers
}

type matcher struct {
	words, old []int32
	match      []int
	seen       []sighting // by word
	table      []int32
	left       int // pairs that may still be compared
}

// sighting is how often a word stands in a stretch of each text, and where.
type sighting struct{ words, old, at, oldAt int32 }

// stretch is words[from:to] and old[oldFrom:oldTo].
type stretch struct{ from, to, oldFrom, oldTo int }

func (m *matcher) between(s stretch, splits int) {
	for s.from < s.to && s.oldFrom < s.oldTo && m.words[s.from] == m.old[s.oldFrom] {
		m.match[s.from] = s.oldFrom
		s.from, s.oldFrom = s.from+1, s.oldFrom+1
	}
	for s.from < s.to && s.oldFrom < s.oldTo && m.words[s.to-1] == m.old[s.oldTo-1] {
		s.to, s.oldTo = s.to-1, s.oldTo-1
		m.match[s.to] = s.oldTo
	}
	n, o := s.to-s.from, s.oldTo-s.oldFrom
	if n == 0 || o == 0 {
		return
	}
	if n*o <= maxTable {
		m.compare(s)
		return
	}
	if splits == 0 {
		return
	}
	anchors := m.anchors(s)
	for _, a := range anchors {
		m.match[a.at] = int(a.oldAt)
		m.between(stretch{s.from, int(a.at), s.oldFrom, int(a.oldAt)}, splits-1)
		s.from, s.oldFrom = int(a.at)+1, int(a.oldAt)+1
	}
	if len(anchors) > 0 {
		m.between(s, splits-1)
	}
}

// anchors are the words that stand once in each text of a stretch, as many of
// them as are in the same order in both.
func (m *matcher) anchors(s stretch) []sighting {
	for i := s.from; i < s.to; i++ {
		at := &m.seen[m.words[i]]
		at.words, at.at = at.words+1, int32(i)
	}
	for j := s.oldFrom; j < s.oldTo; j++ {
		at := &m.seen[m.old[j]]
		at.old, at.oldAt = at.old+1, int32(j)
	}
	var once []sighting
	for i := s.from; i < s.to; i++ {
		if at := m.seen[m.words[i]]; at.words == 1 && at.old == 1 {
			once = append(once, at)
		}
	}
	for i := s.from; i < s.to; i++ {
		m.seen[m.words[i]] = sighting{}
	}
	for j := s.oldFrom; j < s.oldTo; j++ {
		m.seen[m.old[j]] = sighting{}
	}
	return longestRising(once)
}

// longestRising is the longest subsequence whose old places rise.
func longestRising(all []sighting) []sighting {
	if len(all) == 0 {
		return nil
	}
	var ends []int // of the best subsequence of each length, where it ends
	before := make([]int, len(all))
	for i, s := range all {
		length, _ := slices.BinarySearchFunc(ends, s.oldAt, func(end int, place int32) int { return int(all[end].oldAt - place) })
		before[i] = -1
		if length > 0 {
			before[i] = ends[length-1]
		}
		if length == len(ends) {
			ends = append(ends, i)
		} else {
			ends[length] = i
		}
	}
	rising := make([]sighting, len(ends))
	for i, k := ends[len(ends)-1], len(ends)-1; i >= 0; i, k = before[i], k-1 {
		rising[k] = all[i]
	}
	return rising
}

// compare matches the longest common subsequence of a small stretch.
func (m *matcher) compare(s stretch) {
	n, o := s.to-s.from, s.oldTo-s.oldFrom
	if m.left -= n * o; m.left < 0 {
		return
	}
	// length[i*row+j] is the longest common subsequence of what follows i and j.
	row := o + 1
	size := (n + 1) * row
	m.table = slices.Grow(m.table[:0], size)[:size]
	length := m.table
	clear(length)
	for i := n - 1; i >= 0; i-- {
		for j := o - 1; j >= 0; j-- {
			if m.words[s.from+i] == m.old[s.oldFrom+j] {
				length[i*row+j] = length[(i+1)*row+j+1] + 1
			} else {
				length[i*row+j] = max(length[(i+1)*row+j], length[i*row+j+1])
			}
		}
	}
	for i, j := 0, 0; i < n && j < o; {
		switch {
		case m.words[s.from+i] == m.old[s.oldFrom+j]:
			m.match[s.from+i] = s.oldFrom + j
			i, j = i+1, j+1
		case length[(i+1)*row+j] >= length[i*row+j+1]:
			i++
		default:
			j++
		}
	}
}
