package transcribe

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talkit"
)

// saidFrom is a segment with a word each 0.3 s, or without timed words.
func saidFrom(start float64, text string, timed bool) talkit.Segment {
	s := talkit.Segment{Start: start, End: start, Text: strings.TrimSpace(text)}
	for field := range strings.FieldsSeq(text) {
		w := talkit.Word{Word: " " + field, Start: s.End, End: s.End + 0.3, Probability: 0.9}
		s.End = w.End
		if timed {
			s.Words = append(s.Words, w)
		}
	}
	return s
}

// TestRealRepetitionsStay: people do repeat themselves.
func TestRealRepetitionsStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "No, no, no!", "It is very, very, very, very, very important.", "Row, row, row your boat.",
		"No no no no no no no no no no.", "Ha ha ha ha ha ha ha ha, good.", "Never, never, never, never give up.",
		"One two three, one two three, one two three, one two three.", "Testing, testing, one two, one two, one two.",
		"The client said yes. The client said no. The client said yes. The client said no.",
		"1 1 1 1 2 2 2 2 3 3 3 3", "zero zero zero zero one one", "Bye bye, bye bye, bye bye, bye bye.", "Aaaaaah, brrrrr, 1000000000000000000000000000000.",
		"I know, I know, I know, I know.", "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -",
	} {
		for _, timed := range []bool{true, false} {
			segments := talkit.Segments{saidFrom(1, text, timed)}
			if diff := cmp.Diff(talkit.Segments{saidFrom(1, text, timed)}, withoutLoops(segments)); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		}
	}
}

func TestLoopsAreCutToOne(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"We met." + strings.Repeat(" 1.5% de rafi", 30):                            "We met. 1.5% de rafi",
		"So" + strings.Repeat(" ah", 100) + " then we left.":                       "So ah then we left.",
		strings.Repeat("Thank you very much. ", 6) + "Bye.":                        "Thank you very much. Bye.",
		"And the thing is," + strings.Repeat(" and the thing is,", 9) + " and the": "And the thing is, and the",
		"E" + strings.Repeat("e", 200) + "h.":                                      "Eeeeh.",
	} {
		for _, timed := range []bool{true, false} {
			got := withoutLoops(talkit.Segments{saidFrom(1, text, timed)})
			if len(got) != 1 || got[0].Text != want || timed && strings.TrimSpace(joinWords(got[0].Words)) != want {
				t.Errorf("%.60q: %+v", text, got)
			}
		}
	}
	var sentences talkit.Segments
	for i := range 20 {
		sentences = append(sentences, saidFrom(float64(2*i), "I am going to the shop.", true))
	}
	if got := withoutLoops(sentences); len(got) != 1 || got[0].End > 2 {
		t.Errorf("%d sentences are left", len(got))
	}
}

// TestWithoutLoopsLosesNothingElse: what is left are words that were said, in
// order, and a second look finds nothing more to cut in prose.
func TestWithoutLoopsLosesNothingElse(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{"no", "the", "a", "client", "yes,", "会", "-", "1"})
	rapid.Check(t, func(t *rapid.T) {
		var segments talkit.Segments
		at := 0.0
		for range rapid.IntRange(0, 4).Draw(t, "segments") {
			words := strings.Join(rapid.SliceOfN(word, 1, 30).Draw(t, "words"), " ")
			s := saidFrom(at, words, rapid.Bool().Draw(t, "timed"))
			segments, at = append(segments, s), s.End
		}
		before := strings.Fields(segments.Text())
		got := withoutLoops(append(talkit.Segments{}, segments...))
		after, i := strings.Fields(got.Text()), 0
		for _, w := range before {
			if i < len(after) && after[i] == w {
				i++
			}
		}
		if i != len(after) || len(before) > 0 && len(after) == 0 {
			t.Fatalf("%q became %q", before, after)
		}
		end := 0.0
		for _, s := range got {
			if s.Start < end || s.End < s.Start {
				t.Fatalf("out of order: %+v", got)
			}
			end = s.End
		}
	})
}
