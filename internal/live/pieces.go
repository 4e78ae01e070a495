package live

import (
	"sync/atomic"
	"time"

	"talkit/internal/audio"
)

// pieces cuts a dictation as the whole recording will be cut.
type pieces struct {
	start    Start
	give     func(piece)
	over     atomic.Bool
	language string // that the last was heard in; one is in hand at a time

	splitter audio.Splitter
	kept     []byte // from byte from on: the piece that is open
	from     int64
	given    int // pieces that were cut
	began    time.Time
	came     int64 // bytes since then
}

type piece struct {
	of    *pieces
	start int64
	pcm   []byte
}

func newPieces(start Start, give func(piece)) *pieces {
	return &pieces{start: start, give: give, language: start.Language, began: time.Now()}
}

// write takes decoded sound. Pieces that are not wanted were heard before.
func (p *pieces) write(pcm []byte, wanted bool) {
	if wanted {
		p.came += int64(len(pcm))
	}
	wanted = wanted && p.spoken()
	_, _ = p.splitter.Write(pcm) // it never fails
	p.kept = append(p.kept, pcm...)
	closed, from := p.splitter.Closed()
	for ; p.given < len(closed); p.given++ {
		r := closed[p.given]
		if wanted && r.Start >= p.from {
			p.give(piece{p, r.Start, append([]byte(nil), p.kept[r.Start-p.from:r.End-p.from]...)})
		}
	}
	if from > p.from {
		p.kept = append([]byte(nil), p.kept[min(from-p.from, int64(len(p.kept))):]...)
		p.from = from
	}
}

// spoken tells whether sound comes about as fast as somebody speaks, and some
// that was kept meanwhile. A file that is pushed through has no need to be early.
func (p *pieces) spoken() bool {
	return seconds(p.came) < 60+4*time.Since(p.began).Seconds()
}

// end lets the piece in hand come to its end; those that wait are not begun.
func (p *pieces) end() { p.over.Store(true) }

func (p *pieces) isOver() bool { return p.over.Load() }
