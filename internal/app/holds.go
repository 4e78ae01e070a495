package app

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"talkit"
)

// holds lets one request at a time work on an upload in this process. The
// newest goes first: it is often the same client again, whose old connection
// is dead and has not been noticed yet. Between processes the rows decide
// alone (AddUploadPart, FinishUpload).
type holds struct {
	mu sync.Mutex
	by map[string]*hold
}

type hold struct {
	interrupt func() // makes the holder let go, if it can
	asked     atomic.Bool
	released  chan struct{}
}

// holdTime is how long a request waits for the one before it to let go.
const holdTime = 20 * time.Second

// take waits for an upload. interrupt is called from another goroutine, more
// than once perhaps, when someone else wants it.
func (h *holds) take(ctx context.Context, id string, interrupt func()) (*hold, error) {
	patience := time.NewTimer(holdTime)
	defer patience.Stop()
	for {
		mine, other := h.try(id, interrupt)
		if mine != nil {
			return mine, nil
		}
		other.asked.Store(true)
		other.interrupt()
		select {
		case <-other.released:
		case <-patience.C:
			return nil, talkit.Errorf(talkit.Locked, "Another request is at work on this upload. Ask again in a moment.")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (h *holds) try(id string, interrupt func()) (mine, other *hold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if other := h.by[id]; other != nil {
		return nil, other
	}
	mine = &hold{interrupt: interrupt, released: make(chan struct{})}
	if h.by == nil {
		h.by = map[string]*hold{}
	}
	h.by[id] = mine
	return mine, nil
}

func (h *holds) release(id string, mine *hold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.by, id)
	close(mine.released)
}
