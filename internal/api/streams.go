package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
)

const (
	watchEvery  = 2 * time.Second  // a look even when nobody said to
	permitEvery = 15 * time.Second // the credential is looked at again
	writeTime   = 10 * time.Second // for one event to be taken
)

// maxStreams is how many streams of events a person can have open, all their
// tabs and plugins together: each asks the database every few seconds.
const maxStreams = 100

// streams counts those that are open, by person.
type streams struct {
	mu   sync.Mutex
	open map[int64]int
}

// begin makes room for one, and false if there is none.
func (s *streams) begin(userID int64) (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[userID] >= maxStreams {
		return nil, false
	}
	if s.open == nil {
		s.open = map[int64]int{}
	}
	s.open[userID]++
	return func() { s.end(userID) }, true
}

func (s *streams) end(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[userID]--; s.open[userID] == 0 {
		delete(s.open, userID)
	}
}

// mayStream makes room for a stream, or says why not.
func (a *API) mayStream(w http.ResponseWriter, r *http.Request, who talkit.Caller) (end func(), ok bool) {
	end, ok = a.streams.begin(who.UserID)
	if !ok {
		p := newProblem(r.Context(), talkit.TooMany, "Too many streams of events are open. Close one.")
		note(r.Context(), p)
		p.write(w)
	}
	return end, ok
}

// events answers with what follow writes to the stream.
func (a *API) events(who talkit.Caller, follow func(context.Context, *stream)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		end, ok := a.mayStream(w, r, who)
		if !ok {
			return
		}
		defer end()
		s := &stream{w: w, control: http.NewResponseController(w), who: who, checked: time.Now(),
			again: func() (talkit.Caller, error) { return a.stillCaller(r.Context(), r, ctx.Operation()) }}
		s.begin()
		if r.Method != http.MethodHead {
			follow(r.Context(), s)
		}
	}}
}

// stream writes server-sent events (WHATWG HTML, section 9.2) to who may see
// them.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	who     talkit.Caller
	again   func() (talkit.Caller, error) // who it is by now
	checked time.Time
	last    []byte
	sent    time.Time
}

func (s *stream) begin() {
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("X-Accel-Buffering", "no") // proxies hold events back otherwise
	s.w.WriteHeader(http.StatusOK)
}

// wait returns at the next change, or after a while, and false once the caller
// is gone or may not see more.
func (s *stream) wait(ctx context.Context, look <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-look:
	case <-time.After(watchEvery):
	}
	if time.Since(s.checked) > permitEvery {
		who, err := s.again()
		if err != nil {
			return false
		}
		s.who, s.checked = who, time.Now()
	}
	return true
}

func (s *stream) write(message []byte) error {
	s.sent = time.Now()
	s.control.SetWriteDeadline(s.sent.Add(writeTime))
	if _, err := s.w.Write(message); err != nil {
		return err
	}
	return s.control.Flush()
}
