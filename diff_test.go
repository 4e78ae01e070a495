package talkit_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, after string
		want          string // [-removed-]{+added+}
	}{
		{"", "", ""},
		{"we met", "we met", "we met"},
		{"", "new", "{+new+}"},
		{"old", "", "[-old-]"},
		{"we met Anna today", "we met Hanna Arendt today", "we met[- Anna-]{+ Hanna Arendt+} today"},
		{"met Anna", "we met Anna", "{+we +}met Anna"},
		{"we met Anna", "met Anna", "[-we -]met Anna"},
		{"one two", "one\n\ntwo", "one[- -]{+\n\n+}two"},
		{"one two ", "one two", "one two[- -]"},
		{"one. Two", "one. Two. Three", "one.[- Two-]{+ Two. Three+}"},
		{"a b c d", "d a b c", "{+d +}a b c[- d-]"},
		{"会議の記録。", "会議の要録。", "会議の[-記-]{+要+}録。"},
		{"call 田中さん now", "call 田村さん now", "call 田[-中-]{+村+}さん now"},
	} {
		var got strings.Builder
		for _, change := range talkit.Diff(c.before, c.after) {
			fmt.Fprintf(&got, marks[change.Op], change.Text)
		}
		if got.String() != c.want {
			t.Errorf("%q to %q: %q, want %q", c.before, c.after, got.String(), c.want)
		}
	}
}

var marks = map[talkit.ChangeOp]string{talkit.Kept: "%s", talkit.Removed: "[-%s-]", talkit.Added: "{+%s+}"}

// TestDiffIsTheTexts: both texts can be read out of a comparison, whatever they are.
func TestDiffIsTheTexts(t *testing.T) {
	t.Parallel()
	words := []string{"a", "b", "c", "d", " ", "\n\n", "  ", "会", "議", "x"}
	text := func(n int) string {
		var b strings.Builder
		for range rand.IntN(n) {
			b.WriteString(words[rand.IntN(len(words))])
			if rand.IntN(2) == 0 {
				b.WriteString(" ")
			}
		}
		return b.String()
	}
	for range 2000 {
		wantTexts(t, text(40), text(40))
	}
	wantTexts(t, text(3000), text(3000))
}

func wantTexts(t *testing.T, before, after string) (kept int) {
	t.Helper()
	joined := map[talkit.ChangeOp]string{}
	var last talkit.ChangeOp
	var old, new strings.Builder
	for _, c := range talkit.Diff(before, after) {
		if c.Op == last || c.Text == "" || (last == talkit.Added && c.Op == talkit.Removed) {
			t.Fatalf("%s after %s: %q", c.Op, last, c.Text)
		}
		last = c.Op
		joined[c.Op] += c.Text
		if c.Op != talkit.Added {
			old.WriteString(c.Text)
		}
		if c.Op != talkit.Removed {
			new.WriteString(c.Text)
		}
	}
	if old.String() != before || new.String() != after {
		t.Fatalf("%.100q to %.100q became %.100q to %.100q", before, after, old.String(), new.String())
	}
	return len(joined[talkit.Kept])
}

// TestDiffOfLongTexts: a day of speech is compared in bounded work, and well
// where little was changed.
func TestDiffOfLongTexts(t *testing.T) {
	t.Parallel()
	speech := make([]string, 150_000)
	for i := range speech {
		speech[i] = fmt.Sprint("word", rand.IntN(5_000)+i/20_000*5_000)
	}
	before := strings.Join(speech, " ")
	for range 300 {
		speech[rand.IntN(len(speech))] = "mended"
	}
	after := strings.Join(speech, " ")
	if kept := wantTexts(t, before, after); kept < len(before)*95/100 {
		t.Errorf("kept %d of %d bytes", kept, len(before))
	}
	same := strings.Repeat("no ", 300_000)
	wantTexts(t, same, "x "+same[:len(same)/2]+"yes "+same[len(same)/3:]+" y")
	wantTexts(t, "a "+strings.Repeat("a b ", 200_000)+"b", "b "+strings.Repeat("b a ", 200_000)+"a")
}

// TestRewrittenLongText: words of a long text keep their times where one in
// the middle was mended.
func TestRewrittenLongText(t *testing.T) {
	t.Parallel()
	words := make([]string, 30_000)
	for i := range words {
		words[i] = fmt.Sprint("w", i)
	}
	old := heard(words...)
	words[100], words[15_000], words[29_000] = "A", "B", "C"
	got := old.Rewritten(strings.Join(words, " "), 30_000)
	for _, i := range []int{99, 101, 7_000, 14_999, 20_000, 28_999} {
		if diff := cmp.Diff(old[0].Words[i], got[0].Words[i]); diff != "" {
			t.Errorf("word %d:\n%s", i, diff)
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	speech := make([]string, 150_000)
	for i := range speech {
		speech[i] = fmt.Sprint("word", rand.IntN(3000))
	}
	before := strings.Join(speech, " ")
	for range 3000 {
		speech[rand.IntN(len(speech))] = "mended"
	}
	after := strings.Join(speech, " ")
	rand.Shuffle(len(speech), func(i, j int) { speech[i], speech[j] = speech[j], speech[i] })
	shuffled := strings.Join(speech, " ")
	for name, other := range map[string]string{"mended": after, "shuffled": shuffled} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				talkit.Diff(before, other)
			}
		})
	}
}
