package caption

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: %s", name, cmp.Diff(string(want), got))
	}
}

// spoken makes a segment whose words are spoken evenly.
func spoken(start, end float64, text string) talkit.Segment {
	s := talkit.Segment{Start: start, End: end, Text: text}
	fields := strings.Fields(text)
	step := (end - start) / float64(len(fields))
	for i, f := range fields {
		from := start + float64(i)*step
		s.Words = append(s.Words, talkit.Word{Word: " " + f, Start: talkit.RoundMillis(from), End: talkit.RoundMillis(from + step), Probability: 0.9})
	}
	return s
}

func note() talkit.Segments {
	second := 2
	ada := "Ada"
	hurried := spoken(24.5, 27, "I'll call back at 5 < 6 & bring <b>both</b> contracts --> signed.")
	hurried.Channel, hurried.Speaker = &second, &ada
	return talkit.Segments{
		spoken(0.32, 9.1, "Met with Mrs Halloway this morning about the estate, and she would like the trust amended before the end of the year, so that both grandchildren are named."),
		spoken(9.1, 9.6, "Good."),
		spoken(9.7, 12.04, "Next step: send her the draft."),
		spoken(16, 16.4, "Also"),
		spoken(18.5, 24.2, "1. remind me to update the account_number *today*; # it is urgent"),
		hurried,
		{Start: 30, End: 38, Text: "This was written by hand afterwards. It has no timed words at all, only a beginning and an end."},
		{Start: 40, End: 46, Text: "会議は来週の月曜日に行います。資料は明日までに送ってください、よろしくお願いします。"},
		{Start: 3725.5, End: 3726, Text: "Over.", Words: []talkit.Word{{Word: " Ov", Start: 3725.5, End: 3725.7}, {Word: "er", Start: 3725.7, End: 3725.9}, {Word: ".", Start: 3725.9, End: 3726}}},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	golden(t, "note.srt", SRT(note()))
	golden(t, "note.vtt", WebVTT(note()))
	golden(t, "note.txt", Text(note()))
	golden(t, "note.md", Markdown("C# & *me*", note()))
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	for _, segments := range []talkit.Segments{nil, {}, {{Start: 1, End: 2, Text: " \n"}}} {
		if got := SRT(segments); got != "" {
			t.Errorf("SRT %q", got)
		}
		if got := WebVTT(segments); got != "WEBVTT\n" {
			t.Errorf("WebVTT %q", got)
		}
		if got := Text(segments); got != "" {
			t.Errorf("text %q", got)
		}
		if got := Markdown("A title", segments); got != "# A title\n" {
			t.Errorf("Markdown %q", got)
		}
	}
	if got := Markdown("", nil); got != "" {
		t.Errorf("Markdown %q", got)
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain, text.":     "plain, text.",
		"AT&T &amp; co":    `AT&T \&amp; co`,
		"a*b_c`d\\e":       "a\\*b\\_c\\`d\\\\e",
		"# no\n- no\n+ no": "\\# no\n\\- no\n\\+ no",
		"12. no\n3) no":    "12\\. no\n3\\) no",
		"> no <script>":    `\> no \<script\>`,
		"[a](b) ![c](d)":   `\[a\](b) !\[c\](d)`,
		"    code\n===":    "code\n\\===",
	} {
		if got := escape(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestParagraphsOfAPerson: a line left free begins a paragraph, whatever the
// times, and a new line stays one.
func TestParagraphsOfAPerson(t *testing.T) {
	t.Parallel()
	segments := talkit.Segments{
		{Start: 0, End: 1, Text: "One.", Words: []talkit.Word{{Word: "One.", End: 1}}},
		{Start: 1, End: 2, Text: "Two.", Words: []talkit.Word{{Word: "\n\nTwo.", Start: 1, End: 2}}},
		{Start: 2, End: 3, Text: "Three.", Words: []talkit.Word{{Word: "\nThree.", Start: 2, End: 3}}},
	}
	if got := Text(segments); got != "One.\n\nTwo.\nThree.\n" {
		t.Errorf("%q", got)
	}
}

// TestTwoVoices: who says what stands before it, as text.
func TestTwoVoices(t *testing.T) {
	t.Parallel()
	one, two, ada := 1, 2, "Ada *\n B"
	segments := talkit.Segments{spoken(0, 2, "Is it?"), spoken(1, 3, "It is.")}
	segments[0].Channel, segments[1].Channel, segments[1].Speaker = &one, &two, &ada
	if got, want := Text(segments), "Channel 1: Is it?\n\nAda * B: It is.\n"; got != want {
		t.Errorf("%q", got)
	}
	if got, want := Markdown("", segments), "**Channel 1**: Is it?\n\n**Ada \\* B**: It is.\n"; got != want {
		t.Errorf("%q", got)
	}
	if got := Text(segments[:1]); got != "Is it?\n" {
		t.Errorf("%q", got)
	}
}
