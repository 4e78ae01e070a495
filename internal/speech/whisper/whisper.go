// Package whisper is the engine that runs on this machine: Whisper on
// faster-whisper, in a Python process that it starts with the first piece,
// watches, and stops when there is nothing to do.
package whisper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/install"
)

// Options set an Engine up. What is left at zero gets the value named.
type Options struct {
	Dir     string        // of installed engines; install.DefaultDir()
	Model   string        // install.DefaultModel
	Workers int           // pieces at the same time; one a core
	Threads int           // for each of them: 1, which gets the most out of the cores; more are sooner done with one
	Nice    int           // how far the process stands back behind others on the machine (nice(2))
	Idle    time.Duration // without work after which the process is stopped; 3 minutes
	Timeout time.Duration // of one piece, and of a start; 3 minutes
	Memory  int64         // resident bytes the process may take; by the model's size
	Cores   *speech.Cores // that it shares with other engines; nil: each piece has one
	Ahead   bool          // it waits for no core, but has one left to it
	Log     *slog.Logger  // starts and ends of processes; slog.Default()
}

// Engine implements speech.Engine.
type Engine struct {
	options Options
	program program
	slots   *semaphore.Weighted // one for each piece that may be in the process
	life    context.Context     // ends with Run
	end     context.CancelFunc
	running chan struct{} // closed when Run begins
	begin   sync.Once

	mu      sync.Mutex
	process *process // the last one started, or nil
	failure error    // why the last start failed,
	failed  time.Time
	damage  string // stamp of the files that it failed for, "" if that was not why
	status  speech.Status
}

// restPeriod is how long a failed start is believed: asking again for every
// waiting piece would keep a core busy with starts.
const restPeriod = 15 * time.Second

// New sets an engine up; it starts nothing.
func New(options Options) *Engine {
	fill(&options.Dir, install.DefaultDir())
	fill(&options.Model, install.DefaultModel)
	fill(&options.Workers, runtime.GOMAXPROCS(0))
	fill(&options.Threads, 1)
	fill(&options.Idle, 3*time.Minute)
	fill(&options.Timeout, 3*time.Minute)
	fill(&options.Log, slog.Default())
	e := &Engine{
		options: options,
		program: worker(options),
		slots:   semaphore.NewWeighted(int64(options.Workers)),
		running: make(chan struct{}),
	}
	e.life, e.end = context.WithCancel(context.Background())
	return e
}

func fill[T comparable](option *T, value T) {
	var zero T
	if *option == zero {
		*option = value
	}
}

// Info implements speech.Engine.
func (e *Engine) Info() speech.Info {
	return speech.Info{Name: "whisper " + e.options.Model, Model: e.options.Model, Languages: languages(e.options.Model), Workers: e.options.Workers}
}

