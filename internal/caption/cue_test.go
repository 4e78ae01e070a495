package caption

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talkit"
)

func shownText(all []cue) string {
	var b strings.Builder
	for _, c := range all {
		b.WriteString(strings.Join(c.lines, "\n") + "\n")
	}
	return b.String()
}

// legible checks what must hold of the cues of one channel, whatever was said.
func legible(t interface{ Fatalf(string, ...any) }, all []cue) {
	for i, c := range all {
		wide := 0
		for _, line := range c.lines {
			wide += columns(line)
			if columns(line) > lineLength || strings.TrimSpace(line) == "" || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("unfit to read: %q", c.lines)
			}
		}
		if n := len(c.lines); n < 1 || n > 2 {
			t.Fatalf("%d lines: %q", n, c.lines)
		}
		length := c.end - c.start
		if length < shortest-1e-6 || length > longest+1e-6 || i > 0 && c.start < all[i-1].end-1e-9 {
			t.Fatalf("cue %d: %+v", i, c)
		}
		// Only the next cue, or that nothing is seen for longer, may make a reader hurry.
		last := i+1 == len(all)
		if float64(wide)/length > speed+0.1 && (last || all[i+1].start-c.end > 1e-6) && length < longest-1e-6 {
			t.Fatalf("cue %d is seen too shortly, of %d: %+v", i, len(all), c)
		}
	}
}

func TestTextWithoutTimes(t *testing.T) {
	t.Parallel()
	all := cues(talkit.Segments{{Text: strings.Repeat("A person wrote this by hand.\n", 40)}})
	if len(all) < 10 {
		t.Fatalf("%d cues", len(all))
	}
	legible(t, all)
}

var anyText = rapid.OneOf(
	rapid.StringMatching(`( ?[a-zA-Z']{1,12}[.,!?]? ){0,30}`),
	rapid.StringMatching(`((the|of|and|Mr\.|because|Halloway|trust|it|1\.|e\.g\.|end\.) ){0,60}`),
	rapid.StringMatching(`[会議は来週、。 a-z]{0,60}`),
	rapid.StringMatching(`[a-z]{0,200}`),
	rapid.StringMatching(`[a\x{301}\x{200d}\x{1f469}\x{fe0f} ]{0,80}`),
	rapid.StringMatching(`([שלוםمرحبا]{1,9}[.؟،]? ){0,20}`),
	rapid.SampledFrom([]string{"-->", "1\n\n00:00:01,000 --> 00:00:02,000\n\nx", "<b>x</b> &lt; &", "\ufeffWEBVTT\n\nNOTE x", "{\\an8}x", "\u2028\u0085\v", strings.Repeat("x", 500)}),
	rapid.String(),
)

var anySegment = rapid.Custom(func(t *rapid.T) talkit.Segment {
	start := rapid.Float64Range(0, 4000).Draw(t, "start")
	end := start + rapid.SampledFrom([]float64{0, 0.0001, 0.3, 2, 8, 60}).Draw(t, "length")
	s := spoken(start, end, anyText.Draw(t, "text"))
	if rapid.Bool().Draw(t, "no words") {
		s.Words = nil
	}
	if rapid.Bool().Draw(t, "two channels") {
		channel := rapid.IntRange(1, 2).Draw(t, "channel")
		s.Channel = &channel
	}
	return s
})

func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		segments := talkit.Segments(rapid.SliceOfN(anySegment, 0, 8).Draw(t, "segments"))
		said, shown := map[int]string{}, map[int][]cue{}
		for _, s := range segments {
			said[voiceOf(s.Channel, s.Speaker).channel] += s.Text + "\n"
		}
		before := 0.0
		for _, c := range cues(segments) {
			if c.start < before {
				t.Fatalf("out of order: %+v", c)
			}
			before = c.start
			shown[c.voice.channel] = append(shown[c.voice.channel], c)
		}
		for channel, text := range said {
			legible(t, shown[channel])
			if got := shownText(shown[channel]); squeeze(got) != squeeze(strings.ToValidUTF8(text, "\ufffd")) {
				t.Fatalf("said  %q\nshown %q", text, got)
			}
		}
	})
}

// TestWordsStayWhole: what is no longer than a line and written with spaces is
// never torn, so the words of all cues are the words that were said.
func TestWordsStayWhole(t *testing.T) {
	t.Parallel()
	words := rapid.SliceOfN(rapid.StringMatching(`[A-Za-zéß'0-9-]{1,42}|-->|<i>|&amp;|[.,!?]{1,3}`), 1, 80)
	rapid.Check(t, func(t *rapid.T) {
		said := words.Draw(t, "words")
		seconds := rapid.Float64Range(0.1, 2).Draw(t, "seconds a word") * float64(len(said))
		all := cues(talkit.Segments{spoken(3, 3+seconds, strings.Join(said, " "))})
		legible(t, all)
		if got := strings.Fields(shownText(all)); strings.Join(got, " ") != strings.Join(said, " ") {
			t.Fatalf("said  %q\nshown %q", said, got)
		}
	})
}

