package speech

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Cores are the processor's cores, which all engines of a server that compute
// on this machine share: each piece takes one while it is recognised, so that
// several models together keep no more threads busy than one alone.
//
// Who waits longest is next, but for what a person waits for while they speak:
// that goes first, and while there is such work one core is left to it, as it
// would else wait for seconds until a piece is done.
type Cores struct {
	mu            sync.Mutex
	all, taken    int
	urgent, usual []chan struct{} // who waits, longest first
	lastUrgent    time.Time
}

// keepFree is how long after urgent work a core is still left to it.
const keepFree = 5 * time.Second

// NewCores shares n cores.
func NewCores(n int) *Cores { return &Cores{all: max(1, n)} }

// Take waits for a core, and returns what gives it back.
func (c *Cores) Take(ctx context.Context, urgent bool) (release func(), err error) {
	turn := make(chan struct{})
	c.mu.Lock()
	if urgent {
		c.urgent, c.lastUrgent = append(c.urgent, turn), time.Now()
	} else {
		c.usual = append(c.usual, turn)
	}
	c.next()
	c.mu.Unlock()
	release = sync.OnceFunc(c.giveBack)
	select {
	case <-turn:
		return release, nil
	case <-ctx.Done():
		c.leave(turn)
		return nil, context.Cause(ctx)
	}
}

// Spare leaves a core to urgent work that does not wait for one: that of an
// engine whose process goes before all others anyway.
func (c *Cores) Spare() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastUrgent = time.Now()
}

// next lets those go on for whom there is a core; the caller holds mu.
func (c *Cores) next() {
	for len(c.urgent) > 0 && c.taken < c.all {
		close(c.urgent[0])
		c.urgent, c.taken = c.urgent[1:], c.taken+1
	}
	most := c.all
	if time.Since(c.lastUrgent) < keepFree {
		most = max(1, c.all-1)
	}
	for len(c.usual) > 0 && c.taken < most {
		close(c.usual[0])
		c.usual, c.taken = c.usual[1:], c.taken+1
	}
}

func (c *Cores) giveBack() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken--
	c.next()
}

// leave takes out one who waits no more, or gives back what they got just then.
func (c *Cores) leave(turn chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	is := func(other chan struct{}) bool { return other == turn }
	waiting := len(c.urgent) + len(c.usual)
	c.urgent, c.usual = slices.DeleteFunc(c.urgent, is), slices.DeleteFunc(c.usual, is)
	if len(c.urgent)+len(c.usual) == waiting {
		c.taken--
	}
	c.next()
}
