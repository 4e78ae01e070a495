package openai

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"talkit/internal/speech"
)

// Server is one server that transcribes. Its models are engines of their own,
// but what it can take at the same time, and when it wants to be left alone, is
// one for all of them.
type Server struct {
	options Options
	target  *url.URL
	client  *http.Client
	slots   chan struct{} // one for each request that may be under way
	rest    rest          // of all models
	known   known

	mu   sync.Mutex
	hold time.Time // until then the server asked to be left alone
}

// leaveAlone keeps all pieces from a server that asked for it.
func (s *Server) leaveAlone(f *fault, pause time.Duration) {
	if f.what != busy && f.after == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := time.Now().Add(pause); until.After(s.hold) {
		s.hold = until
	}
}

func (s *Server) waitHold(ctx context.Context) error {
	s.mu.Lock()
	pause := time.Until(s.hold)
	s.mu.Unlock()
	return sleep(ctx, pause)
}

func sleep(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// maxRest is the longest rest, but where a server asks for more.
const maxRest = 10 * time.Minute

// rest is a time without requests after something was found away, each longer
// than the one before.
type rest struct {
	mu      sync.Mutex
	failure error     // why,
	until   time.Time // and until when
	length  time.Duration
}

// why tells why there is a rest now, nil where there is none.
func (r *rest) why() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure != nil && time.Now().Before(r.until) {
		return r.failure
	}
	return nil
}

// begin rests for a while, at least so long; began is 0 where another piece has
// just found the same.
func (r *rest) begin(why error, usual, least time.Duration) (began time.Duration, failure error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.failure == nil || now.After(r.until) {
		r.length = min(max(2*r.length, usual, least), max(maxRest, least))
		r.until, began = now.Add(r.length), r.length
	}
	r.failure = notReady(why)
	return began, r.failure
}

// end forgets that something was away, and tells whether it was.
func (r *rest) end() (was bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was = r.failure != nil
	r.failure, r.length = nil, 0
	return was
}

// notReady makes an error wrap speech.ErrNotReady and keeps its own words.
func notReady(err error) error { return &notReadyError{err} }

type notReadyError struct{ error }

func (e *notReadyError) Unwrap() []error { return []error{e.error, speech.ErrNotReady} }
