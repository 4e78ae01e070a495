package caption

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"talkit"
)

// What can be read on a screen at once, by the usual rules of subtitling.
// Columns and seconds.
const (
	lineLength = 42 // of one line, of two
	shortest   = 1.0
	longest    = 7.0
	speed      = 21.0 // columns a second that can be read
	gap        = 0.08 // two pictures of film without text show that it changed
	newThought = 1.5  // a pause of so many seconds ends a cue
)

// cue is what is shown at once; times are seconds.
type cue struct {
	start, end float64
	voice      voice
	lines      []string // one or two
}

// cues cuts a transcript into what can be read. No character but white space
// is lost. Cues are in the order in which they begin; those of one channel
// never overlap. What two channels say at the same time is two cues.
func cues(segments talkit.Segments) []cue {
	var all []cue
	for _, line := range channels(units(segments)) {
		var groups [][]unit
		for _, stretch := range stretches(line) {
			groups = append(groups, split(stretch)...)
		}
		all = append(all, timed(groups)...)
	}
	slices.SortStableFunc(all, func(a, b cue) int { return cmp.Compare(a.start, b.start) })
	return all
}

// channels are the units of each channel, in order.
func channels(all []unit) [][]unit {
	if !slices.ContainsFunc(all, func(u unit) bool { return u.voice.channel != all[0].voice.channel }) {
		return [][]unit{all}
	}
	var lines [][]unit
	place := map[int]int{}
	for _, u := range all {
		i, ok := place[u.voice.channel]
		if !ok {
			i = len(lines)
			place[u.voice.channel] = i
			lines = append(lines, nil)
		}
		lines[i] = append(lines[i], u)
	}
	return lines
}

// stretches cuts units where a cue has to end: at a long pause, at a paragraph
// that was dictated or typed, and where somebody else begins.
func stretches(all []unit) [][]unit {
	var cut [][]unit
	begin := 0
	for i := 1; i <= len(all); i++ {
		if i == len(all) || all[i].start-all[i-1].end > newThought || all[i].paragraph || all[i].voice != all[i-1].voice {
			cut = append(cut, all[begin:i])
			begin = i
		}
	}
	return cut
}

// What a cue costs. The best way to cut a stretch is the one whose cues cost
// least together.
const (
	costOfCue      = 3.0  // so that there are not more than need be
	costOfLength   = 4.0  // for a full one, by the square: halves are as long as each other
	costOfUneven   = 8.0  // for a second line that is empty, beside what it costs to break there
	shareOfLine    = 0.5  // how much two lines weigh against where the cue is cut
	costOfHurry    = 3.0  // for each second that is missing to read it
	costOfSentence = 2.5  // for each that ends within a cue,
	costOfStump    = 4.0  // and where the one after it goes on with the next
	costOfMisfit   = 1000 // for what does not fit, where a single unit has to stand
)

// split finds the cheapest way to cut a stretch into cues that fit.
func split(stretch []unit) [][]unit {
	m := measured(stretch)
	n := len(stretch)
	cheapest, from := make([]float64, n+1), make([]int, n+1)
	first := 0 // the cues that can fit before end begin here or later
	for end := 1; end <= n; end++ {
		cheapest[end], from[end] = cheapest[end-1]+costOfMisfit, end-1
		for first < end && !m.canFit(first, end) {
			first++
		}
		for begin := first; begin < end; begin++ { // full ones first: most others cost more before their lines are looked at
			cost := cheapest[begin] + m.cost(begin, end)
			if cost > cheapest[end] {
				continue
			}
			if cost += m.costOfLines(begin, end); cost <= cheapest[end] {
				cheapest[end], from[end] = cost, begin
			}
		}
	}
	var groups [][]unit
	for end := n; end > 0; end = from[end] {
		groups = append(groups, stretch[from[end]:end])
	}
	slices.Reverse(groups)
	return groups
}

// measure answers at once what is asked about each part of a stretch.
type measure struct {
	units     []unit
	columns   []int     // before each unit, with the space before it
	sentences []int     // that ended before each unit
	cut       []float64 // what it costs to cut before each unit
}

