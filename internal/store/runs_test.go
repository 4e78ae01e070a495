package store_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// claim claims a piece for a job at a time.
func claim(t *testing.T, db *store.DB, job int64, now talkit.Time) answer[store.ClaimedPiece] {
	t.Helper()
	return returning(t, db, func(ctx context.Context, tx *store.Tx) (store.ClaimedPiece, error) {
		return tx.ClaimPiece(ctx, job, now)
	})
}

// finished is what FinishPiece says.
type finished struct {
	Left int
	OK   bool
}

// finishPiece ends a piece for a job.
func finishPiece(t *testing.T, db *store.DB, p talkit.Piece, job int64) answer[finished] {
	t.Helper()
	return returning(t, db, func(ctx context.Context, tx *store.Tx) (finished, error) {
		left, ok, err := tx.FinishPiece(ctx, p, job, 1)
		return finished{left, ok}, err
	})
}

func TestPieces(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		r := rows.Recording(rows.User())
		read(db.HasQueuedPiece(ctx)).is(t, "has any to begin with", false)
		claim(t, db, 1, 1).fails(t, "none to claim", talkit.NotFound)
		run := rows.Run(r, 10, 20)
		read(db.Run(ctx, run.ID)).is(t, "run", run)
		read(db.HasQueuedPiece(ctx)).is(t, "has any", true)

		p := claim(t, db, 7, 1).must(t)
		want := store.ClaimedPiece{RecordingID: r.ID, UserID: r.UserID, WorkKey: run.WorkKey, WorkChannels: 1, Piece: talkit.Piece{
			ID: p.ID, RunID: run.ID, Number: 1, Start: 10, End: 30, Status: talkit.PieceRunning, ClaimedBy: 7}}
		same(t, "claimed", p, want)
		claim(t, db, 7, 2).is(t, "the claim it held", want)

		p.Segments = talkit.Segments{{Start: 0.5, End: 1, Text: " Hé 🎤", Words: []talkit.Word{{Word: " Hé", Start: 0.5, End: 1, Probability: 0.25}}}}
		finishPiece(t, db, p.Piece, 8).is(t, "finished by another job", finished{})
		finishPiece(t, db, p.Piece, 7).is(t, "finished", finished{1, true})
		finishPiece(t, db, p.Piece, 7).is(t, "finished again", finished{})
		q := claim(t, db, 7, 3).must(t)
		same(t, "next", q.Number, 0)
		read(db.HasQueuedPiece(ctx)).is(t, "has any that nobody claimed", false)
		finishPiece(t, db, q.Piece, 7).is(t, "finished the last", finished{0, true})

		all := read(db.Pieces(ctx, run.ID)).must(t)
		same(t, "pieces", all, []talkit.Piece{
			{ID: q.ID, RunID: run.ID, Number: 0, Start: 0, End: 10, Status: talkit.PieceDone, Segments: talkit.Segments{}},
			{ID: p.ID, RunID: run.ID, Number: 1, Start: 10, End: 30, Status: talkit.PieceDone, Segments: p.Segments}})
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DropPieces(ctx, run.ID) })
		read(db.Pieces(ctx, run.ID)).is(t, "dropped", []talkit.Piece{})
	})
}

// TestClaimsAreFair: of two users the one served longest ago is next, then
// the run with least left, then its longest piece.
func TestClaimsAreFair(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		busy, brief := rows.User(), rows.User()
		hour := rows.Run(rows.Recording(busy), 30, 50, 40, 50)
		note := rows.Run(rows.Recording(busy), 5)
		names := map[int64]string{hour.ID: "hour", note.ID: "note"}
		var order []string
		take := func(n int) {
			for range n {
				at := len(order) + 1
				p := claim(t, db, int64(at), talkit.Time(at)).must(t)
				order = append(order, fmt.Sprint(names[p.RunID], p.Number))
			}
		}
		take(2)
		memo := rows.Run(rows.Recording(brief), 1, 2)
		names[memo.ID] = "memo"
		take(5)
		same(t, "order of claims", strings.Join(order, " "), "note0 hour1 memo1 hour3 memo0 hour2 hour0")
		claim(t, db, 99, 99).fails(t, "when all is claimed", talkit.NotFound)
	})
}

// TestClaimsOfEndedRuns: what is left of a run that failed is not claimed.
func TestClaimsOfEndedRuns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		failed, other := rows.Run(rows.Recording(user), 10, 20), rows.Run(rows.Recording(user), 10, 20, 30)
		held := claim(t, db, 1, 1).must(t)
		same(t, "claimed first", held.RunID, failed.ID)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DropPieces(ctx, failed.ID) })
		finishPiece(t, db, held.Piece, 1).is(t, "finished after the end", finished{})
		same(t, "claimed next", claim(t, db, 1, 2).must(t).RunID, other.ID)
	})
}

func TestCountPieceAttempt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		rows.Run(rows.Recording(rows.User()), 10)
		p := claim(t, db, 1, 1).must(t)
		count := func(job int64) answer[int] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (int, error) { return tx.CountPieceAttempt(ctx, p.ID, job) })
		}
		count(1).is(t, "first", 1)
		count(1).is(t, "second", 2)
		count(2).fails(t, "by another job", talkit.NotFound)
		same(t, "attempts of the claim", claim(t, db, 1, 2).must(t).Attempts, 2)
		finishPiece(t, db, p.Piece, 1).is(t, "finish", finished{0, true})
		count(1).fails(t, "after the end", talkit.NotFound)
	})
}

// TestPace: how long is left follows the time that pieces take, slow ones too,
// and is not known while the engine is away. That time is nobody's pace.
func TestPace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		r := rows.Recording(rows.User())
		rows.Run(r, make([]int64, 20)...)
		now, job := talkit.Now(), int64(0)
		after := func(wait time.Duration) {
			now, job = now.Add(wait), job+1
			p := claim(t, db, job, now).must(t)
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, _, err := tx.FinishPiece(ctx, p.Piece, job, now)
				return err
			})
		}
		left := func(what string, want float64) {
			t.Helper()
			run := read(db.Recording(t.Context(), r.ID)).must(t).Run
			seconds, known := run.SecondsLeft()
			if known != (want > 0) || math.Abs(seconds-want) > 1 {
				t.Errorf("%s: %v s are left, %v; want %v", what, seconds, known, want)
			}
		}
		stands := func(what talkit.WaitingFor) {
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.SetWaiting(ctx, r.ID, what, now)
				return err
			})
		}
		after(0)
		left("after one", 0)
		after(10 * time.Second)
		after(10 * time.Second)
		left("after three", 17*10)
		stands(talkit.WaitingForEngine)
		left("while the engine is away", 0)
		now = now.Add(time.Hour)
		stands(talkit.WaitingForNothing)
		left("once it is back", 17*10)
		after(10 * time.Second)
		left("after the next", 16*10)
		after(5 * time.Minute)
		left("after a slow one", 15*(10*(1+0.95+0.95*0.95)*0.95+300)/(1+0.95+0.95*0.95+0.95*0.95*0.95))
		now = now.Add(10 * time.Hour)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RestartPace(ctx, now) })
		before := read(db.Recording(t.Context(), r.ID)).must(t).Run
		after(time.Second)
		if run := read(db.Recording(t.Context(), r.ID)).must(t).Run; run.PaceSeconds > before.PaceSeconds {
			t.Errorf("a night without a server made it slower: %v s, %v s", before.PaceSeconds, run.PaceSeconds)
		}
	})
}
