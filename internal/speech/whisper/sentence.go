package whisper

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"talkit"
)

// restSeconds is a pause after which somebody begins anew.
const restSeconds = 1.0

// sentences cuts a segment, which the worker makes as long as a piece, at the
// ends of sentences and where somebody rested. One without words stays whole.
func sentences(s talkit.Segment) []talkit.Segment {
	if len(s.Words) == 0 {
		return []talkit.Segment{s}
	}
	var cut []talkit.Segment
	first := 0
	for i := range s.Words {
		if i+1 == len(s.Words) || endsAfter(s.Words[i], s.Words[i+1]) {
			cut = append(cut, talkit.Segment{Words: s.Words[first : i+1]})
			first = i + 1
		}
	}
	return cut
}

// endsAfter never cuts where the next word is written without a space, as in
// "3.5": segments are joined with one.
func endsAfter(word, next talkit.Word) bool {
	initial, _ := utf8.DecodeRuneInString(next.Word)
	if !unicode.IsSpace(initial) {
		last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(word.Word, `"'”’)]» `))
		return strings.ContainsRune("。！？", last)
	}
	return talkit.SentenceEnds(word.Word, next.Word) || next.Start-word.End > restSeconds
}
