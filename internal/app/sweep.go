package app

import (
	"context"
	"time"

	"talkit"
	"talkit/internal/store"
)

// loosen leaves a blob to the sweep, in the transaction that lets go of it.
func (a *App) loosen(ctx context.Context, tx *store.Tx, key string) error {
	if key == "" {
		return nil
	}
	tx.EnqueueOnce(talkit.SweepJob{})
	return tx.AddLooseBlob(ctx, key, talkit.Now())
}

// sweepBatch is how many blobs are swept before the database is asked again.
const sweepBatch = 100

// keptAnswers is how long answers are kept for Idempotency-Key.
const keptAnswers = 24 * time.Hour

// forgetFailures is how long wrong passwords count.
const forgetFailures = 24 * time.Hour

// Sweep clears away what is over: sessions, links, uploads, sound, blobs, kept
// answers. What plugins read goes into the audit log.
func (a *App) Sweep(ctx context.Context) error {
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		now := talkit.Now()
		if err := tx.DropExpired(ctx, now, now.Add(-forgetFailures)); err != nil {
			return err
		}
		return tx.DropAnswersBefore(ctx, now.Add(-keptAnswers))
	})
	if err == nil {
		err = a.sweepUploads(ctx)
	}
	if err == nil {
		err = a.letGo(ctx)
	}
	if err == nil {
		err = a.auditReads(ctx)
	}
	if err != nil {
		return err
	}
	for {
		keys, err := a.DB.LooseBlobs(ctx, talkit.Now(), sweepBatch)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			if err := a.sweepBlob(ctx, key); err != nil {
				return err
			}
		}
	}
}

// sweepBlob deletes the bytes before the row that knows of them.
func (a *App) sweepBlob(ctx context.Context, key string) error {
	if err := a.Blobs.Delete(ctx, key); err != nil {
		return err
	}
	err := a.DB.InTx(ctx, func(tx *store.Tx) error { return tx.RemoveLooseBlob(ctx, key) })
	if talkit.IsNotFound(err) { // another sweep was quicker
		return nil
	}
	return err
}
