// Package openai is the engine that runs elsewhere: any server with
// /v1/audio/transcriptions, as OpenAI made it known and whisper.cpp, speaches,
// Talkit itself and others have it.
package openai

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"talkit"
	"talkit/internal/speech"
)

// Options set a Server up. What is left at zero gets the value named.
type Options struct {
	URL     string        // of the server, with or without /v1
	Key     string        // sent as a bearer credential; none
	Workers int           // pieces at the same time, of all its models together; 2
	Timeout time.Duration // of one request; 3 minutes
	Pause   time.Duration // before a request is sent again, growing; half a second
	Rest    time.Duration // without requests after a server was found away, growing; 15 s
	Log     *slog.Logger  // what went wrong and is tried again; slog.Default()
}

// DefaultModel is the name that most servers take for their usual model.
const DefaultModel = "whisper-1"

// New sets a server up; it sends nothing.
func New(options Options) (*Server, error) {
	target, err := endpoint(options.URL)
	if err != nil {
		return nil, err
	}
	fill(&options.Workers, 2)
	fill(&options.Timeout, 3*time.Minute)
	fill(&options.Pause, 500*time.Millisecond)
	fill(&options.Rest, 15*time.Second)
	fill(&options.Log, slog.Default())
	return &Server{options: options, target: target, client: newClient(options.Workers), slots: make(chan struct{}, options.Workers)}, nil
}

func fill[T comparable](option *T, value T) {
	var zero T
	if *option == zero {
		*option = value
	}
}

// Engine is a model of a Server. It implements speech.Engine.
type Engine struct {
	*Server
	model   string
	life    context.Context // ends with Run
	end     context.CancelFunc
	running chan struct{} // closed when Run begins
	begin   sync.Once
	form    atomic.Int32 // the richest form of answer that the server gives
	recent  recent
	own     rest // of this model, where the others do
	state   state
}

// Engine makes the engine of one of the server's models.
func (s *Server) Engine(model string) *Engine {
	e := &Engine{Server: s, model: model, running: make(chan struct{}), recent: recent{most: 2 * s.options.Workers}}
	e.life, e.end = context.WithCancel(context.Background())
	return e
}

// Info implements speech.Engine. Which languages the server knows it does not say.
func (e *Engine) Info() speech.Info {
	return speech.Info{Name: "openai " + e.model, Model: e.model, Workers: e.options.Workers}
}

// Ready implements speech.Engine: was the server there when it was asked last?
// After a while it is asked again.
func (e *Engine) Ready(context.Context) error {
	if e.life.Err() != nil {
		return errEnded
	}
	if why := e.rest.why(); why != nil {
		return why
	}
	return e.own.why()
}

var errEnded = fmt.Errorf("%w: talkit is ending", speech.ErrNotReady)

// Recognize implements speech.Engine.
func (e *Engine) Recognize(ctx context.Context, piece speech.Piece) (speech.Result, error) {
	if err := check(piece.PCM); err != nil {
		return speech.Result{}, err
	}
	a, err := e.hear(ctx, piece)
	if err != nil {
		return speech.Result{}, err
	}
	return speech.Result{Language: a.language, Segments: a.segments}, nil
}

// DetectLanguage implements speech.Engine. There is no request for that alone,
// so the piece is recognised, and what was heard is kept for a moment: as a
// rule the same piece is asked for next.
func (e *Engine) DetectLanguage(ctx context.Context, pcm []byte) (string, float64, error) {
	if err := check(pcm); err != nil {
		return "", 0, err
	}
	if form(e.form.Load()) == plain {
		return "", 0, e.Ready(ctx) // such answers say no language
	}
	a, err := e.hear(ctx, speech.Piece{PCM: pcm})
	if err != nil || len(a.segments) == 0 || a.language == "" {
		return "", 0, err
	}
	e.recent.keep(pcm, a)
	return a.language, a.probability, nil
}

// hear asks the server, unless there is nothing to hear or it was just asked.
func (e *Engine) hear(ctx context.Context, piece speech.Piece) (answer, error) {
	if ctx.Err() != nil {
		return answer{}, context.Cause(ctx)
	}
	sound := listen(piece.PCM)
	if e.life.Err() == nil && !sound.mayBeSpeech() {
		return answer{segments: talkit.Segments{}, language: piece.Language}, nil
	}
	if a, ok := e.recent.take(piece); ok {
		return a, nil
	}
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	}
	select {
	case <-e.running: // not yet, where a server is still starting
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	}
	defer e.state.begin()()
	return e.ask(ctx, newRequest(e.model, piece), sound)
}

// Run implements speech.Engine. It returns nil when ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	e.begin.Do(func() { close(e.running) })
	<-ctx.Done()
	e.end()
	e.client.CloseIdleConnections()
	return nil
}

const (
	sampleRate     = 16_000
	bytesPerSecond = 2 * sampleRate
	maxPiece       = 30 * bytesPerSecond
)

func check(pcm []byte) error {
	switch {
	case len(pcm)%2 != 0:
		return errors.New("a piece must have whole samples of 16 bits")
	case len(pcm) > maxPiece:
		return errors.New("a piece must have at most 30 seconds")
	}
	return nil
}

// seconds is how long sound is, cut to the millisecond so that a time rounded
// to the millisecond can't lie behind it.
func seconds(pcm []byte) float64 {
	return math.Floor(float64(len(pcm))/bytesPerSecond*1000) / 1000
}
