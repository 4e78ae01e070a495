// Package live hears words while they are spoken. A session decodes the sound
// of one dictation as it comes, has the engine for live words recognise what is
// not settled yet over and over, and gives the words on which two decodes agree
// as confirmed, what comes behind as tentative. It is a preview: what a
// recording becomes is recognised by the full model, piece by piece.
package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"talkit/internal/speech"
)

// Options set a Room up.
type Options struct {
	Engine func() (speech.Engine, error) // for live words; it may be away
	Full   func() (speech.Engine, error) // for what recordings become; nil to hear no pieces early
	Log    *slog.Logger
}

// Room holds the sessions of a process to what its cores keep up with.
type Room struct {
	options Options
	early   early

	mu     sync.Mutex
	places map[*Session]time.Time // those that words were promised to: when they last looked
	took   time.Duration          // a look that gave words, lately
	looked time.Time              // when the last one ended
	turns  chan struct{}          // one for each look at the same time
}

// New makes a room.
func New(options Options) *Room {
	return &Room{options: options, early: early{full: options.Full, log: options.Log}, places: map[*Session]time.Time{}, took: guess}
}

// Reasons why no words come.
const (
	Busy     = "busy"
	Language = "language"
	Engine   = "engine"
	Ended    = "ended" // there is nothing left to hear
)

// Refusal says why no words come, in a code and for the person.
type Refusal struct{ Reason, Detail string }

var (
	busy     = &Refusal{Busy, "As many people dictate at this moment as this machine keeps up with, so your words do not show while you speak. They are recorded all the same."}
	noEngine = &Refusal{Engine, "This server has no engine for words while they are spoken. They are recorded all the same."}
)

func otherLanguage(model string) *Refusal {
	return &Refusal{Language, "The model for live words, " + model + ", does not know this language, so your words do not show while you speak. They are recorded all the same."}
}

const (
	// slowest is how often each session looks at least: with less, words come
	// too late to be of use.
	slowest = 1500 * time.Millisecond
	guess   = slowest / 2 // of how long a look takes, before the first was measured
	// resting is how long a session keeps its place that does not look.
	resting = 30 * time.Second
	// cold is how long after the last look the next may have to start the engine:
	// that says nothing of how long looks take.
	cold = time.Minute
)

// admit makes room for a session, or says why there is none. The first has it always.
func (r *Room) admit(ctx context.Context, s *Session, language string) (speech.Engine, *Refusal) {
	if r == nil {
		return nil, noEngine
	}
	engine, err := r.options.Engine()
	if err != nil || engine.Info().ByHand || engine.Ready(ctx) != nil {
		return nil, noEngine
	}
	info := engine.Info()
	if language != "" && info.Languages != nil && !slices.Contains(info.Languages, language) {
		return nil, otherLanguage(info.Model)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.turns == nil {
		r.turns = make(chan struct{}, max(1, info.Workers))
	}
	if !r.place(s) {
		return nil, busy
	}
	return engine, nil
}

// place gives a session its place among those that look, which it has lost if it
// was silent for long. The caller holds mu.
func (r *Room) place(s *Session) bool {
	others := 0
	for other, last := range r.places {
		if other != s && time.Since(last) < resting {
			others++
		}
	}
	has := time.Since(r.places[s]) < resting
	if !has && others > 0 && time.Duration(others+1)*r.took > time.Duration(cap(r.turns))*slowest {
		return false
	}
	r.places[s] = time.Now()
	return true
}

func (r *Room) leave(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.places, s)
}

// errNoPlace: others took the place of a session while it was silent. Its words
// come again once there is one.
var errNoPlace = errors.New("live: as many speak as the machine keeps up with")

// turn waits for the engine to be free. A waiting session looks later, and then
// at all that came meanwhile: there is no backlog. done is told whether words
// came: where nobody speaks the engine says so in a fraction of the time.
func (r *Room) turn(ctx context.Context, s *Session) (done func(words bool), err error) {
	r.mu.Lock()
	has := r.place(s)
	r.mu.Unlock()
	if !has {
		return nil, errNoPlace
	}
	select {
	case r.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	began := time.Now()
	warm := began.Sub(r.looked) < cold
	r.mu.Unlock()
	return func(words bool) {
		<-r.turns
		r.mu.Lock()
		defer r.mu.Unlock()
		r.looked = time.Now()
		r.places[s] = r.looked
		if words && warm {
			r.took += (r.looked.Sub(began) - r.took) / 8
		}
	}, nil
}

// safely makes an error of a panic: none may end all that others dictate.
func safely(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return do()
}
