package store_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// recognised is what workers did, seen after each commit.
type recognised struct {
	mu     sync.Mutex
	claims map[int64]int // piece → how often it was claimed
	ended  map[int64]int // run → how often FinishPiece said it has none left
}

// work claims and finishes pieces as a worker does, until there are none.
func (r *recognised) work(ctx context.Context, db *store.DB, job int64) error {
	for ; ; job += 1000 {
		var p store.ClaimedPiece
		err := db.InTx(ctx, func(tx *store.Tx) (err error) {
			p, err = tx.ClaimPiece(ctx, job, talkit.Now())
			return err
		})
		if talkit.IsNotFound(err) {
			has, err := db.HasQueuedPiece(ctx)
			if err != nil || !has {
				return err
			}
			runtime.Gosched() // others are just claiming what there is
			continue
		}
		if err != nil {
			return err
		}
		if err := r.finish(ctx, db, p, job); err != nil {
			return err
		}
	}
}

func (r *recognised) finish(ctx context.Context, db *store.DB, p store.ClaimedPiece, job int64) error {
	r.mu.Lock()
	r.claims[p.ID]++
	r.mu.Unlock()
	return db.InTx(ctx, func(tx *store.Tx) error {
		left, ok, err := tx.FinishPiece(ctx, p.Piece, job, 1)
		if err == nil && ok && left == 0 {
			tx.AfterCommit(func() {
				r.mu.Lock()
				r.ended[p.RunID]++
				r.mu.Unlock()
			})
		}
		return err
	})
}

// workers runs eight workers and returns what they did.
func workers(t *testing.T, db *store.DB, meanwhile func()) *recognised {
	r := &recognised{claims: map[int64]int{}, ended: map[int64]int{}}
	var all sync.WaitGroup
	for job := range int64(8) {
		all.Go(func() {
			if err := r.work(t.Context(), db, job+1); err != nil {
				t.Errorf("worker %d: %v", job, err)
			}
		})
	}
	meanwhile()
	all.Wait()
	return r
}

// TestClaimsAtOnce: eight workers claim every piece exactly once, and exactly
// one of them is told that a run has none left.
func TestClaimsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		runs := map[int64]int{}
		for range 3 {
			user := rows.User()
			runs[rows.Run(rows.Recording(user), 1, 2, 3, 4, 5, 6, 7, 8, 9).ID] = 1
			runs[rows.Run(rows.Recording(user), 3, 2, 1).ID] = 1
		}
		r := workers(t, db, func() {})
		same(t, "pieces claimed", len(r.claims), 3*12)
		for id, n := range r.claims {
			same(t, fmt.Sprintf("claims of piece %d", id), n, 1)
		}
		same(t, "runs that ended", r.ended, runs)
	})
}

// TestDeleteWhileRecognising deletes recordings in the middle of their runs:
// the workers go on with what is left, and nothing of the deleted stays.
func TestDeleteWhileRecognising(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		kept := map[int64]int{}
		var doomed []talkit.Recording
		for range 6 {
			rec := rows.Recording(user)
			doomed = append(doomed, rec)
			rows.Run(rec, 1, 2, 3, 4, 5, 6, 7, 8)
			kept[rows.Run(rows.Recording(user), 1, 2, 3, 4, 5, 6, 7, 8).ID] = 1
		}
		r := workers(t, db, func() {
			for _, rec := range doomed {
				do(t, db, func(ctx context.Context, tx *store.Tx) error {
					locked, err := tx.LockRecording(ctx, rec.ID)
					if err != nil {
						return err
					}
					return tx.DeleteRecording(ctx, locked)
				})
			}
		})
		for _, rec := range doomed {
			delete(r.ended, rec.Run.ID)
		}
		same(t, "runs that ended", r.ended, kept)
		same(t, "runs", countRows(t, db, "runs"), 6)
		same(t, "pieces", countRows(t, db, "pieces"), 6*8)
		same(t, "total", read(db.RecordingsOfUser(t.Context(), user.ID, talkit.Page{Limit: 1})).must(t).Total, 6)
	})
}
