package whisper

import (
	"strings"
	"testing"

	"talkit"
)

func TestSentences(t *testing.T) {
	t.Parallel()
	const rest = "(rest)"
	for _, test := range []struct{ words, want []string }{
		{[]string{" One", " two"}, []string{" One two"}},
		{[]string{" One.", " Two,", " three?", " Four"}, []string{" One.", " Two, three?", " Four"}},
		{[]string{` He`, ` said`, ` "No!"`, ` She`}, []string{` He said "No!"`, ` She`}},
		{[]string{" Version", " 3.", "5", " is"}, []string{" Version 3.5 is"}},
		{[]string{" Well", rest, " then"}, []string{" Well", " then"}},
		{[]string{" well", rest, "-known"}, []string{" well-known"}},
		{[]string{"一。", "二", "三！"}, []string{"一。", "二三！"}},
	} {
		var s talkit.Segment
		clock := 0.0
		for _, word := range test.words {
			clock += 0.5
			if word == rest {
				clock += 2 * restSeconds
				continue
			}
			s.Words = append(s.Words, talkit.Word{Word: word, Start: clock, End: clock + 0.5})
		}
		var got []string
		for _, sentence := range sentences(s) {
			var text strings.Builder
			for _, w := range sentence.Words {
				text.WriteString(w.Word)
			}
			got = append(got, text.String())
		}
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
