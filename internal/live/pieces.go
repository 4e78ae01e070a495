package live

import (
	"context"
	"errors"
	"time"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/speech"
	"talkit/internal/transcribe"
)

// pieces cuts a dictation as the whole recording will be cut, and has those
// that are over recognised by the full model while the person still speaks.
type pieces struct {
	start Start
	queue chan piece
	over  chan struct{} // closed at the end

	splitter audio.Splitter
	kept     []byte // from byte from on: the piece that is open
	from     int64
	given    int // pieces that were cut
}

type piece struct {
	start int64
	pcm   []byte
}

// waiting is how many pieces wait at the most, 1 MB each. One that finds no room
// is recognised with the recording.
const waiting = 8

func newPieces(start Start) *pieces {
	return &pieces{start: start, queue: make(chan piece, waiting), over: make(chan struct{})}
}

// write takes decoded sound. Pieces that are not wanted were heard before.
func (p *pieces) write(pcm []byte, wanted bool) {
	_, _ = p.splitter.Write(pcm) // it never fails
	p.kept = append(p.kept, pcm...)
	closed, from := p.splitter.Closed()
	for ; p.given < len(closed); p.given++ {
		r := closed[p.given]
		if wanted && r.Start >= p.from {
			select {
			case p.queue <- piece{r.Start, append([]byte(nil), p.kept[r.Start-p.from:r.End-p.from]...)}:
			default:
			}
		}
	}
	if from > p.from {
		p.kept = append([]byte(nil), p.kept[min(from-p.from, int64(len(p.kept))):]...)
		p.from = from
	}
}

// end lets the piece in hand come to its end; those that wait are not begun.
func (p *pieces) end() { close(p.over) }

// pieceTime is how long one may take.
const pieceTime = 5 * time.Minute

// recognize works until the end. What fails is left to the recording.
func (p *pieces) recognize(options Options) {
	language := p.start.Language
	for {
		select {
		case <-p.over:
			return
		default:
		}
		select {
		case <-p.over:
			return
		case next := <-p.queue:
			ctx, cancel := context.WithTimeout(context.Background(), pieceTime)
			found, err := hear(ctx, options.Full, next, language)
			if err == nil {
				language = found.Language
				p.start.Early(ctx, next.pcm, found)
			}
			cancel()
		}
	}
}

var errUnsure = errors.New("live: the language is not clear; the recording's other pieces will tell")

// hear does what the recording's work would: it finds the language on the first
// speech, and keeps it.
func hear(ctx context.Context, full func() (speech.Engine, error), p piece, language string) (found talkit.EarlyPiece, err error) {
	engine, err := full()
	if err == nil {
		err = engine.Ready(ctx)
	}
	if err != nil {
		return found, err
	}
	if language == "" {
		var sure float64
		if language, sure, err = engine.DetectLanguage(ctx, p.pcm); err != nil {
			return found, err
		}
		if language != "" && sure < 0.5 {
			return found, errUnsure
		}
	}
	segments, err := transcribe.Recognize(ctx, engine, speech.Piece{PCM: p.pcm, Language: language}, p.start)
	return talkit.EarlyPiece{Start: p.start, Model: engine.Info().Model, Language: language, Segments: segments}, err
}
