package app

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
)

// This file holds what the steps of a run do to the database. Any step may run
// twice or be cut anywhere: each ends in a compare-and-set on our own rows.

// ClaimRun gives a job a queued run to decode, none that is left out. Missing says
// there is none; busy that there is one, which others were just claiming, or is
// left out.
func (a *App) ClaimRun(ctx context.Context, jobID int64, leave store.LeaveOut) (runID int64, busy bool, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		runID, err = tx.ClaimRun(ctx, jobID, leave, talkit.Now())
		return err
	})
	if talkit.IsNotFound(err) {
		queued, failed := a.DB.HasQueuedRun(ctx)
		if failed != nil {
			return 0, false, failed
		}
		return 0, queued, err
	}
	return runID, false, err
}

// ReleaseRun gives a job's run back, for others to decode.
func (a *App) ReleaseRun(ctx context.Context, runID, jobID int64) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error { return tx.ReleaseRun(ctx, runID, jobID) })
}

// RunToPrepare reads a queued run and its recording; Missing when it is not
// wanted any more, or done already.
func (a *App) RunToPrepare(ctx context.Context, runID int64) (talkit.Recording, talkit.Run, error) {
	r, err := a.DB.RecordingOfRun(ctx, runID)
	if err != nil {
		return r, talkit.Run{}, err
	}
	run := *runOf(&r, runID)
	if run.Status != talkit.RunQueued {
		return r, run, talkit.Missing("run")
	}
	return r, run, nil
}

// runOf is the run of r with an id: its latest, or the one that turns it into
// text again.
func runOf(r *talkit.Recording, runID int64) *talkit.Run {
	if r.Again.ID == runID {
		return &r.Again
	}
	return &r.Run
}

// renews tells whether run turns r into text again.
func renews(r *talkit.Recording, run *talkit.Run) bool { return run == &r.Again }

// StoreWork streams decoded sound to storage, to be read piece by piece.
func (a *App) StoreWork(ctx context.Context, from io.Reader) (key string, err error) {
	key = blob.NewKey()
	_, err = a.storeLoose(ctx, key, from)
	return key, err
}

// Prepared is what decoding a run's sound gave.
type Prepared struct {
	WorkKey  string
	Duration time.Duration
	Pieces   []talkit.Piece
	Peaks    []byte // of the waveform
	Channels int    // of the sound: 2 where it is stereo
	Apart    bool   // each channel holds speech of its own
	Engine   string
	ByHand   bool // a person writes the text
}

// Prepare starts a run on its pieces. Where the run is not wanted any more, its
// recording erased meanwhile, the decoded sound goes at once.
func (a *App) Prepare(ctx context.Context, runID int64, p Prepared) error {
	wanted := false
	err := a.stepRun(ctx, runID, talkit.RunQueued, func(tx *store.Tx, r *talkit.Recording, run *talkit.Run) error {
		tx.AfterCommit(func() { wanted = true })
		return a.prepare(ctx, tx, r, run, p)
	})
	if err != nil || wanted {
		return err
	}
	return a.DropUpload(ctx, Upload{Key: p.WorkKey})
}

func (a *App) prepare(ctx context.Context, tx *store.Tx, r *talkit.Recording, run *talkit.Run, p Prepared) error {
	if err := tx.RemoveLooseBlob(ctx, p.WorkKey); err != nil {
		return err
	}
	if len(p.Peaks) > 0 {
		if err := tx.SetPeaks(ctx, r.ID, p.Peaks); err != nil {
			return err
		}
	}
	now := talkit.Now()
	r.Audio.DurationMS = p.Duration.Milliseconds()
	run.Status, run.StartedOn, run.Engine = talkit.RunRunning, now, p.Engine
	if !renews(r, run) {
		r.WaitingFor, r.Status = talkit.WaitingForNothing, talkit.RecordingProcessing
	}
	if p.ByHand {
		return a.leaveToPerson(ctx, tx, r, run, p)
	}
	run.WorkKey, run.WorkChannels, run.ChannelsApart = p.WorkKey, max(1, p.Channels), p.Apart
	if len(p.Pieces) == 0 {
		tx.Enqueue(talkit.FinishJob{RunID: run.ID})
	}
	for range p.Pieces {
		tx.Enqueue(talkit.PieceJob{})
	}
	return tx.AddPieces(ctx, run.ID, r.UserID, p.Pieces)
}

