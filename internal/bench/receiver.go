package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// receiver is where the webhooks go.
type receiver struct {
	*http.Server
	address string

	mu    sync.Mutex
	began time.Time            // of the first
	times map[string]time.Time // when each event was there, by its webhook-id
	again int
}

func listen() (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{address: listener.Addr().String(), times: map[string]time.Time{}}
	r.Server = &http.Server{Handler: http.HandlerFunc(r.receive), ReadHeaderTimeout: 10 * time.Second}
	go r.Serve(listener)
	return r, nil
}

func (r *receiver) uri() string { return "http://" + r.address + "/webhook" }

func (r *receiver) receive(w http.ResponseWriter, request *http.Request) {
	io.Copy(io.Discard, request.Body)
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.IsZero() {
		r.began = now
	}
	key := request.Header.Get("webhook-id")
	if _, known := r.times[key]; known {
		r.again++
		return
	}
	r.times[key] = now
}

// forget makes room for the next figure.
func (r *receiver) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began, r.times, r.again = time.Time{}, map[string]time.Time{}, 0
}

func (r *receiver) first() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.began
}

func (r *receiver) repeated() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.again
}

func (r *receiver) at(key string) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.times[key]
	return at, ok
}

func (r *receiver) received() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.times)
}

// await waits until so many different events are there.
func (r *receiver) await(ctx context.Context, count int) error {
	for r.received() < count {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d webhooks arrived: %w", r.received(), count, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}
