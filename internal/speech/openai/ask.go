package openai

import (
	"context"
	"math/rand/v2"
	"time"

	"talkit/internal/speech"
)

const (
	tries = 3
	// maxWait is how long a piece waits for a server that says when to come
	// again; longer, and the work is put aside until then.
	maxWait = 20 * time.Second
	maxRest = 10 * time.Minute
)

// ask gets an answer about a piece, trying again where that may help. Its
// error wraps speech.ErrNotReady where the next piece would fare no better.
func (e *Engine) ask(ctx context.Context, r request, sound levels) (answer, error) {
	for try := 1; ; {
		if err := e.waitHold(ctx); err != nil {
			return answer{}, err
		}
		if err := e.Ready(ctx); err != nil {
			return answer{}, err
		}
		used := form(e.form.Load())
		a, f := e.send(ctx, r, used, sound)
		switch {
		case f == nil:
			e.found()
			if a.language == "" {
				a.language = r.language
			}
			return a, nil
		case ctx.Err() != nil:
			return answer{}, context.Cause(ctx)
		case e.life.Err() != nil:
			return answer{}, errEnded
		case f.what == refused && e.simplify(&r, used, f.field):
			continue // it takes less than we asked for
		case f.what == setup:
			return answer{}, e.away(f.err, max(f.after, 4*e.options.Rest))
		case f.what > busy, try == tries, f.after > maxWait:
			return answer{}, e.judge(ctx, f)
		}
		e.options.Log.WarnContext(ctx, "speech server asked again", "try", try, "error", f.err)
		pause := e.options.Pause << (try - 1)
		e.leaveAlone(f, max(f.after, pause/2+rand.N(pause)))
		if f.what != busy {
			if err := sleep(ctx, pause/2+rand.N(pause)); err != nil {
				return answer{}, err
			}
		}
		try++
	}
}

// leaveAlone keeps all pieces from a server that asked for it.
func (e *Engine) leaveAlone(f *fault, pause time.Duration) {
	if f.what != busy && f.after == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if until := time.Now().Add(pause); until.After(e.hold) {
		e.hold = until
	}
}

func (e *Engine) waitHold(ctx context.Context) error {
	e.mu.Lock()
	pause := time.Until(e.hold)
	e.mu.Unlock()
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

// simplify leaves out what the server does not take: for good where that is a
// form of answer, for this piece where it is what goes with it.
func (e *Engine) simplify(r *request, used form, field string) bool {
	next := used
	switch {
	case field == "language" && r.language != "":
		r.language = ""
		return true
	case field == "prompt" && r.prompt != "":
		r.prompt = ""
		return true
	case field == "timestamp_granularities" && used < withSegments:
		next = withSegments
	case (field == "response_format" || field == "verbose_json" || field == "timestamp_granularities") && used < plain:
		next = plain
	default:
		return false
	}
	e.form.CompareAndSwap(int32(used), int32(next))
	return true
}

// judge tells whether a piece is at fault or the server: by asking about a
// second of silence, which any server can do that does anything. A piece that
// is at fault must not wait for ever, and one that is not must not be left out.
func (e *Engine) judge(ctx context.Context, f *fault) error {
	if f.what == busy {
		return e.away(f.err, max(f.after, e.options.Rest))
	}
	why := e.probe(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case e.life.Err() != nil:
		return errEnded
	case why != nil:
		return e.away(why.err, max(f.after, why.after))
	}
	return f.err
}

// probe asks about a second of silence, as simply as can be.
func (e *Engine) probe(ctx context.Context) *fault {
	ctx, cancel := context.WithTimeout(ctx, min(e.options.Timeout, time.Minute))
	defer cancel()
	_, f := e.send(ctx, request{model: e.options.Model, pcm: make([]byte, bytesPerSecond)}, plain, nil)
	return f
}

// Check asks the server whether it transcribes, and says in words why not. It
// needs no Run.
func (e *Engine) Check(ctx context.Context) error {
	if f := e.probe(ctx); f != nil {
		return f.err
	}
	return nil
}

// found forgets that the server was away.
func (e *Engine) found() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		e.options.Log.Info("speech server works again")
	}
	e.failure, e.rest = nil, 0
}

// away leaves the server alone for a while, each time for longer.
func (e *Engine) away(why error, least time.Duration) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if e.failure == nil || now.After(e.until) { // else another piece has just found out
		e.rest = min(max(2*e.rest, e.options.Rest, least), max(maxRest, least))
		e.until = now.Add(e.rest)
		e.options.Log.Warn("speech server is away", "error", why, "again_in", e.rest.String())
	}
	e.failure = notReady(why)
	return e.failure
}

// notReady makes an error wrap speech.ErrNotReady and keeps its own words.
func notReady(err error) error { return &notReadyError{err} }

type notReadyError struct{ error }

func (e *notReadyError) Unwrap() []error { return []error{e.error, speech.ErrNotReady} }