func measured(stretch []unit) measure {
	n := len(stretch)
	m := measure{stretch, make([]int, n+1), make([]int, n+1), make([]float64, n+1)}
	for i, u := range stretch {
		m.columns[i+1] = m.columns[i] + u.length()
		m.sentences[i+1] = m.sentences[i]
		if i+1 < n && endsSentence(u, stretch[i+1], i == 0) {
			m.sentences[i+1]++
		}
		if i > 0 {
			m.cut[i] = costOfCut(stretch[i-1], u, m.sentences[i] > m.sentences[i-1])
		}
	}
	return m
}

func (m measure) width(begin, end int) int {
	width := m.columns[end] - m.columns[begin]
	if m.units[begin].space {
		width--
	}
	return width
}

// wide is the width of a group that stands alone.
func wide(group []unit) int {
	width := 0
	for _, u := range group {
		width += u.length()
	}
	if group[0].space {
		width--
	}
	return width
}

// canFit is false where no cue that begins earlier can fit either.
func (m measure) canFit(begin, end int) bool {
	return m.width(begin, end) <= 2*lineLength+1 && m.units[end-1].end-m.units[begin].start <= longest
}

// broken tells where units are best broken into two lines, at end where they
// go on one, and what that costs: infinitely much where they fit on neither.
func (m measure) broken(begin, end int) (at int, cost float64) {
	if m.width(begin, end) <= lineLength {
		return end, 0
	}
	cost = math.Inf(1)
	full := begin + sort.Search(end-begin, func(i int) bool { return m.width(begin, begin+i+1) > lineLength })
	for i := full; i > begin && m.width(i, end) <= lineLength; i-- {
		uneven := math.Abs(float64(m.width(begin, i)-m.width(i, end))) / lineLength
		if c := m.cut[i] + costOfUneven*uneven; c < cost {
			at, cost = i, c
		}
	}
	return at, cost
}

// costOfLines is what it costs to break units into lines.
func (m measure) costOfLines(begin, end int) float64 {
	_, cost := m.broken(begin, end)
	return shareOfLine * cost
}

// cost is what a cue costs beside its lines.
func (m measure) cost(begin, end int) float64 {
	width := m.width(begin, end)
	full := float64(width) / (2 * lineLength)
	cost := costOfCue + costOfLength*full*full + m.cut[end] + costOfHurry*max(0, timeToRead(width)-m.room(begin, end))
	if within := m.sentences[end-1] - m.sentences[begin]; within > 0 {
		cost += costOfSentence * float64(within)
		if m.cut[end] > 0 {
			cost += costOfStump
		}
	}
	return cost
}

// room is how long a cue can be seen before the next begins.
func (m measure) room(begin, end int) float64 {
	if end == len(m.units) {
		return longest // nearly always a pause follows
	}
	return m.units[end].start - m.units[begin].start
}

// timeToRead is how long a text should be seen at least.
func timeToRead(columns int) float64 { return max(shortest, float64(columns)/speed) }

// lines puts units on one line, or on two.
func lines(group []unit) []string {
	at, _ := measured(group).broken(0, len(group))
	if at == 0 || at == len(group) {
		return []string{text(group)}
	}
	return []string{text(group[:at]), text(group[at:])}
}

// timed gives the groups of one channel their time on the screen: as they were
// spoken, longer where reading takes longer and a pause follows, and one after
// the other. A cue is never shorter than a second: where the words have no room
// for that, as a text without times, the next one is late.
func timed(groups [][]unit) []cue {
	all := make([]cue, 0, len(groups))
	free := 0.0
	for i, group := range groups {
		start := talkit.RoundMillis(max(group[0].start, free))
		next := math.Inf(1)
		if i+1 < len(groups) {
			next = groups[i+1][0].start
		}
		free = talkit.RoundMillis(start + shown(group, start, next))
		all = append(all, cue{start: start, end: free, voice: group[0].voice, lines: lines(group)})
	}
	return all
}

// shown is for how long a group that appears at start is seen, where the one
// after it begins at next.
func shown(group []unit, start, next float64) float64 {
	read := timeToRead(wide(group))
	wanted := max(group[len(group)-1].end-start, read)
	room := next - start
	if room-gap >= min(wanted, read) {
		room -= gap
	}
	return min(max(min(wanted, room), shortest), longest)
}
