package live

import (
	"io"
	"sync"
)

// maxWaiting is how much sound waits to be decoded. A decoder that is further
// behind is of no use to somebody who speaks.
const maxWaiting = 16 << 20

// pipe is sound on its way to the decoder. Writing never waits: a pipe that is
// full ends.
type pipe struct {
	mu      sync.Mutex
	more    sync.Cond
	waiting []byte
	closed  bool
}

func newPipe() *pipe {
	p := &pipe{}
	p.more.L = &p.mu
	return p
}

func (p *pipe) write(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.waiting = append(p.waiting, b...)
		p.closed = len(p.waiting) > maxWaiting
	}
	p.more.Signal()
}

// Read implements io.Reader.
func (p *pipe) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.waiting) == 0 && !p.closed {
		p.more.Wait()
	}
	if len(p.waiting) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.waiting)
	p.waiting = p.waiting[n:]
	return n, nil
}

func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.more.Broadcast()
}
