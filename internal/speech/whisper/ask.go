package whisper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"talkit/internal/speech"
)

// way is how a call goes to the process.
type way struct {
	urgent bool
	alone  bool // with no other call in the process
}

// ask has a call answered. Calls share a process, so what brings it down fails
// them all: each of them is asked again alone, and what fails then is the
// piece's fault, unless the engine fails at known speech as well.
func (e *Engine) ask(ctx context.Context, r request, w way) (answer, error) {
	if err := check(r.PCM); err != nil {
		return answer{}, err
	}
	a, err := e.once(ctx, r, w)
	if died(err) && !w.alone {
		w.alone = true
		a, err = e.once(ctx, r, w)
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, speech.ErrNotReady) {
		return a, err
	}
	return answer{}, e.judge(ctx, err)
}

// died tells whether a call failed because its process ended.
func died(err error) bool {
	return errors.Is(err, errGone) || errors.Is(err, errHung) || errors.Is(err, errSilent) || errors.Is(err, errMemory)
}

// judgeTime is how long known speech may take.
const judgeTime = time.Minute

// judge tells whether a piece is at fault or the engine, by asking it about
// speech that it is known to do. The error wraps speech.ErrNotReady where the
// next piece would fare no better.
func (e *Engine) judge(ctx context.Context, why error) error {
	limited, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	known := request{Op: "recognize", PCM: speech.Sample, Language: "en"}
	_, err := e.once(limited, known, way{alone: true})
	if died(err) { // perhaps of the piece still, which it had just answered
		_, err = e.once(limited, known, way{alone: true})
	}
	switch {
	case err == nil:
		return why
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, speech.ErrNotReady):
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed, e.damage = time.Now(), ""
	e.failure = notReady(fmt.Errorf("the speech engine fails even at speech that it is known to do: %w", err))
	e.fault(e.failure)
	return e.failure
}

// once waits for a free worker, or for all of them, for a core, and for the answer.
func (e *Engine) once(ctx context.Context, r request, w way) (answer, error) {
	slots := int64(1)
	if w.alone {
		slots = int64(e.options.Workers)
	}
	if e.slots.Acquire(ctx, slots) != nil {
		return answer{}, context.Cause(ctx)
	}
	c := &call{request: r, answered: make(chan struct{}), release: func() { e.slots.Release(slots) }}
	if err := e.takeCore(ctx, w.urgent, c); err != nil {
		c.release()
		return answer{}, err
	}
	if err := e.submit(ctx, c); err != nil {
		c.release()
		return answer{}, err
	}
	// Where ctx ends first, the call keeps its slot until it is answered: its
	// worker is not free before.
	select {
	case <-c.answered:
		e.note(c)
		return c.answer, c.err
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	}
}

// takeCore makes a call give back its core with its slot.
func (e *Engine) takeCore(ctx context.Context, urgent bool, c *call) error {
	switch {
	case e.options.Cores == nil:
		return nil
	case e.options.Ahead:
		e.options.Cores.Spare()
		return nil
	}
	giveBack, err := e.options.Cores.Take(ctx, urgent)
	if err == nil {
		freeSlot := c.release
		c.release = func() { giveBack(); freeSlot() }
	}
	return err
}
