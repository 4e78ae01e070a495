package api

import (
	"sync"
	"time"

	"talkit"
)

// lives are the dictations that are open, by person.
type lives struct {
	mu      sync.Mutex
	open    map[int64]int
	all     int
	stopped bool
	ending  chan struct{} // closed at the stop
	ended   chan struct{} // closed, after the stop, when none is left
}

func newLives() *lives {
	return &lives{open: map[int64]int{}, ending: make(chan struct{}), ended: make(chan struct{})}
}

// begin makes room for one of at most most of a person, or says why there is none.
func (l *lives) begin(userID int64, most int) (end func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.stopped:
		return nil, refusedFor(2*time.Second, talkit.Errorf(talkit.Unavailable, "The server stops. Come back in a moment."))
	case l.open[userID] >= most:
		return nil, refusedFor(10*time.Second, talkit.Errorf(talkit.TooMany, "Too many dictations are open. End one."))
	}
	l.open[userID]++
	l.all++
	return func() { l.end(userID) }, nil
}

// refusedFor says when asking again makes sense.
func refusedFor(rest time.Duration, e *talkit.Error) error {
	e.RetryAfter = rest
	return e
}

func (l *lives) end(userID int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[userID]--; l.open[userID] == 0 {
		delete(l.open, userID)
	}
	if l.all--; l.all == 0 && l.stopped {
		close(l.ended)
	}
}

// stop has all end, and none begin.
func (l *lives) stop() (ended <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stopped {
		l.stopped = true
		close(l.ending)
		if l.all == 0 {
			close(l.ended)
		}
	}
	return l.ended
}
