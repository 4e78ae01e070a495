package wording_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/internal/wording"
)

// heard is a segment as an engine gives it, a word a second from start.
func heard(start float64, text string) talkit.Segment {
	s := talkit.Segment{Start: start, End: start, Text: text}
	for i, w := range strings.Fields(text) {
		from := start + float64(i)
		s.Words = append(s.Words, talkit.Word{Word: " " + w, Start: from, End: from + 1, Probability: 0.5})
		s.End = from + 1
	}
	return s
}

// sentences are segments with one after the other.
func sentences(texts ...string) talkit.Segments {
	var all talkit.Segments
	start := 0.0
	for _, text := range texts {
		s := heard(start, text)
		start = s.End
		all = append(all, s)
	}
	return all
}

// pairs are replacements written as "heard=write".
func pairs(lines ...string) talkit.Replacements {
	var all talkit.Replacements
	for _, line := range lines {
		heard, write, _ := strings.Cut(line, "=")
		all = append(all, talkit.Replacement{Heard: heard, Write: write})
	}
	return all
}

func TestReplacements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rules       talkit.Replacements
		heard, want string
	}{
		{pairs("wealth box=Wealthbox"), "I use Wealth box, and wealth-box. WEALTH BOX!", "I use Wealthbox, and Wealthbox. Wealthbox!"},
		{pairs("wealth box=Wealthbox"), "Wealth boxes, commonwealth box, wealth, box.", "Wealth boxes, commonwealth box, wealth, box."},
		{pairs("wealth box=Wealthbox"), `"Wealth box's" (wealth box) wealth box’s`, `"Wealthbox's" (Wealthbox) Wealthbox’s`},
		{pairs("gladis=Gladys van der Berg"), "Ask Gladis. Then go.", "Ask Gladys van der Berg. Then go."},
		{pairs("a=b", "b=c", "a b=d"), "A b a, b", "d b, c"},
		{pairs("s and p=S&P", "s and p 500=S&P 500"), "The S and P 500 and the S and P.", "The S&P 500 and the S&P."},
		{pairs("zoe=Zoë"), "Zoë and Zoe\u0308 and Zoe", "Zoë and Zoe\u0308 and Zoë"},
		{pairs("zoë=Zoe"), "ZOË and Zoe\u0308 and zoe", "Zoe and Zoe and zoe"},
		{pairs("don=Dawn", "5=five", "box=Box"), "I don't know 3.5, 5,000 or 5. A mail-box.", "I don't know 3.5, 5,000 or five. A mail-Box."},
		{pairs("o'brien=O'Bryan", "brien=Brian"), "O’Brien and Brien", "O'Bryan and Brian"},
		{pairs("c++=C plus plus", "at home=@home"), "C++ at home, C++11", "C plus plus @home, C++11"},
		{pairs("straße=Strasse"), "STRAẞE Straße", "Strasse Strasse"},
		{pairs("東京=Tokyo", "ひと=人"), "東京に ひとり", "Tokyoに 人り"},
		{pairs("x= ", " =y", "...=y", " out  there =in"), "x out-there ...", "x in y"},
	} {
		got := wording.Rules{Replacements: c.rules}.Apply(sentences(c.heard), "en")
		if got.Text() != c.want {
			t.Errorf("%v in %q:\n got %q\nwant %q", c.rules, c.heard, got.Text(), c.want)
		}
	}
}

