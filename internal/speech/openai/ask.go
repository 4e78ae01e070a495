package openai

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"talkit/internal/speech"
)

const (
	tries = 3
	// maxWait is how long a piece waits for a server that says when to come
	// again; longer, and the work is put aside until then.
	maxWait = 20 * time.Second
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
		began := time.Now()
		a, f := e.send(ctx, r, used, sound)
		switch {
		case f == nil:
			e.found()
			e.state.heard(r.pcm, time.Since(began))
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
		}
		e.state.failed(f.err)
		switch {
		case f.what == unfit, f.what == setup:
			return answer{}, e.away(f, max(f.after, 4*e.options.Rest))
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

// judge tells whether a piece is at fault or the server: by asking about speech
// that any server can recognise. A piece that is at fault must not wait for
// ever, and one that is not must not be left out.
func (e *Engine) judge(ctx context.Context, f *fault) error {
	if f.what == busy {
		return e.away(f, max(f.after, e.options.Rest))
	}
	why := e.probe(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case e.life.Err() != nil:
		return errEnded
	case why == nil:
		return f.err
	case why.what == refused && e.state.hasHeard():
		return f.err // it may want longer sound, or another language: what it takes it has shown
	}
	return e.away(why, max(f.after, why.after))
}

// probeTime is short: whoever waits for the answer waits for no text.
const probeTime = time.Minute

// probe asks about a sample of speech, as simply as can be.
func (e *Engine) probe(ctx context.Context) *fault {
	r := request{model: e.model, pcm: speech.Sample, within: min(e.options.Timeout, probeTime)}
	a, f := e.send(ctx, r, plain, listen(speech.Sample))
	if f == nil && len(a.segments) == 0 {
		return &fault{what: unfit, err: fmt.Errorf("the speech server at %s hears nothing in a sample of speech with the model %s: does it transcribe?", e.Place(), e.model)}
	}
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
	server, own := e.rest.end(), e.own.end()
	if server || own {
		e.options.Log.Info("speech server works again", "model", e.model)
	}
}

// away leaves the server alone for a while, or this model where it may be that
// alone.
func (e *Engine) away(f *fault, least time.Duration) error {
	e.state.failed(f.err)
	r := &e.own
	if f.what.ofServer() {
		r = &e.rest
	}
	began, failure := r.begin(f.err, e.options.Rest, least)
	if began > 0 {
		e.options.Log.Warn("speech server is away", "model", e.model, "error", f.err, "again_in", began.String())
	}
	return failure
}
