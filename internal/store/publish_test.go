package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestPublishWhileFollowing: 16 workers publish transcripts of three users
// while a reader of each follows after_id. Every transcript is seen exactly
// once, in order, and none is missed.
func TestPublishWhileFollowing(t *testing.T) {
	const publishers, each = 16, 9
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		users := []talkit.User{rows.User(), rows.User(), rows.User()}
		work := make(chan talkit.Recording, publishers*each)
		for n := range cap(work) {
			work <- rows.Recording(users[n%len(users)])
		}
		close(work)
		var writers, readers sync.WaitGroup
		published := &publishedIDs{of: map[int64][]int64{}}
		for range publishers {
			writers.Go(func() { published.publish(t, db, work) })
		}
		done := make(chan struct{})
		seen := make([][]int64, len(users))
		for n, user := range users {
			readers.Go(func() { seen[n] = follow(t, db, user.ID, done) })
		}
		writers.Wait()
		close(done)
		readers.Wait()
		for n, user := range users {
			want := published.of[user.ID]
			slices.Sort(want)
			same(t, fmt.Sprintf("transcripts of user %d", user.ID), seen[n], want)
			same(t, "total", read(db.Transcripts(t.Context(), user.ID, talkit.Page{Limit: 1})).must(t).Total, int64(publishers*each/len(users)))
		}
	})
}

// publishedIDs are the ids that were committed, by user.
type publishedIDs struct {
	mu sync.Mutex
	of map[int64][]int64
}

// publish is a worker. Like the real one it does other things in its
// transaction, and every fifth fails at the end and is done again.
func (p *publishedIDs) publish(t *testing.T, db *store.DB, work <-chan talkit.Recording) {
	for rec := range work {
		err := errAgain
		for try := rec.ID % 5; err != nil; try++ {
			tr := storetest.NewTranscript(rec)
			err = db.InTx(t.Context(), func(tx *store.Tx) error { return publishOne(t.Context(), tx, &tr, try == 0) })
			if err != nil && !errors.Is(err, errAgain) {
				t.Errorf("publish: %v", err)
				return
			}
			if err == nil {
				p.mu.Lock()
				p.of[tr.UserID] = append(p.of[tr.UserID], tr.ID)
				p.mu.Unlock()
			}
		}
	}
}

var errAgain = errors.New("again")

func publishOne(ctx context.Context, tx *store.Tx, tr *talkit.Transcript, fail bool) error {
	if err := tx.AddTranscript(ctx, tr); err != nil {
		return err
	}
	v := talkit.Revision{RecordingID: tr.RecordingID, RunID: &tr.Run.ID, Text: tr.Text}
	if err := tx.AddRevision(ctx, &v); err != nil {
		return err
	}
	if fail {
		return errAgain
	}
	return tx.AddAudit(ctx, store.AuditEntry{Actor: talkit.CallerUser, ActorID: tr.UserID, Action: "transcript.published"})
}

// follow reads on from the last id seen until all is published and read.
func follow(t *testing.T, db *store.DB, userID int64, done <-chan struct{}) (seen []int64) {
	last := false
	for {
		select {
		case <-done:
			last = true // one more look, as some may have come since the one before
		default:
		}
		after := int64(0)
		if len(seen) > 0 {
			after = seen[len(seen)-1]
		}
		list, err := db.Transcripts(t.Context(), userID, talkit.Page{Limit: 7, AfterID: after})
		if err != nil {
			t.Errorf("follow: %v", err)
			return seen
		}
		for _, tr := range list.Items {
			seen = append(seen, tr.ID)
		}
		if list.Total < int64(len(seen)) {
			t.Errorf("total_count is %d, but %d were seen", list.Total, len(seen))
		}
		if last && !list.HasMore {
			return seen
		}
	}
}