func TestReplacementsShareTheTimeOfWhatWasHeard(t *testing.T) {
	t.Parallel()
	rules := wording.Rules{Replacements: pairs("wealth box=Wealthbox", "gladis=Gladys Mei", "tom=Thom")}
	heard := sentences("Wealth box, Gladis tom.")
	got := rules.Apply(heard, "")
	want := talkit.Segments{{Start: 0, End: 4, Text: "Wealthbox, Gladys Mei Thom.", Words: []talkit.Word{
		{Word: " Wealthbox,", Start: 0, End: 2, Probability: 0.5},
		{Word: " Gladys", Start: 2, End: 2.667, Probability: 0.5},
		{Word: " Mei", Start: 2.667, End: 3, Probability: 0.5},
		{Word: " Thom.", Start: 3, End: 4, Probability: 0.5},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(sentences("Wealth box, Gladis tom."), heard); diff != "" {
		t.Errorf("what was heard has changed: %s", diff)
	}
}

// TestWordsOfEngines: some cut words otherwise, or time none of them.
func TestWordsOfEngines(t *testing.T) {
	t.Parallel()
	rules := wording.Rules{Dictated: true, Replacements: pairs("wealth box=Wealthbox", "new york=NYC")}
	untimed := talkit.Segment{Start: 1, End: 5, Text: " a new york wealth box semi-colon it", Words: []talkit.Word{{Word: "york"}}}
	parted := talkit.Segment{Start: 5, End: 9, Text: "New York semi-colon it"}
	for i, w := range []string{"New York", " semi", "-colon", " it"} {
		parted.Words = append(parted.Words, talkit.Word{Word: w, Start: float64(5 + i), End: float64(6 + i)})
	}
	want := talkit.Segments{
		{Start: 1, End: 5, Text: "a NYC Wealthbox; it", Words: []talkit.Word{}},
		{Start: 5, End: 9, Text: "NYC; it", Words: []talkit.Word{{Word: "NYC;", Start: 5, End: 6}, {Word: " it", Start: 8, End: 9}}},
	}
	if diff := cmp.Diff(want, rules.Apply(talkit.Segments{untimed, parted}, "en")); diff != "" {
		t.Error(diff)
	}
}

func TestDictation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ heard, want string }{
		// Marks, with what the engine puts around them.
		{"Hello, comma, how are you question mark", "Hello, how are you?"},
		{"Hello comma how are you? Question mark. Fine period thanks full stop", "Hello, how are you? Fine. Thanks."},
		{"Stop exclamation mark go exclamation point, he said.", "Stop! Go! He said."},
		{"Two things colon. The first semicolon. Anna semi-colon but later.", "Two things: the first; Anna; but later."},
		{"Hello comma. I am here.", "Hello, I am here."},
		{"Yes period no period", "Yes. No."},
		{"Is it so question mark exclamation mark", "Is it so?!"},
		{"A well hyphen known man, dash, so they say. The wind dash. But not here.", "A well-known man – so they say. The wind – but not here."},
		{"He said open quote. Come in period close quote then left.", `He said "Come in." Then left.`},
		{"He said, open quote, are you sure? Close quote. She nodded.", `He said, "are you sure?" She nodded.`},
		{"He said, open quotes come in, close quotes. She did.", `He said, "come in". She did.`},
		{"It is open parenthesis so they say, close parenthesis, open bracket one close bracket comma true.", "It is (so they say) [one], true."},
		{"In the U.S. comma at 5 p.m. period and so on etc. comma.", "In the U.S., at 5 p.m. And so on etc.,"},
		{"It is 3.5, comma no.", "It is 3.5, no."},

		// Layout.
		{"Dear Anna comma new paragraph, thank you. New line. See you.", "Dear Anna,\n\nThank you.\nSee you."},
		{"Milk, new line, eggs, newline butter new line new line bread", "Milk\nEggs\nButter\n\nBread"},
		{"New paragraph. Hello new paragraph new paragraph there new line", "Hello\n\nThere"},
		{"One colon new line dash milk new line dash eggs", "One:\n– Milk\n– Eggs"},

		// Words that are meant.
		{"The comma, a period and the question mark. My colon, the word dash.", "The comma, a period and the question mark. My colon, the word dash."},
		{"A period of time, for a short period of time, a dash of salt.", "A period of time, for a short period of time, a dash of salt."},
		{"Two periods, comma's, commander, hyphenated.", "Two periods, comma's, commander, hyphenated."},
		{"Period. That is a word.", "Period. That is a word."},
		{"That was all period. Of course it was.", "That was all. Of course it was."},
		{"Start a new paragraph here.", "Start a new paragraph here."},

		// At the edges.
		{"open quote", `"`},
		{"so open quote", `so "`},
		{"open quote close quote", `"close quote`},
		{"well hyphen", "well-"},
		{"well hyphen comma hyphen hyphen known", "well-,--known"},
		{"dash", "–"},
		{"new line", ""},
		{"", ""},
	} {
		for name, segments := range map[string]talkit.Segments{
			"whole": sentences(c.heard),
			"apart": sentences(strings.SplitAfter(c.heard, ". ")...),
			"words": sentences(strings.SplitAfter(c.heard, ", ")...),
		} {
			got := wording.Rules{Dictated: true}.Apply(segments, "en")
			if got.Text() != c.want {
				t.Errorf("%s: %q:\n got %q\nwant %q", name, c.heard, got.Text(), c.want)
			}
		}
	}
}

func TestDictationIsEnglishAndAChoice(t *testing.T) {
	t.Parallel()
	said := sentences("Hello comma you new line")
	for _, c := range []struct {
		dictated bool
		language string
	}{{false, "en"}, {true, "de"}, {true, ""}} {
		got := wording.Rules{Dictated: c.dictated, Words: talkit.Words{"Hello"}}.Apply(said, c.language)
		if diff := cmp.Diff(said, got); diff != "" {
			t.Errorf("%+v: %s", c, diff)
		}
	}
}

// TestOneOwnWordsAreNoCommands: a person who says "trial period" often has it
// in the vocabulary.
func TestOneOwnWordsAreNoCommands(t *testing.T) {
	t.Parallel()
	rules := wording.Rules{Dictated: true, Words: talkit.Words{"Trial Period"}, Replacements: pairs("colon cancer=colon cancer", "yahoo=Yahoo!", "i phone=iPhone", "stop it=comma")}
	got := rules.Apply(sentences("My first trial period, comma, colon cancer, at Yahoo comma period I phone stop it. Period."), "en").Text()
	if want := "My first trial period, colon cancer, at Yahoo!,. iPhone comma."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDictationKeepsTimes(t *testing.T) {
	t.Parallel()
	two := 2
	said := sentences("Well hyphen.", "Known comma.", "New paragraph.", "The end.")
	said = append(said, talkit.Segment{Start: 8, End: 9, Channel: &two, Text: "Period.", Words: []talkit.Word{{Word: " Period.", Start: 8, End: 9}}})
	got := wording.Rules{Dictated: true}.Apply(said, "en")
	want := talkit.Segments{
		{Start: 0, End: 3, Text: "Well-Known,", Words: []talkit.Word{{Word: " Well-Known,", Start: 0, End: 3, Probability: 0.5}}},
		{Start: 6, End: 8, Text: "The end.", Words: []talkit.Word{{Word: "\n\nThe", Start: 6, End: 7, Probability: 0.5}, {Word: " end.", Start: 7, End: 8, Probability: 0.5}}},
		said[4],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := got.Text(); text != "Well-Known,\n\nThe end.\n\nPeriod." {
		t.Errorf("text %q", text)
	}
	paragraphs := got.Paragraphs()
	if len(paragraphs) != 3 || paragraphs[1].Text() != "The end." {
		t.Errorf("paragraphs %+v", paragraphs)
	}
}

// TestWordsDrawnOverASegmentWithoutText: times stay in order.
func TestWordsDrawnOverASegmentWithoutText(t *testing.T) {
	t.Parallel()
	said := talkit.Segments{heard(0, "Well hyphen"), {Start: 2, End: 2, Words: []talkit.Word{}}, heard(2, "known. So be it.")}
	got := wording.Rules{Dictated: true}.Apply(said, "en")
	if len(got) != 2 || got[0].Text != "Well-known." || got[0].End != 3 || got[1].Text != "So be it." || got[1].Start != 3 {
		t.Errorf("%+v", got)
	}
}
