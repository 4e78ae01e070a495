package live

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/transcribe"
)

// early has the full model recognise pieces that are over while their persons
// still speak. All of a room share a few workers, and each person has one piece
// in hand at the most: the recordings of others wait for the same engine.
type early struct {
	full func() (speech.Engine, error)
	log  *slog.Logger

	mu      sync.Mutex
	people  []*inTurn // who is next comes first
	working int
}

// inTurn are the pieces of one person that wait.
type inTurn struct {
	person int64
	pieces []piece
	inHand bool
}

// waiting is how many pieces of a person wait at the most, 1 MB each. One that
// finds no room is recognised with the recording.
const waiting = 8

func (e *early) add(p piece) {
	most := e.most()
	e.mu.Lock()
	defer e.mu.Unlock()
	person := p.of.start.Person
	i := slices.IndexFunc(e.people, func(t *inTurn) bool { return t.person == person })
	if i < 0 {
		i, e.people = len(e.people), append(e.people, &inTurn{person: person})
	}
	t := e.people[i]
	if len(t.pieces) == waiting {
		return
	}
	t.pieces = append(t.pieces, p)
	if e.working < most {
		e.working++
		go e.work()
	}
}

// most leaves one of the engine's workers to recordings, where it has more.
func (e *early) most() int {
	engine, err := e.full()
	if err != nil {
		return 1
	}
	return max(1, engine.Info().Workers-1)
}

func (e *early) work() {
	for {
		t, p := e.next()
		if t == nil {
			return
		}
		if err := safely(func() error { return p.of.hear(e.full, p) }); err != nil && !errors.Is(err, errUnsure) {
			e.log.Info("a piece is left to its recording", "error", err)
		}
		e.done(t)
	}
}

// next takes a piece of who has waited longest; nil ends the worker.
func (e *early) next() (*inTurn, piece) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range slices.Clone(e.people) {
		if t.inHand {
			continue
		}
		t.pieces = slices.DeleteFunc(t.pieces, func(p piece) bool { return p.of.isOver() })
		if len(t.pieces) == 0 {
			e.remove(t)
			continue
		}
		p := t.pieces[0]
		t.pieces, t.inHand = t.pieces[1:], true
		return t, p
	}
	e.working--
	return nil, piece{}
}

// done puts a person behind all others.
func (e *early) done(t *inTurn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t.inHand = false
	e.remove(t)
	e.people = append(e.people, t)
}

func (e *early) remove(t *inTurn) {
	e.people = slices.DeleteFunc(e.people, func(other *inTurn) bool { return other == t })
}

// pieceTime is how long one may take.
const pieceTime = 5 * time.Minute

var errUnsure = errors.New("live: the language is not clear; the recording's other pieces will tell")

// hear does what the recording's work would: it finds the language on the first
// speech, and keeps it.
func (p *pieces) hear(full func() (speech.Engine, error), next piece) error {
	ctx, cancel := context.WithTimeout(context.Background(), pieceTime)
	defer cancel()
	engine, err := full()
	if err == nil {
		err = engine.Ready(ctx)
	}
	if err != nil {
		return err
	}
	info, language := engine.Info(), p.language
	if language != "" && info.Languages != nil && !slices.Contains(info.Languages, language) { // a person's own, which its work would not take either
		language = ""
	}
	if language == "" {
		var sure float64
		if language, sure, err = engine.DetectLanguage(ctx, next.pcm); err != nil {
			return err
		}
		if language != "" && sure < 0.5 {
			return errUnsure
		}
	}
	segments, err := transcribe.Recognize(ctx, engine, speech.Piece{PCM: next.pcm, Language: language, Hints: p.start.Hints}, next.start)
	if err != nil {
		return err
	}
	p.language = language
	p.start.Early(ctx, next.pcm, talkit.EarlyPiece{Start: next.start, Model: info.Model, Language: language, Segments: segments})
	return nil
}
