package wording_test

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talkit"
	"talkit/internal/wording"
)

// pieces are what texts are made of here: all that the rules look at, and what
// strangers send.
var pieces = []string{"hello", "Hello", " comma", "period", "new", "line", " new line", "paragraph", "open", "close", "quote", " open quote", "dash", "hyphen", "question",
	"mark", "the", "of", "colon", " ", "  ", "\n", "\t", "-", "'", "’s", ".", ",", "?", "\"", "(", "–", "a", "b", "A", "é", "e\u0301", "\u0301", "ſ", "K", "İ", "ß", "東", "ー", "ひ",
	"\u200d", "\u2028", "🙂", "\xff", "\xc3", "\x00", "U.S.", "3.5", "_", "1"}

func text(limit int) *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, limit), func(parts []string) string { return strings.Join(parts, "") })
}

var rules = rapid.Custom(func(t *rapid.T) wording.Rules {
	var r wording.Rules
	for range rapid.IntRange(0, 6).Draw(t, "replacements") {
		r.Replacements = append(r.Replacements, talkit.Replacement{Heard: text(3).Draw(t, "heard"), Write: text(3).Draw(t, "write")})
	}
	r.Words = rapid.SliceOfN(text(3), 0, 3).Draw(t, "words")
	r.Dictated = rapid.Bool().Draw(t, "dictated")
	return r
})

// spokenSegments have what engines are held to: times in order, and words that
// join to the text. Some have no words.
var spokenSegments = rapid.Custom(func(t *rapid.T) talkit.Segments {
	var all talkit.Segments
	clock := 0.0
	for range rapid.IntRange(0, 4).Draw(t, "segments") {
		s := talkit.Segment{Start: clock, Words: []talkit.Word{}}
		for range rapid.IntRange(0, 6).Draw(t, "words") {
			w := talkit.Word{Word: rapid.SampledFrom([]string{" ", ""}).Draw(t, "space") + text(3).Draw(t, "word"), Start: clock, Probability: 0.5}
			clock += float64(rapid.IntRange(0, 2).Draw(t, "length"))
			w.End = clock
			s.Words = append(s.Words, w)
		}
		s.End = clock
		s.Text = strings.TrimSpace(joined(s))
		if rapid.IntRange(0, 4).Draw(t, "untimed") == 0 {
			s.Words = s.Words[:0]
		}
		if rapid.Bool().Draw(t, "two channels") {
			channel := rapid.IntRange(1, 2).Draw(t, "channel")
			s.Channel = &channel
		}
		all = append(all, s)
	}
	return all
})

func joined(s talkit.Segment) string {
	var b strings.Builder
	for _, w := range s.Words {
		b.WriteString(w.Word)
	}
	return b.String()
}

func TestWhateverIsHeard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		said, rules := spokenSegments.Draw(t, "said"), rules.Draw(t, "rules")
		before := copied(said)
		got := rules.Apply(said, "en")
		if diff := cmp.Diff(before, said); diff != "" {
			t.Fatalf("what was heard has changed: %s", diff)
		}
		clock := 0.0
		for _, s := range got {
			if text := strings.TrimSpace(joined(s)); len(s.Words) > 0 && text != s.Text {
				t.Fatalf("words join to %q, the text is %q", text, s.Text)
			}
			if s.Words == nil || s.Start < clock || s.End < s.Start {
				t.Fatalf("segment %+v after %v", s, clock)
			}
			clock = s.Start
			for _, w := range s.Words {
				if w.Start < clock || w.End < w.Start || w.End > s.End {
					t.Fatalf("word %+v after %v in %v to %v", w, clock, s.Start, s.End)
				}
				clock = w.End
			}
			clock = s.End
		}
	})
}

func copied(segments talkit.Segments) talkit.Segments {
	var all talkit.Segments
	for _, s := range segments {
		s.Words = append([]talkit.Word{}, s.Words...)
		all = append(all, s)
	}
	return all
}

// TestNothingElseChanges: words that no rule is for stay as they are, and so
// does a text whose words all stand for themselves.
func TestNothingElseChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		said := spokenSegments.Draw(t, "said")
		r := wording.Rules{Replacements: pairs("not said=x", "nor this=y"), Words: talkit.Words{"hello", "comma", "period"}}
		if diff := cmp.Diff(said, r.Apply(said, "en")); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestTimesOfNoUse are what no engine may give: they do no harm.
func TestTimesOfNoUse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		said := spokenSegments.Draw(t, "said")
		odd := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e300})
		for i := range said {
			said[i].Start, said[i].End = odd.Draw(t, "start"), odd.Draw(t, "end")
			for j := range said[i].Words {
				said[i].Words[j].Start, said[i].Words[j].End = odd.Draw(t, "start"), odd.Draw(t, "end")
			}
		}
		rules.Draw(t, "rules").Apply(said, "en")
	})
}

func FuzzApply(f *testing.F) {
	f.Add("Hello, comma. New line", "hello", "a b")
	f.Fuzz(func(t *testing.T, said, heard, write string) {
		r := wording.Rules{Dictated: true, Replacements: talkit.Replacements{{Heard: heard, Write: write}}}
		got := r.Apply(sentences(said, said), "en")
		if utf8.ValidString(said) && utf8.ValidString(write) && !utf8.ValidString(got.Text()) {
			t.Errorf("%q becomes %q", said, got.Text())
		}
	})
}

// The longest recordings have some 200,000 words.
func BenchmarkApply(b *testing.B) {
	said := sentences()
	for range 2000 {
		said = append(said, heard(0, strings.Repeat("hello there comma new world period ", 16)))
	}
	r := wording.Rules{Dictated: true, Words: make([]string, 200), Replacements: make(talkit.Replacements, 500)}
	for i := range r.Replacements {
		r.Replacements[i] = talkit.Replacement{Heard: "hello there comma new " + strings.Repeat("world ", i%16), Write: "x"}
	}
	for b.Loop() {
		r.Apply(said, "en")
	}
}
