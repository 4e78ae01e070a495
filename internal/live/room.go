// Package live hears words while they are spoken. A session decodes the sound
// of one dictation as it comes, has the engine for live words recognise what is
// not settled yet over and over, and gives the words on which two decodes agree
// as confirmed, what comes behind as tentative. It is a preview: what a
// recording becomes is recognised by the full model, piece by piece.
package live

import (
	"context"
	"log/slog"
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

	mu    sync.Mutex
	heard map[*Session]time.Time // those that words were promised to: when they last decoded
	took  time.Duration          // of a decode, lately; 0 before the first
	turns chan struct{}          // one for each decode at the same time
}

// New makes a room.
func New(options Options) *Room {
	return &Room{options: options, heard: map[*Session]time.Time{}}
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
	// slowest is how often each session decodes at least: with less, words come
	// too late to be of use.
	slowest = 1500 * time.Millisecond
	// resting is how long a session needs no room that decodes nothing.
	resting = 30 * time.Second
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
	active := 0
	for _, last := range r.heard {
		if time.Since(last) < resting {
			active++
		}
	}
	took := r.took
	if took == 0 {
		took = slowest
	}
	if active > 0 && time.Duration(active+1)*took > time.Duration(cap(r.turns))*slowest {
		return nil, busy
	}
	r.heard[s] = time.Now()
	return engine, nil
}

func (r *Room) leave(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.heard, s)
}

// turn waits for the engine to be free. A waiting session decodes later, and
// then all that came meanwhile: there is no backlog.
func (r *Room) turn(ctx context.Context, s *Session) (done func(), err error) {
	select {
	case r.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	began := time.Now()
	return func() {
		<-r.turns
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard[s] = time.Now()
		took := time.Since(began)
		if r.took == 0 {
			r.took = took
		}
		r.took += (took - r.took) / 8
	}, nil
}
