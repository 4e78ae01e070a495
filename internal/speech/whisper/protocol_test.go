package whisper

import (
	"bufio"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
)

func TestTidy(t *testing.T) {
	t.Parallel()
	got := tidy([]talkit.Segment{
		{Text: " One two", Start: -1, End: 9, Words: []talkit.Word{
			{Word: " One", Start: -0.2, End: 0.7004, Probability: 0.12345},
			{Word: " tw\x00o,", Start: 0.5, End: 0.2, Probability: 1.5},
		}},
		{Text: "  ", Start: 1, End: 2},
		{Text: " three ", Start: 0.6, End: 99},
	}, 2)
	want := talkit.Segments{
		{Text: "One two,", Start: 0, End: 0.7, Words: []talkit.Word{
			{Word: " One", Start: 0, End: 0.7, Probability: 0.123},
			{Word: " two,", Start: 0.7, End: 0.7, Probability: 1},
		}},
		{Text: "three", Start: 0.7, End: 2, Words: []talkit.Word{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTidyAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		pcm := make([]byte, 2*rapid.IntRange(0, 480_000).Draw(rt, "samples"))
		seconds := rapid.Float64Range(-5, 40)
		heard := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) talkit.Segment {
			return talkit.Segment{
				Start: seconds.Draw(rt, "start"), End: seconds.Draw(rt, "end"), Text: rapid.String().Draw(rt, "text"),
				Words: rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) talkit.Word {
					return talkit.Word{
						Word: " " + rapid.String().Draw(rt, "word"), Start: seconds.Draw(rt, "from"), End: seconds.Draw(rt, "to"),
						Probability: rapid.Float64Range(-1, 2).Draw(rt, "probability"),
					}
				}), 0, 5).Draw(rt, "words"),
			}
		}), 0, 5).Draw(rt, "heard")
		enginetest.Sound(t, pcm, speech.Result{Segments: tidy(heard, duration(pcm))})
	})
}

func TestDurationIsNeverRoundedUp(t *testing.T) {
	t.Parallel()
	for samples := range 1000 {
		if d := duration(make([]byte, 2*samples)); d > float64(samples)/16_000 || math.Abs(d-talkit.RoundMillis(d)) > 1e-12 {
			t.Fatalf("%d samples last %v s", samples, d)
		}
	}
}

func TestReadLine(t *testing.T) {
	t.Parallel()
	in := bufio.NewReaderSize(strings.NewReader("one\n"+strings.Repeat("x", maxLine+1)+"\ntwo\nhalf"), 16)
	for _, want := range []string{"one\n", "", "two\n"} {
		line, err := readLine(in)
		if err != nil || string(line) != want {
			t.Errorf("got %.20q %v, want %q", line, err, want)
		}
	}
	if line, err := readLine(in); err == nil {
		t.Errorf("half a line: %q", line)
	}
}
