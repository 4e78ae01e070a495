package api

import (
	"net/http"
	"sync"

	"talkit"
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
