package api

import (
	"io"
	"sync"
	"time"

	"talkit"
)

const (
	// portionTime is how long sound waits for more before it is stored, as a
	// blob of its own: what a crash of the server and of the client costs.
	portionTime = time.Second
	portionSize = 1 << 20 // bytes that do not wait
	mostWaiting = talkit.MaxUploadPart
)

// portions is sound between the connection and storage. One goroutine puts it
// in, another takes it out.
type portions struct {
	mu      sync.Mutex
	waiting []byte
	since   time.Time // the first byte of it came
	closed  bool
	changed chan struct{} // has room for one
	taken   chan struct{} // so does this
}

func newPortions() *portions {
	return &portions{changed: make(chan struct{}, 1), taken: make(chan struct{}, 1)}
}

// signal wakes the other side, if it waits.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add waits for room, and returns false if no more is wanted.
func (p *portions) add(sound []byte) bool {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return false
		}
		if len(p.waiting) == 0 || len(p.waiting)+len(sound) <= mostWaiting {
			if len(p.waiting) == 0 {
				p.since = time.Now()
			}
			p.waiting = append(p.waiting, sound...)
			p.mu.Unlock()
			signal(p.changed)
			return true
		}
		p.mu.Unlock()
		<-p.taken
	}
}

// close ends it: what waits is still given out.
func (p *portions) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	signal(p.changed)
	signal(p.taken)
}

// next waits for a portion; after the last it gives io.EOF.
func (p *portions) next() ([]byte, error) {
	timer := time.NewTimer(portionTime)
	defer timer.Stop()
	for {
		sound, wait, err := p.take()
		if sound != nil || err != nil {
			signal(p.taken)
			return sound, err
		}
		timer.Reset(wait)
		select {
		case <-p.changed:
		case <-timer.C:
		}
	}
}

// take gives what is due, or says how long to wait for it.
func (p *portions) take() (sound []byte, wait time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch age := time.Since(p.since); {
	case len(p.waiting) == 0 && p.closed:
		return nil, 0, io.EOF
	case len(p.waiting) == 0:
		return nil, time.Hour, nil
	case !p.closed && len(p.waiting) < portionSize && age < portionTime:
		return nil, portionTime - age, nil
	}
	sound, p.waiting = p.waiting, nil
	return sound, 0, nil
}