// leaveToPerson ends a run whose text a person writes; one that has a text
// already keeps it.
func (a *App) leaveToPerson(ctx context.Context, tx *store.Tx, r *talkit.Recording, run *talkit.Run, p Prepared) error {
	run.Status, run.CompletedOn = talkit.RunCompleted, talkit.Now()
	if renews(r, run) {
		run.Status, run.Error = talkit.RunFailed, byHand
	} else {
		r.Status, r.WaitingFor = talkit.RecordingReview, talkit.WaitingForReview
	}
	return a.loosen(ctx, tx, p.WorkKey)
}

// stepRun takes a run on from a status, with its recording, if it is still
// there and wanted. A completed one that turned it into text again becomes the
// one that its text is of.
func (a *App) stepRun(ctx context.Context, runID int64, from talkit.RunStatus, step func(*store.Tx, *talkit.Recording, *talkit.Run) error) error {
	known, err := a.DB.Run(ctx, runID)
	if err != nil {
		return ignoreMissing(err)
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		r, err := tx.LockRecording(ctx, known.RecordingID)
		if err != nil {
			return err
		}
		run := runOf(&r, runID)
		if run.ID != runID || run.Status != from {
			return talkit.Missing("run")
		}
		if err := step(tx, &r, run); err != nil {
			return err
		}
		if _, err := tx.SetRun(ctx, *run, from); err != nil {
			return err
		}
		if renews(&r, run) && run.Status == talkit.RunCompleted && run.Error == "" { // else its text is kept back
			if err := tx.TakeAgain(ctx, &r); err != nil {
				return err
			}
		}
		r.UpdatedOn = talkit.Now()
		tx.AfterCommit(func() { a.Changes.notify(r.UserID, r.ID) })
		return tx.SetRecording(ctx, r)
	})
	return ignoreMissing(err)
}

// ignoreMissing: what is gone, or was done by another, is no error of a step.
func ignoreMissing(err error) error {
	if talkit.IsNotFound(err) {
		return nil
	}
	return err
}

// ClaimPiece gives a job a piece, none of the models that are away. Missing says
// there is none; busy that there is one, which others were just claiming, or of
// those models.
func (a *App) ClaimPiece(ctx context.Context, jobID int64, away ...string) (piece store.ClaimedPiece, busy bool, err error) {
	var none error // what the job gave back stays so
	err = a.DB.InTx(ctx, func(tx *store.Tx) (err error) {
		piece, err = tx.ClaimPiece(ctx, jobID, talkit.Now(), away...)
		if none = nil; talkit.IsNotFound(err) {
			none, err = err, nil
		}
		return err
	})
	if err != nil || none == nil {
		return piece, false, err
	}
	queued, err := a.DB.HasQueuedPiece(ctx)
	return piece, queued, cmp.Or(err, none)
}

// KeepLanguage keeps the language found on the first speech of a run, and
// returns the one that holds for all its pieces.
func (a *App) KeepLanguage(ctx context.Context, runID int64, language string) (kept string, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		kept, err = tx.SetRunLanguage(ctx, runID, language)
		return err
	})
	return kept, err
}

// FinishPiece keeps what was heard in a piece; the last one finishes the run.
func (a *App) FinishPiece(ctx context.Context, p store.ClaimedPiece, jobID int64, heard talkit.Segments) error {
	p.Segments = heard
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		// Progress is a change too, which those who watch from other machines
		// find by its time.
		if err := tx.TouchRecording(ctx, p.RecordingID, talkit.Now()); err != nil {
			return ignoreMissing(err)
		}
		left, mine, err := tx.FinishPiece(ctx, p.Piece, jobID, talkit.Now())
		if err != nil || !mine {
			return err
		}
		if left == 0 {
			tx.Enqueue(talkit.FinishJob{RunID: p.RunID})
		}
		tx.AfterCommit(func() { a.Changes.notify(p.UserID, p.RecordingID) })
		return nil
	})
}

// PieceFailed counts a failed try at a piece; after one too many it is left
// out, marked in the text. It tells whether the piece is to be tried again.
func (a *App) PieceFailed(ctx context.Context, p store.ClaimedPiece, jobID int64) (again bool, err error) {
	var attempts int
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		attempts, err = tx.CountPieceAttempt(ctx, p.ID, jobID)
		return err
	})
	if err != nil {
		return false, ignoreMissing(err)
	}
	if attempts < talkit.MaxPieceAttempts {
		return true, nil
	}
	p.LeftOut = true
	return false, a.FinishPiece(ctx, p, jobID, talkit.NotHeard(p.Place()))
}

