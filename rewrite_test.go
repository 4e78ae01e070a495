package talkit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
)

func heard(words ...string) talkit.Segments {
	s := talkit.Segment{Start: 0, End: float64(len(words)), Text: strings.Join(words, " ")}
	for i, w := range words {
		s.Words = append(s.Words, talkit.Word{Word: " " + w, Start: float64(i), End: float64(i + 1), Probability: 0.5})
	}
	return talkit.Segments{s}
}

func TestRewrittenKeepsTimesOfWordsThatStayed(t *testing.T) {
	t.Parallel()
	got := heard("we", "met", "Anna", "today").Rewritten("we met Hanna Arendt today", 4)
	want := []talkit.Word{
		{Word: "we", Start: 0, End: 1, Probability: 0.5},
		{Word: " met", Start: 1, End: 2, Probability: 0.5},
		{Word: " Hanna", Start: 2, End: 2.5, Probability: 1},
		{Word: " Arendt", Start: 2.5, End: 3, Probability: 1},
		{Word: " today", Start: 3, End: 4, Probability: 0.5},
	}
	if diff := cmp.Diff(want, got[0].Words); diff != "" {
		t.Error(diff)
	}
}

func TestRewrittenWithoutTimesSpreadsWordsOverTheRecording(t *testing.T) {
	t.Parallel()
	got := talkit.Segments{}.Rewritten("one two\n\nthree four", 8)
	if len(got) != 1 || len(got[0].Words) != 4 || got[0].Words[3].End != 8 || got[0].Words[1].Start != 2 {
		t.Errorf("got %+v", got)
	}
	if got[0].Text != "one two\n\nthree four" {
		t.Errorf("text %q", got[0].Text)
	}
}

func TestRewrittenToNothing(t *testing.T) {
	t.Parallel()
	if got := heard("a", "b").Rewritten(" \n", 2); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestTitleAndAbstract(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 100)
	for _, c := range []struct{ text, title, abstract string }{
		{"", "", ""},
		{"Call Anna. Then lunch.", "Call Anna", "Call Anna."},
		{"Version 1.5 is out, at last! Good", "Version 1.5 is out, at last", "Version 1.5 is out, at last!"},
		{long, strings.Repeat("word ", 11) + "word…", strings.Repeat("word ", 39) + "word…"},
		{"会議の記録。次へ", "会議の記録", "会議の記録。"},
		{"Um, so, I spoke to Mr. Halloway. He agreed.", "I spoke to Mr. Halloway", "Um, so, I spoke to Mr. Halloway."},
		{"Okay. So this is a note. And more.", "So this is a note", "Okay."},
		{"So it goes.", "So it goes", "So it goes."},
		{"Um.", "Um", "Um."},
		{"Hello! This is Anna, of J. Smith & Co. Call me.", "Hello! This is Anna, of J. Smith & Co", "Hello!"},
		{"1. Buy milk. 2. Call Anna.", "1. Buy milk", "1. Buy milk."},
		{"Without a point\n\nand another paragraph.", "Without a point", "Without a point"},
		{"“Is it?” she asked. No.", "“Is it?” she asked", "“Is it?” she asked."},
	} {
		if got := talkit.Title(c.text); got != c.title {
			t.Errorf("Title(%.20q) = %q, want %q", c.text, got, c.title)
		}
		if got := talkit.Abstract(c.text); got != c.abstract {
			t.Errorf("Abstract(%.20q) = %q, want %q", c.text, got, c.abstract)
		}
	}
}
