package app

import (
	"context"
	"slices"
	"sync"
)

// Turns let a number of things be done at the same time, and share that among
// people: next is who has least in hand, of those whoever came first.
type Turns struct {
	mu      sync.Mutex
	free    int
	each    int           // a person's at the same time
	inHand  map[int64]int // by person, none is not there
	waiting []*turn
}

type turn struct {
	person int64
	come   chan struct{} // closed when it is their turn
}

// NewTurns let most things be done at the same time, each of them by one person.
func NewTurns(most, each int) *Turns {
	return &Turns{free: most, each: each, inHand: map[int64]int{}}
}

// Take waits for a person's turn; release ends it, once. The error is ctx's.
func (t *Turns) Take(ctx context.Context, person int64) (release func(), err error) {
	mine := &turn{person, make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, mine)
	t.next()
	t.mu.Unlock()
	select {
	case <-mine.come:
		return sync.OnceFunc(func() { t.release(person) }), nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.Index(t.waiting, mine)
	if i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // it came in the same moment
		t.release(person)
	}
	return nil, context.Cause(ctx)
}

func (t *Turns) release(person int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if t.inHand[person]--; t.inHand[person] == 0 {
		delete(t.inHand, person)
	}
	t.next()
}

// next gives the free turns away; the caller holds mu.
func (t *Turns) next() {
	for t.free > 0 {
		chosen := -1
		for i, w := range t.waiting {
			has := t.inHand[w.person]
			if has < t.each && (chosen < 0 || has < t.inHand[t.waiting[chosen].person]) {
				chosen = i
			}
		}
		if chosen < 0 {
			return
		}
		w := t.waiting[chosen]
		t.waiting = slices.Delete(t.waiting, chosen, chosen+1)
		t.free--
		t.inHand[w.person]++
		close(w.come)
	}
}
