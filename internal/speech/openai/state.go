package openai

import (
	"sync"
	"time"

	"talkit/internal/speech"
)

// answersFor is how long a server is taken to be there after an answer.
const answersFor = 3 * time.Minute

// state is what an engine tells of itself.
type state struct {
	mu       sync.Mutex
	status   speech.Status
	answered time.Time
}

// begin counts a piece as in hand until end is called.
func (s *state) begin() (end func()) {
	s.inHand(1)
	return func() { s.inHand(-1) }
}

func (s *state) inHand(more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.InHand += more
}

func (s *state) heard(pcm []byte, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Sound += time.Duration(seconds(pcm) * float64(time.Second))
	s.status.Busy += took
	s.answered = time.Now()
}

// hasHeard tells whether the server recognised anything so far.
func (s *state) hasHeard() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.answered.IsZero()
}

func (s *state) failed(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Fault, s.status.FaultOn = why.Error(), time.Now()
}

// Status implements speech.Reporter. A model elsewhere is loaded while the
// server answers.
func (e *Engine) Status() speech.Status {
	ready := e.Ready(e.life) == nil
	e.state.mu.Lock()
	defer e.state.mu.Unlock()
	status := e.state.status
	status.Device = "at " + e.target.Host
	status.Loaded = ready && !e.state.answered.IsZero() && time.Since(e.state.answered) < answersFor
	return status
}
