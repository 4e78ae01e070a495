package jobs

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"
)

// How River's workers learn that a queue has jobs.
const insertTopic = "river_insert"

func insertPayload(queue string) string {
	payload, _ := json.Marshal(map[string]string{"queue": queue})
	return string(payload)
}

// recently is how long after an insert its commit rings for the queue. The
// commit of a transaction that stays open for longer waits for the poll.
const recently = time.Second

// bell knows which queues to wake the workers of. It is armed inside a
// transaction and rung after a commit, perhaps that of another: so it stays
// armed for a while.
type bell struct {
	mu      sync.Mutex
	armed   map[string]time.Time
	ringing map[string]bool
	wake    chan struct{}
}

func newBell() *bell {
	return &bell{armed: map[string]time.Time{}, ringing: map[string]bool{}, wake: make(chan struct{}, 1)}
}

func (b *bell) arm(queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed[queue] = time.Now()
}

// queues are those that are armed.
func (b *bell) queues() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.armed, func(_ string, at time.Time) bool { return time.Since(at) > recently })
	return slices.Collect(maps.Keys(b.armed))
}

// ring has next give each armed queue.
func (b *bell) ring() {
	queues := b.queues()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, queue := range queues {
		b.ringing[queue] = true
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// next waits for a queue that was rung.
func (b *bell) next(ctx context.Context) (string, error) {
	for {
		if queue, ok := b.take(); ok {
			return queue, nil
		}
		select {
		case <-b.wake:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (b *bell) take() (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for queue := range b.ringing {
		delete(b.ringing, queue)
		return queue, true
	}
	return "", false
}
