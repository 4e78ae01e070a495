package transcribe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/speech"
)

// Options say how a file is to be transcribed.
type Options struct {
	Language string   // ISO 639-1; "" to detect it
	Fallback string   // the language to take when detection is unsure
	Hints    []string // words that may be said, see speech.Piece

	// Progress, if set, hears how many seconds of sound are recognised and how
	// many there are to recognise. It is called from one goroutine at a time,
	// first with none done.
	Progress func(done, total float64)
}

// Result is what became of a file. No speech in it gives no segments.
type Result struct {
	Segments talkit.Segments
	Language string
	Duration time.Duration
}

// File transcribes a local file with an engine that runs. The decoded sound,
// 115 MB an hour, is kept in a temporary file ($TMPDIR) for as long as it
// takes. Errors for the person are talkit.Errors; those that wrap
// speech.ErrNotReady say how to mend the engine.
func File(ctx context.Context, engine speech.Engine, path string, options Options) (Result, error) {
	if engine.Info().ByHand {
		return Result{}, talkit.Errorf(talkit.Conflict, "The engine that is set up is a person who writes the text by hand; choose another one to transcribe files.")
	}
	if known := engine.Info().Languages; options.Language != "" && known != nil && !slices.Contains(known, options.Language) {
		return Result{}, talkit.Errorf(talkit.Invalid, "The model %s does not know the language %s. It knows %s.",
			engine.Info().Model, options.Language, strings.Join(known, ", "))
	}
	sound, err := temporary()
	if err != nil {
		return Result{}, err
	}
	defer sound.Close()
	prepared, err := Prepare(ctx, path, sound)
	if err != nil {
		return Result{}, describe(err)
	}
	decoded := Sound{sound, prepared.Channels, prepared.Apart}
	if options.Language == "" {
		if options.Language, err = Language(ctx, engine, decoded, prepared.Pieces, options.Fallback); err != nil {
			return Result{}, err
		}
	}
	work := work{engine: engine, sound: decoded, options: options, progress: newProgress(options.Progress, prepared.Pieces)}
	segments, err := work.all(ctx, prepared.Pieces)
	return Result{Segments: segments, Language: options.Language, Duration: prepared.Length}, err
}

// temporary makes a file that has no name any more: whatever ends us, the
// system takes it back.
func temporary() (*os.File, error) {
	f, err := os.CreateTemp("", "talkit-*.pcm")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return f, nil
}

func describe(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return talkit.Errorf(talkit.StorageFull, "There is no room left for the decoded sound in %s. Make room, or set TMPDIR to a folder that has some.", os.TempDir()).Because(err)
	}
	return err
}

// work recognises the pieces of one file.
type work struct {
	engine   speech.Engine
	sound    Sound
	options  Options
	progress *progress
}

func (w work) all(ctx context.Context, pieces []Cut) (talkit.Segments, error) {
	segments, leftOut := make([]talkit.Segments, len(pieces)), make([]error, len(pieces))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, w.engine.Info().Workers))
	for _, i := range longestFirst(pieces) {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			var err error
			segments[i], leftOut[i], err = w.one(ctx, pieces[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if len(pieces) > 0 && !slices.Contains(leftOut, nil) {
		return nil, leftOut[0]
	}
	return JoinCuts(segments, channelsOf(pieces)), nil
}

func channelsOf(pieces []Cut) []int {
	channels := make([]int, len(pieces))
	for i, piece := range pieces {
		channels[i] = piece.Channel
	}
	return channels
}

// one tries a piece as often as the server would: engines crash, and work
// again when they are asked again. In the end it is left out, with
// why, and marked in the text.
func (w work) one(ctx context.Context, piece Cut) (segments talkit.Segments, leftOut, err error) {
	pcm, err := w.sound.Read(piece)
	if err != nil {
		return nil, nil, err
	}
	for attempt := range talkit.MaxPieceAttempts {
		segments, err = Recognize(ctx, w.engine, speech.Piece{PCM: pcm, Language: w.options.Language, Hints: w.options.Hints, Again: attempt > 0}, piece.Start)
		if err == nil {
			w.progress.add(piece)
			return segments, nil, nil
		}
		if ctx.Err() != nil || errors.Is(err, speech.ErrNotReady) {
			return nil, nil, err
		}
	}
	w.progress.add(piece)
	return talkit.NotHeard(audio.Offset(piece.Start).Seconds(), audio.Offset(piece.End).Seconds()), err, nil
}

// longestFirst orders pieces so that no worker begins a long one while the
// others are done.
func longestFirst(pieces []Cut) []int {
	order := make([]int, len(pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(pieces[b].Len(), pieces[a].Len()) })
	return order
}

type progress struct {
	mu          sync.Mutex
	tell        func(done, total float64)
	done, total int64 // bytes
}

func newProgress(tell func(done, total float64), pieces []Cut) *progress {
	p := &progress{tell: tell}
	for _, piece := range pieces {
		p.total += piece.Len()
	}
	p.add(Cut{})
	return p
}

func (p *progress) add(piece Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += piece.Len()
	if p.tell != nil {
		p.tell(audio.Offset(p.done).Seconds(), audio.Offset(p.total).Seconds())
	}
}