// Ready implements speech.Engine: are the engine and its model installed, and
// did they not just fail to start?
func (e *Engine) Ready(context.Context) error {
	if e.life.Err() != nil {
		return errEnded
	}
	if err := e.program.present(); err != nil {
		return notReady(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rests()
}

// rests is why a start that failed is not repeated yet; the caller holds mu. A
// damaged model stays one until its files change.
func (e *Engine) rests() error {
	switch {
	case e.failure == nil:
		return nil
	case e.damage != "" && e.program.stamp() != e.damage:
		e.failure, e.damage = nil, ""
	case e.damage != "" || time.Since(e.failed) < restPeriod:
		return e.failure
	}
	return nil
}

var errEnded = fmt.Errorf("%w: talkit is ending", speech.ErrNotReady)

// notReady makes an error wrap speech.ErrNotReady and keeps its own words and
// kind.
func notReady(err error) error { return &notReadyError{err} }

type notReadyError struct{ error }

func (e *notReadyError) Unwrap() []error { return []error{e.error, speech.ErrNotReady} }

// Recognize implements speech.Engine.
func (e *Engine) Recognize(ctx context.Context, piece speech.Piece) (speech.Result, error) {
	r := request{Op: "recognize", PCM: piece.PCM, Language: piece.Language, Hints: piece.Hints}
	a, err := e.ask(ctx, r, way{urgent: piece.Urgent, alone: piece.Again})
	if err != nil {
		return speech.Result{}, err
	}
	return speech.Result{Language: a.Language, Segments: tidy(a.Segments, duration(piece.PCM))}, nil
}

// DetectLanguage implements speech.Engine.
func (e *Engine) DetectLanguage(ctx context.Context, pcm []byte) (string, float64, error) {
	a, err := e.ask(ctx, request{Op: "detect", PCM: pcm}, way{})
	if err != nil {
		return "", 0, err
	}
	return a.Language, within(a.Probability, 0, 1), nil
}

// submit hands a call to a process that is ready. A process can end for want
// of work just then, so it looks for the next one.
func (e *Engine) submit(ctx context.Context, c *call) error {
	for {
		p, err := e.ready(ctx)
		if err != nil {
			return err
		}
		err = p.submit(c)
		if !errors.Is(err, errGone) {
			return err
		}
	}
}

// ready returns a process that was ready a moment ago, starting one if need be.
func (e *Engine) ready(ctx context.Context) (*process, error) {
	select {
	case <-e.running: // not yet, where a server is still starting
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	p, err := e.current(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case <-p.ready:
		return p, nil
	case <-p.gone:
		if closed(p.ready) {
			return p, nil // it takes no call any more, submit sees to that
		}
		return nil, e.startFailed(p)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Warm starts the process where there is none, and has it wait as long as it
// does after a piece: sound is on its way. It waits for nothing.
func (e *Engine) Warm() {
	if !closed(e.running) {
		return
	}
	if p, err := e.current(context.Background()); err == nil {
		p.stay()
	}
}

// current returns the living process, or a new one.
func (e *Engine) current(ctx context.Context) (*process, error) {
	if err := e.Ready(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.life.Err() != nil {
		return nil, errEnded // Run has looked for a process already
	}
	if e.process == nil || e.process.ended() {
		e.process = start(e.life, e.program, e.options)
	}
	return e.process, nil
}

// startFailed remembers why a process went before it was ready.
func (e *Engine) startFailed(p *process) error {
	if e.life.Err() != nil {
		return errEnded
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	why := p.cause()
	if e.failed, e.damage = time.Now(), ""; talkit.KindOf(why) == talkit.Unavailable { // as install says it of files
		e.damage, e.failure = e.program.stamp(), notReady(fmt.Errorf("%w: %w", speech.ErrDamaged, why))
	} else {
		e.failure = notReady(fmt.Errorf("the speech engine does not start, `talkit engine install` may put it right: %w", why))
	}
	e.fault(e.failure)
	return e.failure
}

// Run implements speech.Engine. It returns nil when ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	e.begin.Do(func() { close(e.running) })
	<-ctx.Done()
	e.end()
	e.mu.Lock()
	p := e.process
	e.mu.Unlock()
	if p != nil {
		<-p.gone
	}
	return nil
}

// note keeps what a call tells of the engine.
func (e *Engine) note(c *call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.err != nil {
		e.fault(c.err)
		return
	}
	if c.request.Op == "recognize" {
		e.status.Sound += time.Duration(duration(c.request.PCM) * float64(time.Second))
		e.status.Busy += c.took
	}
}

// fault keeps the last thing that went wrong; the caller holds mu.
func (e *Engine) fault(err error) {
	if e.life.Err() != nil {
		return // an end is no fault
	}
	e.status.Fault, e.status.FaultOn = err.Error(), time.Now()
	if told, ok := errors.AsType[*talkit.Error](err); ok {
		e.status.Fault = told.Message
	}
}

// Status implements speech.Reporter.
func (e *Engine) Status() speech.Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	status, p := e.status, e.process
	if p == nil {
		return status
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	status.Loaded, status.InHand = closed(p.ready) && p.why == nil, len(p.calls)
	if p.device != "" {
		e.status.Device = p.device
		status.Device = p.device
	}
	return status
}
