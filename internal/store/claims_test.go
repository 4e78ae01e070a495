package store_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

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

// claimRun claims a run for a job at a time.
func claimRun(t *testing.T, db *store.DB, job int64, now talkit.Time, leave store.LeaveOut) answer[int64] {
	t.Helper()
	return returning(t, db, func(ctx context.Context, tx *store.Tx) (int64, error) { return tx.ClaimRun(ctx, job, leave, now) })
}

// queued adds a recording of so many seconds, whose run asks for a model.
func queued(t *testing.T, db *store.DB, user talkit.User, seconds int64, model string) talkit.Recording {
	t.Helper()
	r := storetest.NewRecording(user)
	r.Audio.DurationMS, r.Run.Model = seconds*1000, model
	do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRecording(ctx, &r) })
	return r
}

// TestDecodesAreFair: of two users the one served longest ago is next, and then
// the shortest sound, whoever sent how much before.
func TestDecodesAreFair(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		busy, brief := rows.User(), rows.User()
		names := map[int64]string{}
		for i, seconds := range []int64{36000, 60, 30, 40} {
			names[queued(t, db, busy, seconds, "").Run.ID] = fmt.Sprint("busy", i)
		}
		var order []string
		take := func(leave store.LeaveOut) {
			at := int64(len(order) + 1)
			order = append(order, names[claimRun(t, db, at, talkit.Time(at), leave).must(t)])
		}
		take(store.LeaveOut{})
		names[queued(t, db, brief, 10, "").Run.ID] = "note"
		for range 3 {
			take(store.LeaveOut{})
		}
		same(t, "order of claims", strings.Join(order, " "), "busy2 note busy3 busy1")
		claimRun(t, db, 9, 9, store.LeaveOut{Longer: time.Hour}).fails(t, "but for long ones", talkit.NotFound)
		read(db.HasQueuedRun(t.Context())).is(t, "has any left", true)
		take(store.LeaveOut{Longer: 24 * time.Hour})
		same(t, "the long one", order[4], "busy0")
		read(db.HasQueuedRun(t.Context())).is(t, "has any in the end", false)
		claimRun(t, db, 9, 9, store.LeaveOut{}).fails(t, "when all is claimed", talkit.NotFound)
	})
}

// TestAHeldRun: a job that is run again takes up what it had claimed, until that
// is decoded or given back.
func TestAHeldRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		user := storetest.RowsOf(t, db).User()
		first, second := queued(t, db, user, 1, "").Run, queued(t, db, user, 2, "").Run
		claimRun(t, db, 7, 1, store.LeaveOut{}).is(t, "claimed", first.ID)
		claimRun(t, db, 7, 2, store.LeaveOut{}).is(t, "the claim it held", first.ID)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.ReleaseRun(ctx, first.ID, 8) })
		claimRun(t, db, 7, 3, store.LeaveOut{}).is(t, "released by another", first.ID)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.ReleaseRun(ctx, first.ID, 7) })
		claimRun(t, db, 8, 4, store.LeaveOut{}).is(t, "claimed by another", first.ID)
		first.Status = talkit.RunRunning
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.SetRun(ctx, first, talkit.RunQueued)
			return err
		})
		claimRun(t, db, 8, 5, store.LeaveOut{}).is(t, "once it was decoded", second.ID)
	})
}

// TestClaimsLeaveModelsOut: work for an engine that is away is left, and given
// back by the job that held it; other models' goes on.
func TestClaimsLeaveModelsOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		small, base := queued(t, db, user, 1, "small"), queued(t, db, user, 2, "")
		claimRun(t, db, 1, 1, store.LeaveOut{Models: []string{"small", "tiny"}}).is(t, "the first that can be decoded", base.Run.ID)
		claimRun(t, db, 2, 1, store.LeaveOut{Models: []string{"small"}}).fails(t, "the other", talkit.NotFound)
		rows.Run(small, 10)
		rows.Run(base, 20)
		away := func(job int64, models ...string) answer[int64] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (int64, error) {
				p, err := tx.ClaimPiece(ctx, job, 1, models...)
				return p.RunID, err
			})
		}
		away(1).is(t, "one piece", small.Run.ID)
		away(1, "small").is(t, "another, when its engine went", base.Run.ID)
		away(2, "small").fails(t, "none of it", talkit.NotFound)
		away(2, "").is(t, "the piece that was given back", small.Run.ID)
		read(db.HasQueuedPiece(t.Context())).is(t, "has any left", false)
	})
}

// TestRunsClaimedAtOnce: eight workers claim every run once.
func TestRunsClaimedAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		users := []talkit.User{rows.User(), rows.User(), rows.User()}
		for i := range 24 {
			queued(t, db, users[i%3], int64(i), "")
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		claimed := map[int64]int{}
		for worker := range int64(8) {
			all.Go(func() {
				for job := worker; ; job += 8 {
					var id int64
					err := db.InTx(t.Context(), func(tx *store.Tx) (err error) {
						id, err = tx.ClaimRun(t.Context(), job+1, store.LeaveOut{}, talkit.Now())
						return err
					})
					if has, failed := db.HasQueuedRun(t.Context()); talkit.IsNotFound(err) && failed == nil && has {
						runtime.Gosched() // others are just claiming what there is
						continue
					}
					if talkit.IsNotFound(err) {
						return
					}
					if err != nil {
						t.Errorf("worker %d: %v", worker, err)
						return
					}
					mu.Lock()
					claimed[id]++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		same(t, "runs claimed", len(claimed), 24)
		for id, n := range claimed {
			same(t, fmt.Sprintf("claims of run %d", id), n, 1)
		}
	})
}
