package transcribe

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/speech"
)

// fake hears in each piece one word that names its length, and can be told to
// fail.
type fake struct {
	workers int
	fail    func(try int64) error
	detect  []guess

	tries, busy, most atomic.Int64
	mu                sync.Mutex
	lengths           []int
	languages         []string
}

type guess struct {
	language    string
	probability float64
}

func (f *fake) Info() speech.Info           { return speech.Info{Name: "fake", Workers: f.workers} }
func (f *fake) Ready(context.Context) error { return nil }
func (f *fake) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func (f *fake) Recognize(ctx context.Context, piece speech.Piece) (speech.Result, error) {
	f.most.Store(max(f.most.Load(), f.busy.Add(1)))
	defer f.busy.Add(-1)
	if try := f.tries.Add(1); f.fail != nil {
		if err := f.fail(try); err != nil {
			return speech.Result{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lengths = append(f.lengths, len(piece.PCM))
	f.languages = append(f.languages, piece.Language)
	seconds := float64(len(piece.PCM)) / talkit.BytesPerSecond
	word := fmt.Sprintf(" %.2f", seconds)
	return speech.Result{Language: piece.Language, Segments: talkit.Segments{{
		End: seconds, Text: word, Words: []talkit.Word{{Word: word, End: seconds, Probability: 1}},
	}}}, ctx.Err()
}

func (f *fake) DetectLanguage(context.Context, []byte) (string, float64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.detect) == 0 {
		return "en", 0.9, nil
	}
	next := f.detect[0]
	f.detect = f.detect[1:]
	return next.language, next.probability, nil
}

func TestRecognizePlacesTimes(t *testing.T) {
	t.Parallel()
	engine := scripted{talkit.Segments{
		{Start: -1, End: 1.23456, Text: " Hello", Words: []talkit.Word{{Word: " Hello", Start: -1, End: 0.40049, Probability: 1.5}}},
		{Start: 0.2, End: 9, Text: "you\x00 \xff", Words: []talkit.Word{{Word: " you", Start: 0.1, End: math.Inf(1), Probability: math.NaN()}, {Word: "\x00"}}},
		{Start: math.NaN(), End: math.NaN(), Text: " ", Words: nil},
		{Start: 1, End: 1, Text: "", Words: []talkit.Word{{Word: " end", Start: 1, End: 1}}},
	}}
	got, err := Recognize(t.Context(), engine, speech.Piece{PCM: make([]byte, 2*talkit.BytesPerSecond), Language: "en"}, 10*talkit.BytesPerSecond)
	want := talkit.Segments{
		{Start: 10, End: 11.235, Text: "Hello", Words: []talkit.Word{{Word: " Hello", Start: 10, End: 10.4, Probability: 1}}},
		{Start: 11.235, End: 12, Text: "you", Words: []talkit.Word{{Word: " you", Start: 11.235, End: 12}}},
		{Start: 12, End: 12, Text: "end", Words: []talkit.Word{{Word: " end", Start: 12, End: 12}}},
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Error(err, cmp.Diff(want, got))
	}
}

type scripted struct{ segments talkit.Segments }

func (s scripted) Info() speech.Info         { return speech.Info{ByHand: true} }
func (scripted) Ready(context.Context) error { return nil }
func (scripted) Run(context.Context) error   { return nil }
func (s scripted) Recognize(context.Context, speech.Piece) (speech.Result, error) {
	return speech.Result{Segments: s.segments}, nil
}
func (scripted) DetectLanguage(context.Context, []byte) (string, float64, error) { return "", 0, nil }

func TestPlaceIsAlwaysInOrder(t *testing.T) {
	t.Parallel()
	times := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1, 31), rapid.Just(math.NaN()))
	words := rapid.SliceOf(rapid.Custom(func(t *rapid.T) talkit.Word {
		return talkit.Word{Word: rapid.String().Draw(t, "word"), Start: times.Draw(t, "start"), End: times.Draw(t, "end"), Probability: times.Draw(t, "p")}
	}))
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.SliceOf(rapid.Custom(func(t *rapid.T) talkit.Segment {
			return talkit.Segment{Start: times.Draw(t, "start"), End: times.Draw(t, "end"), Text: rapid.String().Draw(t, "text"), Words: words.Draw(t, "words")}
		})).Draw(t, "segments")
		from := rapid.Float64Range(0, 86400).Draw(t, "from")
		now, to := talkit.RoundMillis(from), talkit.RoundMillis(from+30)
		forward := func(moment float64) {
			if !(moment >= now && moment <= to) {
				t.Fatalf("%v after %v, in a piece until %v", moment, now, to)
			}
			now = moment
		}
		for _, s := range place(segments, from, from+30) {
			forward(s.Start)
			for _, w := range s.Words {
				forward(w.Start)
				forward(w.End)
				if !(w.Probability >= 0 && w.Probability <= 1) {
					t.Fatalf("probability %v", w.Probability)
				}
			}
			forward(s.End)
			if strings.TrimSpace(s.Text) == "" {
				t.Fatal("a segment without text")
			}
		}
	})
}

