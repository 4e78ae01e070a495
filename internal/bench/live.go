package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/live"
	"talkit/internal/speech"
	"talkit/internal/speech/install"
	"talkit/internal/speech/whisper"
	"talkit/internal/transcribe"
)

const (
	liveModel = "tiny.en"
	liveTime  = time.Minute // of the long file, at the speed it was spoken
	liveChunk = 250 * time.Millisecond
)

// live measures how soon words show after they were said: from the moment the
// last sound of a word came in, by the full model's times.
func (b *bench) live(ctx context.Context) error {
	path := filepath.Join(b.Speech, longFile)
	if err := errors.Join(install.Present(b.Engines, b.Model), install.Present(b.Engines, liveModel)); err != nil {
		return err
	}
	pcm, words, err := b.spoken(ctx, path)
	if err != nil {
		return err
	}
	engine := whisper.New(whisper.Options{Dir: b.Engines, Model: liveModel, Workers: max(1, runtime.NumCPU()/2), Threads: min(2, runtime.NumCPU()),
		Log: slog.New(slog.DiscardHandler)})
	shown, err := during(ctx, engine, func() (*screen, error) { return dictate(ctx, engine, pcm) })
	if err != nil {
		return err
	}
	tentative, confirmed := shown.delays(words)
	if len(confirmed) == 0 {
		return errors.New("bench: no live word was confirmed")
	}
	b.add("from word to tentative, median", quantile(tentative, 50), "s", goal{most: 1.5})
	b.add("from word to tentative, 95 %", quantile(tentative, 95), "s", goal{})
	b.add("from word to confirmed, median", quantile(confirmed, 50), "s", goal{most: 3.5})
	b.add("from word to confirmed, 95 %", quantile(confirmed, 95), "s", goal{})
	b.add("words found again", 100*float64(len(confirmed))/float64(len(words)), "%", goal{})
	return nil
}

// during runs an engine while do does something.
func during[T any](ctx context.Context, engine speech.Engine, do func() (T, error)) (result T, err error) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	if _, err = engine.Recognize(ctx, speech.Piece{PCM: make([]byte, talkit.BytesPerSecond)}); err == nil { // it is loaded now
		result, err = do()
	}
	stop()
	return result, errors.Join(err, <-ended)
}

// spoken is the beginning of a file, and what the full model hears in it.
func (b *bench) spoken(ctx context.Context, path string) (pcm []byte, words []talkit.Word, err error) {
	b.Say("live: the full model is listening to " + longFile)
	sound := new(first)
	if _, err := audio.Decode(ctx, path, sound); err != nil {
		return nil, nil, err
	}
	var pieces audio.Splitter
	pieces.Write(sound.kept)
	engine := whisper.New(whisper.Options{Dir: b.Engines, Model: b.Model, Log: slog.New(slog.DiscardHandler)})
	segments, err := during(ctx, engine, func() (heard talkit.Segments, err error) {
		for _, p := range pieces.Pieces() {
			more, err := transcribe.Recognize(ctx, engine, speech.Piece{PCM: sound.kept[p.Start:p.End], Language: "en"}, p.Start)
			if err != nil {
				return nil, err
			}
			heard = append(heard, more...)
		}
		return heard, nil
	})
	for _, s := range segments {
		words = append(words, s.Words...)
	}
	return sound.kept, words, err
}

// first keeps the first sound that is written to it.
type first struct{ kept []byte }

func (f *first) Write(p []byte) (int, error) {
	room := int(liveTime.Seconds())*talkit.BytesPerSecond - len(f.kept)
	f.kept = append(f.kept, p[:min(len(p), room)]...)
	return len(p), nil
}

// dictate speaks sound to a live session, as fast as it was spoken.
func dictate(ctx context.Context, engine speech.Engine, pcm []byte) (*screen, error) {
	room := live.New(live.Options{Engine: func() (speech.Engine, error) { return engine, nil }, Log: slog.New(slog.DiscardHandler)})
	shown := &screen{}
	session, refusal := room.Open(ctx, live.Start{Raw: true, Language: "en", Words: shown.words, Before: io.NopCloser(strings.NewReader(strings.Repeat("\x00", 44)))})
	if refusal != nil {
		return nil, errors.New(refusal.Detail)
	}
	defer session.Close()
	shown.began = time.Now()
	size := int(liveChunk.Seconds() * talkit.BytesPerSecond)
	for n := 0; n < len(pcm); n += size {
		chunk := pcm[n:min(n+size, len(pcm))]
		came := shown.began.Add(time.Duration(n+len(chunk)) * time.Second / talkit.BytesPerSecond)
		if err := sleepUntil(ctx, came); err != nil {
			return nil, err
		}
		session.Write(chunk)
	}
	return shown, sleepUntil(ctx, time.Now().Add(5*time.Second))
}

func sleepUntil(ctx context.Context, moment time.Time) error {
	select {
	case <-time.After(time.Until(moment)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// screen notes when which words were shown.
type screen struct {
	mu    sync.Mutex
	began time.Time
	seen  []sighting
}

type sighting struct {
	at                   float64 // seconds since the beginning
	confirmed, tentative []talkit.Word
}

func (s *screen) words(confirmed, tentative []talkit.Word) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, sighting{time.Since(s.began).Seconds(), confirmed, tentative})
	if os.Getenv("TALKIT_BENCH_WORDS") != "" {
		fmt.Fprintf(os.Stderr, "%6.2f %s |%s\n", time.Since(s.began).Seconds(), text(confirmed), text(tentative))
	}
}

func text(words []talkit.Word) (all string) {
	for _, w := range words {
		all += w.Word
	}
	return all
}

// delays are how long after its end each word showed, first of all and for good.
func (s *screen) delays(said []talkit.Word) (tentative, confirmed []float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range said {
		at, ok := s.first(w, func(seen sighting) []talkit.Word { return seen.confirmed })
		if !ok {
			continue
		}
		confirmed = append(confirmed, at-w.End)
		shown, ok := s.first(w, func(seen sighting) []talkit.Word { return seen.tentative })
		if !ok || shown > at {
			shown = at
		}
		tentative = append(tentative, shown-w.End)
	}
	slices.Sort(tentative)
	slices.Sort(confirmed)
	return tentative, confirmed
}

// first is when a word first showed: the same, at about the same place.
func (s *screen) first(said talkit.Word, of func(sighting) []talkit.Word) (at float64, found bool) {
	for _, seen := range s.seen {
		for _, w := range of(seen) {
			if letters(w.Word) == letters(said.Word) && math.Abs(w.Start-said.Start) < 0.7 {
				return seen.at, true
			}
		}
	}
	return 0, false
}

func letters(word string) string {
	return strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }))
}

// quantile is of sorted values.
func quantile(sorted []float64, percent int) float64 {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}
