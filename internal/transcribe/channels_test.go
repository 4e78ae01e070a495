package transcribe

import (
	"strings"
	"testing"

	"talkit"
)

func said(texts ...any) talkit.Segment {
	var s talkit.Segment
	for i := 0; i < len(texts); i += 2 {
		at := texts[i].(float64)
		s.Words = append(s.Words, talkit.Word{Word: " " + texts[i+1].(string), Start: at, End: at + 0.5, Probability: 1})
	}
	s.Start, s.End, s.Text = s.Words[0].Start, s.Words[len(s.Words)-1].End, strings.TrimSpace(joinWords(s.Words))
	return s
}

func TestJoinCutsTellsWhoSpeaks(t *testing.T) {
	t.Parallel()
	first := talkit.Segments{said(0.0, "How", 0.5, "much?", 4.0, "Thank", 4.5, "you.")}
	second := talkit.Segments{said(2.0, "Two", 2.5, "pounds."), said(6.0, "Bye.")}
	var got []string
	for _, s := range JoinCuts([]talkit.Segments{first, second}, []int{1, 2}) {
		if s.Channel == nil || s.Start != s.Words[0].Start || s.End != s.Words[len(s.Words)-1].End {
			t.Fatalf("%+v", s)
		}
		got = append(got, strings.Repeat(">", *s.Channel)+s.Text)
	}
	if want := ">How much?|>>Two pounds.|>Thank you.|>>Bye."; strings.Join(got, "|") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestJoinCutsWhereOneIsSilent(t *testing.T) {
	t.Parallel()
	for _, channels := range [][]int{{1, 2}, {2, 1}, {0, 0}} {
		got := JoinCuts([]talkit.Segments{{said(0.0, "Hello", 4.0, "you.")}, nil}, channels)
		if len(got) != 1 || got[0].Channel != nil || got[0].Text != "Hello you." {
			t.Errorf("%v: %+v", channels, got)
		}
	}
}

// TestTurnsLoseNoText of an engine that times only some words.
func TestTurnsLoseNoText(t *testing.T) {
	t.Parallel()
	first := said(0.0, "How", 4.0, "much?")
	first.Text = "How is it that much?"
	var got []string
	for _, s := range JoinCuts([]talkit.Segments{{first}, {said(9.0, "Two.")}}, []int{1, 2}) {
		got = append(got, s.Text)
	}
	if text := strings.Join(got, "|"); text != "How is it that much?|Two." {
		t.Errorf("%q", text)
	}
}