func TestJoin(t *testing.T) {
	t.Parallel()
	a, b := talkit.Segment{Text: "a"}, talkit.Segment{Text: "b"}
	if got := Join([]talkit.Segments{{a}, nil, {b}}); got.Text() != "a b" {
		t.Errorf("%+v", got)
	}
	if got := Join(nil); got == nil || len(got) > 0 {
		t.Errorf("%#v", got)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	sound := bytes.NewReader(make([]byte, 60))
	var pieces []Cut
	for at := int64(0); at < 50; at += 10 {
		pieces = append(pieces, Cut{Range: audio.Range{Start: at, End: at + 10}})
	}
	for name, c := range map[string]struct {
		detect         []guess
		fallback, want string
	}{
		"sure at once":               {[]guess{{"de", 0.8}}, "en", "de"},
		"silence comes first":        {[]guess{{}, {}, {"fr", 0.7}}, "en", "fr"},
		"unsure, then sure":          {[]guess{{"nn", 0.4}, {"da", 0.6}}, "en", "da"},
		"unsure takes the user's":    {[]guess{{"nn", 0.48}, {"nn", 0.4}, {"nn", 0.3}, {"de", 0.9}}, "en", "en"},
		"unsure without a fallback":  {[]guess{{"nn", 0.2}, {"da", 0.4}, {"nn", 0.3}}, "", "da"},
		"no speech at all":           {[]guess{{}, {}, {}, {}, {}}, "", ""},
		"no speech, with a fallback": {[]guess{{}, {}, {}, {}, {}}, "en", "en"},
	} {
		got, err := Language(t.Context(), &fake{detect: c.detect}, Sound{ReaderAt: sound}, pieces, c.fallback)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := Language(t.Context(), &fake{}, Sound{ReaderAt: sound}, []Cut{{Range: audio.Range{Start: 50, End: 70}}}, ""); err == nil {
		t.Error("a piece beyond the end was read")
	}
}

// tone writes a WAV file: seconds of sound with a pause each 12 s.
func tone(t *testing.T, seconds int) string {
	t.Helper()
	if err := audio.Available(); err != nil {
		if os.Getenv("TALKIT_TEST_ALL") == "1" {
			t.Fatal("missing: ffmpeg (make test installs it; by hand: apt install ffmpeg)")
		}
		t.Skip("left out: needs ffmpeg (make test installs it)")
	}
	size := uint32(seconds * talkit.BytesPerSecond)
	wav := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data")
	binary.LittleEndian.PutUint32(wav[4:], 36+size)
	wav = binary.LittleEndian.AppendUint32(wav, size)
	for i := range seconds * talkit.SampleRate {
		level := uint16(8000 * (i % 2))
		if i%(12*talkit.SampleRate) > 11.5*talkit.SampleRate {
			level = 0
		}
		wav = binary.LittleEndian.AppendUint16(wav, level)
	}
	path := filepath.Join(t.TempDir(), "tone")
	if err := os.WriteFile(path, wav, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := tone(t, 100)
	engine := &fake{workers: 2}
	var done []float64
	result, err := File(t.Context(), engine, path, Options{Progress: func(d, total float64) {
		done = append(done, d/total)
	}})
	if err != nil || result.Language != "en" || result.Duration != 100*time.Second {
		t.Fatalf("%+v, %v", result, err)
	}
	if len(result.Segments) != 4 || len(done) != 5 || done[0] != 0 || done[4] != 1 {
		t.Errorf("%d segments, progress %v", len(result.Segments), done)
	}
	for i, s := range result.Segments[1:] {
		if s.Start < result.Segments[i].End {
			t.Errorf("%+v comes after %+v", s, result.Segments[i])
		}
	}
	if engine.most.Load() > 2 {
		t.Errorf("%d pieces at the same time", engine.most.Load())
	}
	if engine.languages[0] != "en" {
		t.Errorf("recognised as %q", engine.languages[0])
	}
}

func TestLongestFirst(t *testing.T) {
	t.Parallel()
	got := longestFirst([]Cut{{Range: audio.Range{Start: 0, End: 5}}, {Range: audio.Range{Start: 5, End: 20}}, {Range: audio.Range{Start: 20, End: 25}}, {Range: audio.Range{Start: 25, End: 35}}})
	if want := []int{1, 3, 0, 2}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestFileTriesAgain(t *testing.T) {
	t.Parallel()
	path := tone(t, 5)
	crash := errors.New("crashed")
	engine := &fake{fail: func(try int64) error {
		if try < talkit.MaxPieceAttempts {
			return crash
		}
		return nil
	}}
	if _, err := File(t.Context(), engine, path, Options{Language: "en"}); err != nil {
		t.Error(err)
	}
	engine = &fake{fail: func(int64) error { return crash }}
	if _, err := File(t.Context(), engine, path, Options{Language: "en"}); !errors.Is(err, crash) || engine.tries.Load() != talkit.MaxPieceAttempts {
		t.Errorf("%v after %d tries", err, engine.tries.Load())
	}
	engine = &fake{fail: func(int64) error { return fmt.Errorf("gone: %w", speech.ErrNotReady) }}
	if _, err := File(t.Context(), engine, path, Options{Language: "en"}); !errors.Is(err, speech.ErrNotReady) || engine.tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, engine.tries.Load())
	}
}

func TestFileCancelled(t *testing.T) {
	path := tone(t, 100)
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	engine := &fake{fail: func(int64) error { cancel(); return ctx.Err() }}
	if _, err := File(ctx, engine, path, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFileOfSilenceAndOfNothing(t *testing.T) {
	t.Parallel()
	path := tone(t, 1)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[44:])
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	engine := &fake{}
	result, err := File(t.Context(), engine, path, Options{})
	if err != nil || result.Segments == nil || len(result.Segments) > 0 || engine.tries.Load() > 0 {
		t.Errorf("%+v, %v, asked %d times", result, err, engine.tries.Load())
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := File(t.Context(), engine, path, Options{}); talkit.KindOf(err) != talkit.Invalid {
		t.Error(err)
	}
	if _, err := File(t.Context(), scripted{}, path, Options{}); talkit.KindOf(err) != talkit.Conflict {
		t.Error(err)
	}
}

// TestAnEnginesTextIsNoPersons: some put no space before their very first word,
// as a person does; their pauses make paragraphs for all that.
func TestAnEnginesTextIsNoPersons(t *testing.T) {
	t.Parallel()
	engine := scripted{talkit.Segments{
		{Start: 0, End: 1, Text: "We met.", Words: []talkit.Word{{Word: "We", End: 0.5}, {Word: " met.", Start: 0.5, End: 1}}},
		{Start: 9, End: 10, Text: "She left.", Words: []talkit.Word{{Word: " She", Start: 9, End: 9.5}, {Word: " left.", Start: 9.5, End: 10}}},
	}}
	got, err := Recognize(t.Context(), engine, speech.Piece{PCM: make([]byte, 12*talkit.BytesPerSecond), Language: "en"}, 0)
	if text := got.Text(); err != nil || text != "We met.\n\nShe left." {
		t.Errorf("%q, %v", text, err)
	}
}