// nothingHeard is why a run failed whose pieces were all left out.
const nothingHeard = "The speech engine failed several times on all of this recording. " +
	"The sound is kept; try again, and if it fails again ask the operator to run talkit doctor."

func allLeftOut(pieces []talkit.Piece) bool {
	return len(pieces) > 0 && !slices.ContainsFunc(pieces, func(p talkit.Piece) bool { return !p.LeftOut })
}

// written is a run's text as its person writes it.
type written struct {
	segments talkit.Segments
	review   bool // they want to read it before it is released
}

// written is no part of the transaction that keeps it: a day of speech takes a
// while to look through.
func (a *App) written(ctx context.Context, run talkit.Run, heard talkit.Segments) (w written, err error) {
	owner, err := a.DB.User(ctx, run.UserID)
	if err != nil {
		return w, err
	}
	rules, err := a.wordingOf(ctx, owner)
	w.segments = rules.Apply(heard, run.Language)
	w.review = owner.Reviews(heard)
	return w, err
}

// mostOfPiece is about how long a piece is where a recording has many.
const mostOfPiece = 30 * time.Second

// FinishRun keeps the joined text of a run as a revision, and publishes it
// unless the person wants to read it first.
func (a *App) FinishRun(ctx context.Context, runID int64, join func([]talkit.Piece) talkit.Segments) error {
	run, err := a.DB.Run(ctx, runID)
	if err == nil {
		err = a.longTexts.hold(ctx, time.Duration(run.Pieces)*mostOfPiece)
	}
	if err != nil {
		return ignoreMissing(err)
	}
	pieces, err := a.DB.Pieces(ctx, runID)
	if err != nil {
		return err
	}
	if allLeftOut(pieces) {
		return a.FailRun(ctx, runID, nothingHeard)
	}
	w, err := a.written(ctx, run, join(pieces))
	if err != nil {
		return ignoreMissing(err)
	}
	return a.stepRun(ctx, runID, talkit.RunRunning, func(tx *store.Tx, r *talkit.Recording, run *talkit.Run) error {
		v := talkit.Revision{RecordingID: r.ID, RunID: &runID, Text: w.segments.Text(), Segments: w.segments, CreatedOn: talkit.Now()}
		if err := a.endRun(ctx, tx, run, talkit.RunCompleted); err != nil {
			return err
		}
		if renews(r, run) && w.review && r.TranscriptID != nil {
			return a.keepBack(ctx, tx, *r, run, v)
		}
		if renews(r, run) {
			return a.renew(ctx, tx, *r, v)
		}
		if err := tx.AddRevision(ctx, &v); err != nil {
			return err
		}
		if w.review {
			r.Status, r.WaitingFor = talkit.RecordingReview, talkit.WaitingForReview
			return nil
		}
		if err := a.publish(ctx, tx, r, v); err != nil {
			return err
		}
		return a.audit(ctx, tx, theServer, "transcript.released", "recording", r.ID, "")
	})
}

func (a *App) endRun(ctx context.Context, tx *store.Tx, run *talkit.Run, status talkit.RunStatus) error {
	key := run.WorkKey
	run.Status, run.CompletedOn, run.WorkKey = status, talkit.Now(), ""
	if err := tx.DropPieces(ctx, run.ID); err != nil {
		return err
	}
	return a.loosen(ctx, tx, key)
}

// FailRun ends a run with words for the person, and its recording unless that
// has a text. The sound is kept.
func (a *App) FailRun(ctx context.Context, runID int64, words string) error {
	run, err := a.DB.Run(ctx, runID)
	if err != nil || run.Status == talkit.RunCompleted || run.Status == talkit.RunFailed {
		return ignoreMissing(err)
	}
	return a.stepRun(ctx, runID, run.Status, func(tx *store.Tx, r *talkit.Recording, run *talkit.Run) error {
		run.Error = words
		if !renews(r, run) {
			r.Status, r.Error, r.WaitingFor = talkit.RecordingFailed, words, talkit.WaitingForNothing
		}
		return a.endRun(ctx, tx, run, talkit.RunFailed)
	})
}
