package talkit_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talkit"
)

// said is a segment as an engine gives it, a word a second.
func said(start float64, text string) talkit.Segment {
	s := talkit.Segment{Start: start, Text: text}
	for i, w := range strings.Fields(text) {
		s.Words = append(s.Words, talkit.Word{Word: " " + w, Start: start + float64(i), End: start + float64(i+1), Probability: 0.9})
		s.End = start + float64(i+1)
	}
	return s
}

func texts(paragraphs []talkit.Paragraph) []string {
	all := []string{}
	for _, p := range paragraphs {
		all = append(all, p.Text())
	}
	return all
}

func TestParagraphsOfAnEngine(t *testing.T) {
	t.Parallel()
	odd := said(20, "Some of it is timed.")
	odd.Words = odd.Words[:2]
	segments := talkit.Segments{said(0, "We met Anna."), said(4, "She was late."), {Start: 8, End: 9, Text: " "}, said(12, "Then lunch."), odd,
		{Start: 25, End: 26, Text: "会議", Words: []talkit.Word{{Word: "会", Start: 25, End: 25.5}, {Word: "議", Start: 25.5, End: 26}}}}
	want := []string{"We met Anna. She was late.", "Then lunch.", "Some of it is timed. 会議"}
	got := segments.Paragraphs()
	if diff := cmp.Diff(want, texts(got)); diff != "" {
		t.Error(diff)
	}
	if w := got[0][3]; w.Word != " She" || w.Start != 4 {
		t.Errorf("the first word of the next segment: %+v", w)
	}
	if w := got[2][0]; w.Word != "Some of it is timed." || w.Start != 20 || w.Unsure() {
		t.Errorf("what is not timed throughout: %+v", w)
	}
}

// TestParagraphsOfALongTalk: without any pause one begins behind a sentence all
// the same, and a short pause within a sentence begins none.
func TestParagraphsOfALongTalk(t *testing.T) {
	t.Parallel()
	segments, at := talkit.Segments{}, 0.0
	for range 100 {
		s := said(at, "This sentence has a number of words that is no less than fifteen, to be sure.")
		segments, at = append(segments, s), s.End
	}
	got := segments.Paragraphs()
	for i, p := range got {
		if n := len(p.Text()); n > 1000 || n < 800 && i+1 < len(got) || !strings.HasSuffix(p.Text(), "sure.") {
			t.Errorf("%d letters: …%s", n, p.Text()[max(0, n-60):])
		}
	}
	if len(got) < 8 {
		t.Errorf("%d paragraphs", len(got))
	}
	for pause, want := range map[float64]int{3: 1, 5: 2} {
		thought := talkit.Segments{said(0, "We should ask the"), said(4+pause, "lawyer about it.")}
		if got := thought.Paragraphs(); len(got) != want {
			t.Errorf("%v s: %q", pause, texts(got))
		}
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	one, two, alsoOne := 1, 2, 1
	segments := talkit.Segments{said(0, "Is it?"), said(2, "Yes."), said(3, "It is."), said(5, "Good.")}
	segments[0].Channel, segments[1].Channel, segments[2].Channel, segments[3].Channel = &one, &two, &two, &alsoOne
	var got []string
	for _, turn := range segments.Turns() {
		got = append(got, strconv.Itoa(*turn.Channel)+" "+turn.Text())
	}
	if diff := cmp.Diff([]string{"1 Is it?", "2 Yes. It is.", "1 Good."}, got); diff != "" {
		t.Error(diff)
	}
	if got := segments.Text(); got != "Is it?\n\nYes. It is.\n\nGood." {
		t.Errorf("%q", got)
	}
}

// TestSentencesAreJoined as their script has it.
func TestSentencesAreJoined(t *testing.T) {
	t.Parallel()
	for want, parts := range map[string][]string{
		"会议是星期一。资料请明天送来。": {"会议是星期一。", "资料请明天送来。"},
		"今日は。よろしく、お願いします": {"今日は。", "よろしく、", "お願いします"},
		"「はい」コーヒー（黒）":     {"「はい」", "コーヒー", "（黒）"},
		"你好。 Hello. 再见":   {"你好。", "Hello.", "再见"},
		"안녕하세요. 반갑습니다.":   {"안녕하세요.", "반갑습니다."},
		"Is it? Yes.":     {"Is it?", "Yes."},
	} {
		spaced, bare := talkit.Segments{}, talkit.Segments{}
		for i, part := range parts {
			s := said(float64(i), part)
			spaced = append(spaced, s)
			bare = append(bare, talkit.Segment{Start: s.Start, End: s.End, Text: part, Words: []talkit.Word{}})
		}
		if got := spaced.Text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := bare.Text(); got != want {
			t.Errorf("without words: %q, want %q", got, want)
		}
	}
	typed := talkit.Segments{said(0, "会议。"), said(1, "资料。")}.Rewritten("会议。 资料。", 2)
	if got := typed.Text(); got != "会议。 资料。" {
		t.Errorf("a person's space went: %q", got)
	}
}

// TestParagraphsOfAPerson are theirs, whatever the silences.
func TestParagraphsOfAPerson(t *testing.T) {
	t.Parallel()
	heard := talkit.Segments{said(0, "We met Anna."), said(10, "She was late.")}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"We met Hanna. She was late.", []string{"We met Hanna. She was late."}},
		{"We met\n\nHanna. She\nwas late.\n\n \n", []string{"We met", "Hanna. She\nwas late."}},
		{" We met Hanna.\n \n She was  late.", []string{"We met Hanna.", "She was  late."}},
	} {
		if diff := cmp.Diff(c.want, texts(heard.Rewritten(c.text, 20).Paragraphs())); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
	}
}

// TestParagraphsAreTheText: no word is lost, moved or joined to another, by
// whomever the text is.
func TestParagraphsAreTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		segments := talkit.Segments{}
		for range rapid.IntRange(0, 5).Draw(t, "segments") {
			start := 0.0
			if n := len(segments); n > 0 {
				start = segments[n-1].End + rapid.SampledFrom([]float64{0, 1, 3}).Draw(t, "pause")
			}
			segments = append(segments, said(start, rapid.StringMatching(`( ?[a-zé会]{1,5}[.,]?){0,6}`).Draw(t, "said")))
		}
		check := func(segments talkit.Segments, text string) {
			if got := strings.Join(texts(segments.Paragraphs()), "\n\n"); cmp.Diff(strings.Fields(got), strings.Fields(text)) != "" {
				t.Fatalf("%q, want %q", got, text)
			}
		}
		check(segments, segments.Text())
		text := rapid.StringMatching(`([a-zé会.]{1,5}[ \n\t]{0,3}){0,12}`).Draw(t, "typed")
		check(segments.Rewritten(text, 60), text)
	})
}