func TestCutsAtClauses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"I spoke to Mr. Halloway about the estate and he would like the trust amended before the end of the year, because his daughter is getting married in the spring.": {
			"I spoke to Mr. Halloway about the estate", "and he would like the trust amended", "before the end of the year,", "because his daughter is getting", "married in the spring."},
		"Buy milk. Call J. Smith about the 3.5 million, i.e. the loan.": {"Buy milk.", "Call J. Smith about the 3.5 million,", "i.e. the loan."},
	} {
		var got []string
		for _, c := range cues(talkit.Segments{spoken(0, float64(len(text))/14, text)}) {
			got = append(got, c.lines...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestArticlesStayWithNouns: no cue and no line of ordinary prose ends with an
// article.
func TestArticlesStayWithNouns(t *testing.T) {
	t.Parallel()
	prose := "The quick review of the portfolio that we had promised to the client was sent on a Thursday afternoon and the answer came within an hour " +
		"which shows that the matter is of some weight to the family so the next step is a meeting with the lawyer at the office in the city " +
		"where the papers can be signed by the end of the month if the bank has sent the statement of the account by then"
	words := strings.Fields(prose)
	for from := range words {
		text := strings.Join(words[from:], " ")
		for _, c := range cues(talkit.Segments{spoken(0, float64(len(text))/15, text)}) {
			for _, line := range c.lines {
				fields := strings.Fields(line)
				switch last := fields[len(fields)-1]; last {
				case "the", "a", "an":
					t.Errorf("%q ends with %q", line, last)
				}
			}
		}
	}
}

func TestWaitsForTheReader(t *testing.T) {
	t.Parallel()
	quick := spoken(1, 3, "This was said so fast that nobody could read it in the time it took.")
	all := cues(talkit.Segments{quick, spoken(10, 12, "And this came later.")})
	if len(all) != 2 || all[0].end-all[0].start < 68/speed-0.001 || all[0].end > 5 || all[1].start != 10 || math.Abs(all[1].end-12) > 1e-9 {
		t.Errorf("%+v", all)
	}
	all = cues(talkit.Segments{quick, spoken(3.1, 6, "This came at once and stays for as long as it was spoken.")})
	if len(all) != 2 || all[1].start > 3.1+1e-9 || all[0].end > all[1].start {
		t.Errorf("%+v", all)
	}
}

func TestChannelsMayOverlap(t *testing.T) {
	t.Parallel()
	one, two := 1, 2
	a, b := spoken(0, 5, "Is that the whole of the estate?"), spoken(1, 2.5, "Yes, it is.")
	a.Channel, b.Channel = &one, &two
	all := cues(talkit.Segments{a, b})
	if len(all) != 2 || all[0].voice.channel != 1 || all[1].start != 1 || all[0].end <= all[1].start {
		t.Errorf("%+v", all)
	}
	if got := WebVTT(talkit.Segments{a, b}); !strings.Contains(got, "\n<v Channel 1>Is that") || !strings.Contains(got, "\n<v Channel 2>Yes,") {
		t.Error(got)
	}
}

// TestPilesOfMarks: a text of marks alone costs no more than another.
func TestPilesOfMarks(t *testing.T) {
	t.Parallel()
	pile := "e" + strings.Repeat("\u0301", 256<<10)
	all := cues(talkit.Segments{{End: 60, Text: pile}})
	if squeeze(shownText(all)) != pile {
		t.Error("some are lost")
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "abc": 3, "会議": 4, "e\u0301": 1, "\ufeffx\u200b": 1, "ｱ": 1, "Ａ": 2, "שלום": 4} {
		if got := columns(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// TestSpacesAtTheEndsOfWords: some engines write them there.
func TestSpacesAtTheEndsOfWords(t *testing.T) {
	t.Parallel()
	s := talkit.Segment{End: 4, Text: "Met with Tim today."}
	for i, word := range []string{"Met ", "with", " ", "Tim  ", "today", "."} {
		s.Words = append(s.Words, talkit.Word{Word: word, Start: float64(i) / 2, End: float64(i+1) / 2})
	}
	if got := strings.TrimSpace(shownText(cues(talkit.Segments{s}))); got != "Met with Tim today." {
		t.Errorf("%q", got)
	}
}

// TestAParagraphBeginsACue: one that was dictated or typed, not a new line.
func TestAParagraphBeginsACue(t *testing.T) {
	t.Parallel()
	s := talkit.Segment{End: 4, Text: "Dear Anna,\n\nYes.\nNo."}
	for i, word := range []string{" Dear", " Anna,", "\n\nYes.", "\nNo."} {
		s.Words = append(s.Words, talkit.Word{Word: word, Start: float64(i), End: float64(i + 1)})
	}
	next := talkit.Segment{Start: 4, End: 5, Text: "Bye.", Words: []talkit.Word{{Word: "\n\nBye.", Start: 4, End: 5}}}
	untimed := talkit.Segment{Start: 5, End: 8, Text: "So long.\n\nTim"}
	var got []string
	for _, c := range cues(talkit.Segments{s, next, untimed}) {
		got = append(got, strings.Join(c.lines, "|"))
	}
	if diff := cmp.Diff([]string{"Dear Anna,", "Yes. No.", "Bye. So long.", "Tim"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSentencesWithoutSpaces(t *testing.T) {
	t.Parallel()
	all := cues(talkit.Segments{spoken(0, 1, "今日は。"), spoken(1, 2, "元気？"), spoken(2, 3, "Yes."), spoken(3, 4, "はい。")})
	if got := strings.TrimSpace(shownText(all)); got != "今日は。元気？ Yes. はい。" {
		t.Errorf("%q", got)
	}
}
