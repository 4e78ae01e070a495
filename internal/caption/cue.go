package caption

import (
	"strings"
	"unicode/utf8"

	"talkit"
)

// What can be read on a screen at once, by the usual rules of subtitling.
const (
	lineLength = 42 // characters; two lines
	shortest   = 1  // seconds
	longest    = 7
	newThought = 1.5 // a pause of so many seconds ends a cue
)

// cue is what is shown at once; times are seconds.
type cue struct {
	start, end float64
	text       string
}

// cues cuts a transcript into what can be read: at sentences and pauses first,
// then in halves, best at commas. No character but white space is lost.
func cues(segments talkit.Segments) []cue {
	var groups [][]unit
	for _, sentence := range sentences(units(segments)) {
		groups = append(groups, halve(sentence)...)
	}
	return timed(groups)
}

// sentences groups units that belong together. A sentence too short to be
// shown alone takes the next one in, where both fit.
func sentences(all []unit) [][]unit {
	var groups [][]unit
	begin := 0
	for i := 1; i <= len(all); i++ {
		if i == len(all) || endsHere(all[i-1], all[i]) {
			groups = appendSentence(groups, all[begin:i])
			begin = i
		}
	}
	return groups
}

func endsHere(u, next unit) bool {
	return apart(u, next) || next.space && strings.ContainsAny(lastRune(u.text), ".!?…") || strings.ContainsAny(lastRune(u.text), "。！？")
}

// apart tells whether units must not stand in one cue.
func apart(u, next unit) bool { return next.start-u.end > newThought || u.voice != next.voice }

func appendSentence(groups [][]unit, sentence []unit) [][]unit {
	if n := len(groups); n > 0 {
		last := groups[n-1]
		both := append(last[:len(last):len(last)], sentence...)
		if duration(last) < shortest && !apart(last[len(last)-1], sentence[0]) && fits(both) {
			groups[n-1] = both
			return groups
		}
	}
	return append(groups, sentence)
}

// halve cuts units until each part fits on the screen.
func halve(group []unit) [][]unit {
	if len(group) == 1 || fits(group) {
		return [][]unit{group}
	}
	at := bestCut(group)
	return append(halve(group[:at]), halve(group[at:])...)
}

// bestCut is the number of units before the cut: near the middle, rather
// after a comma, rather at a pause.
func bestCut(group []unit) int {
	total := length(group)
	best, at, before := 2.0, 1, 0
	for i := 1; i < len(group); i++ {
		before += group[i-1].length()
		off := float64(2*before-total) / float64(total)
		cost := max(off, -off)
		if strings.ContainsAny(lastRune(group[i-1].text), ",;:–—，、；：") {
			cost -= 0.3
		}
		cost -= min(max(group[i].start-group[i-1].end, 0), 0.5)
		if cost < best {
			best, at = cost, i
		}
	}
	return at
}

func fits(group []unit) bool {
	if length(group) > 2*lineLength+2 || duration(group) > longest {
		return false
	}
	_, ok := wrap(group)
	return ok
}

// wrap puts units on one line, or on two of about the same length; where they
// don't fit it is false, with all on one line.
func wrap(group []unit) (string, bool) {
	whole := text(group)
	if utf8.RuneCountInString(whole) <= lineLength {
		return whole, true
	}
	best, lines := lineLength+1, whole
	for i := 1; i < len(group); i++ {
		first, second := text(group[:i]), text(group[i:])
		if wider := max(utf8.RuneCountInString(first), utf8.RuneCountInString(second)); wider < best {
			best, lines = wider, first+"\n"+second
		}
	}
	return lines, best <= lineLength
}

// timed gives each group its time on the screen: as it was spoken, but at
// least a second where the next leaves room, at most seven, and one after the
// other. Cues whose words have no room at all (text without times) get a
// second each.
func timed(groups [][]unit) []cue {
	all := make([]cue, 0, len(groups))
	now := 0.0
	for i, group := range groups {
		start := max(talkit.RoundMillis(group[0].start), now)
		end := min(max(group[len(group)-1].end, start+shortest), start+longest)
		if i+1 < len(groups) {
			if next := talkit.RoundMillis(groups[i+1][0].start); next > start {
				end = min(end, next)
			}
		}
		end = talkit.RoundMillis(end)
		lines, _ := wrap(group)
		all = append(all, cue{start: start, end: end, text: lines})
		now = end
	}
	return all
}
