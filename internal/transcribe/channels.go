package transcribe

import (
	"cmp"
	"slices"
	"strings"

	"talkit"
)

// turnPause is a silence after which the other one may have spoken.
const turnPause = 0.7

// JoinCuts is Join where pieces are of channels, by the same index. Where they
// are of two that hold different speech, segments say of which, end where the
// other one may have spoken, and stand in the order of time. One in which
// nobody speaks is as if it were not there.
func JoinCuts(pieces []talkit.Segments, channels []int) talkit.Segments {
	var of [3]talkit.Segments
	for i, segments := range pieces {
		of[channels[i]] = append(of[channels[i]], segments...)
	}
	if len(of[1]) == 0 || len(of[2]) == 0 {
		return Join(pieces)
	}
	all := talkit.Segments{}
	for channel := 1; channel <= 2; channel++ {
		for _, s := range of[channel] {
			for _, turn := range turns(s) {
				turn.Channel = &channel
				all = append(all, turn)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b talkit.Segment) int { return cmp.Compare(a.Start, b.Start) })
	return all
}

// turns cuts a segment at its silences.
func turns(s talkit.Segment) []talkit.Segment {
	if strings.TrimSpace(joinWords(s.Words)) != s.Text {
		return []talkit.Segment{s} // its words are not all of its text
	}
	var all []talkit.Segment
	from := 0
	for i := 1; i <= len(s.Words); i++ {
		if i < len(s.Words) && s.Words[i].Start-s.Words[i-1].End < turnPause {
			continue
		}
		words := s.Words[from:i]
		text := strings.TrimSpace(joinWords(words))
		if text != "" {
			all = append(all, talkit.Segment{Start: words[0].Start, End: words[len(words)-1].End, Text: text, Words: words})
		}
		from = i
	}
	if len(all) < 2 {
		return []talkit.Segment{s} // nothing to cut: its text and times are the engine's
	}
	return all
}
