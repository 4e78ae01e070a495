package jobs

import (
	"context"
	"slices"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/transcribe"
)

// A worker that may take nothing of what waits keeps its place for a while and
// looks again: the jobs of thousands of pieces whose engine is away would stir
// the queue all the time.
const (
	nextLook = 250 * time.Millisecond
	nextHold = 5 * time.Second // then it makes room, also for the stop
)

// next calls claim until there is something or nothing is left; then it returns
// Missing. busy says that something is left which cannot be had right now.
func next(ctx context.Context, claim func() (busy bool, err error)) error {
	for began := time.Now(); ; {
		busy, err := claim()
		if !busy || !talkit.IsNotFound(err) {
			return err
		}
		if time.Since(began) > nextHold {
			return Snooze(0)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(nextLook):
		}
	}
}

// nextPiece is the piece that a job held, or the fairest next of those whose
// model has an engine now. Missing says that none is left.
func (w *Work) nextPiece(ctx context.Context, jobID int64) (p store.ClaimedPiece, err error) {
	err = next(ctx, func() (busy bool, err error) {
		away, err := w.modelsAway(ctx)
		if err != nil {
			return false, err
		}
		p, busy, err = w.App.ClaimPiece(ctx, jobID, away...)
		return busy, err
	})
	return p, err
}

// modelsAway are the models that are needed and have no engine now. One that
// does not exist is none of them: whoever takes up its work says so.
func (w *Work) modelsAway(ctx context.Context) ([]string, error) {
	return w.App.ModelsAway(ctx, func(model string) bool {
		engine, err := w.Engines.For(model)
		return err == nil && engine.Ready(ctx) == nil || err != nil && !transcribe.EngineAway(err)
	})
}

// nextRun is the run that a job held, or the fairest next to be decoded. Missing
// says that none is left. done is called once it is decoded.
func (w *Work) nextRun(ctx context.Context, jobID int64) (runID int64, done func(), err error) {
	err = next(ctx, func() (busy bool, err error) {
		away, err := w.modelsAway(ctx)
		if err != nil {
			return false, err
		}
		runID, done, busy, err = w.claimRun(ctx, jobID, away)
		return busy, err
	})
	return runID, done, err
}

// claimRun claims one run; a long one only while no other is decoded, so that
// short ones find a free worker.
func (w *Work) claimRun(ctx context.Context, jobID int64, away []string) (runID int64, done func(), busy bool, err error) {
	w.claims.Lock()
	defer w.claims.Unlock()
	leave := store.LeaveOut{Models: away}
	if w.long {
		leave.Longer = longSound
	}
	if runID, busy, err = w.App.ClaimRun(ctx, jobID, leave); err != nil {
		return 0, nil, busy, err
	}
	r, run, err := w.App.RunToPrepare(ctx, runID)
	if err != nil {
		return 0, nil, false, err
	}
	long := r.Audio.Expected() > longSound
	if long && w.long || slices.Contains(away, run.Model) { // the job had claimed it before
		if err := w.App.ReleaseRun(ctx, runID, jobID); err != nil {
			return 0, nil, false, err
		}
		return 0, nil, true, talkit.Missing("run")
	}
	if !long {
		return runID, func() {}, false, nil
	}
	w.long = true
	return runID, func() {
		w.claims.Lock()
		defer w.claims.Unlock()
		w.long = false
	}, false, nil
}
