package app

import (
	"context"
	"fmt"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestFeed: each change comes once, also one that becomes visible late, and
// nobody else's does.
func TestFeed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := testApp(t, db)
		ada, bob := newDiary(t, a), newDiary(t, a)
		feed := a.NewFeed(0)
		gives := func(want ...int64) {
			t.Helper()
			changed, err := feed.Next(t.Context(), ada.who)
			var got []int64
			for _, r := range changed {
				got = append(got, r.ID)
			}
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("gives %v, %v, want %v", got, err, want)
			}
		}
		touch := func(id int64, ago time.Duration) {
			storetest.RowsOf(t, db).Do(func(tx *store.Tx) error { return tx.TouchRecording(t.Context(), id, talkit.Now().Add(-ago)) })
		}
		gives()
		bob.add("", "Theirs.", nil)
		one, two := ada.add("", "", nil), ada.add("", "", nil)
		gives(one, two)
		gives()
		touch(one, 0)
		gives(one)
		three := ada.add("", "", func(r *talkit.Recording) { r.UpdatedOn = talkit.Now().Add(-40 * time.Second) })
		gives(three)
		touch(two, -time.Hour) // by a machine whose clock is ahead
		gives(two)
		touch(one, 0)
		gives(one)
		if err := a.DeleteRecording(t.Context(), ada.who, one); err != nil {
			t.Fatal(err)
		}
		gives()

		touch(three, 10*time.Hour)
		feed = a.NewFeed(talkit.Now().Add(-11 * time.Hour))
		gives(three, two)
	})
}

// TestChangesReachTheirWatchers: whatever changes a recording says so to those
// who watch it, and to those who watch all of its person's.
func TestChangesReachTheirWatchers(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	a, ctx := testApp(t, db), t.Context()
	ada, bob := newDiary(t, a), newDiary(t, a)
	r := storetest.RowsOf(t, db).Recording(ada.user)
	mine, stopMine := a.Changes.Watch(r.ID)
	all, stopAll := a.Changes.WatchAll(ada.user.ID)
	others, stopOthers := a.Changes.WatchAll(bob.user.ID)
	heard := func(what string, change func(context.Context) error) {
		t.Helper()
		if err := change(ctx); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(mine) != 1 || len(all) != 1 || len(others) != 0 {
			t.Errorf("%s: %d, %d and %d look", what, len(mine), len(all), len(others))
		}
		for len(mine)+len(all) > 0 {
			select {
			case <-mine:
			case <-all:
			}
		}
	}
	heard("waiting", func(ctx context.Context) error { return a.Waiting(ctx, r.ID, talkit.WaitingForEngine) })
	run := storetest.RowsOf(t, db).Run(r, 100, 100)
	piece, _, err := a.ClaimPiece(ctx, 1)
	if err != nil || piece.RunID != run.ID {
		t.Fatalf("%+v, %v", piece, err)
	}
	before := talkit.Now()
	heard("a piece", func(ctx context.Context) error { return a.FinishPiece(ctx, piece, 1, nil) })
	if got, err := db.Recording(ctx, r.ID); err != nil || got.UpdatedOn < before {
		t.Errorf("progress at %v is not seen from other machines: %+v, %v", before, got, err)
	}
	heard("a name", func(ctx context.Context) error {
		name := "Named"
		_, err := a.ChangeRecording(ctx, ada.who, r.ID, RecordingChange{Name: &name})
		return err
	})
	heard("its end", func(ctx context.Context) error { return a.DeleteRecording(ctx, ada.who, r.ID) })
	stopMine()
	stopAll()
	stopOthers()
	if len(a.Changes.watchers) != 0 {
		t.Errorf("%d are still watched", len(a.Changes.watchers))
	}
}
