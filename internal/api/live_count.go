package api

import (
	"sync"
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

// begin makes room for one of at most most, and false if there is none.
func (l *lives) begin(userID int64, most int) (end func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped || l.open[userID] >= most {
		return nil, false
	}
	l.open[userID]++
	l.all++
	return func() { l.end(userID) }, true
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
