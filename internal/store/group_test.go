package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// member adds a user named by n.
func member(ctx context.Context, n int) func(tx *store.Tx) error {
	return func(tx *store.Tx) error {
		return tx.AddUser(ctx, &talkit.User{Email: fmt.Sprintf("%d@example.org", n)})
	}
}

// gathering holds back the committing of groups until its release is called.
func gathering(t *testing.T, db *store.DB) (release func()) {
	started, gate := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- db.InGroup(t.Context(), func(*store.Tx) error { close(started); <-gate; return nil })
	}()
	<-started
	return func() {
		close(gate)
		if err := <-ended; err != nil {
			t.Errorf("the first of all: %v", err)
		}
	}
}

// gathered waits until n members wait for the next group.
func gathered(db *store.DB, n int) {
	for db.Gathered() < n {
		runtime.Gosched()
	}
}

// TestGroupErrors: a member that fails fails alone.
func TestGroupErrors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		release := gathering(t, db)
		var all sync.WaitGroup
		var mu sync.Mutex
		after := map[int]int{}
		for n := range 30 {
			all.Go(func() {
				err := db.InGroup(t.Context(), func(tx *store.Tx) error {
					tx.AfterCommit(func() { mu.Lock(); after[n]++; mu.Unlock() })
					if err := member(t.Context(), n)(tx); err != nil || n%10 != 3 {
						return err
					}
					return errRefused
				})
				if refused := n%10 == 3; refused != errors.Is(err, errRefused) || !refused && err != nil {
					t.Errorf("member %d: %v", n, err)
				}
			})
		}
		if db.Dialect == store.SQLite {
			gathered(db, 30)
		}
		release()
		all.Wait()
		same(t, "users", countRows(t, db, "users"), 27)
		for n := range 30 {
			want := 1
			if n%10 == 3 {
				want = 0
			}
			same(t, fmt.Sprintf("calls after the commit of member %d", n), after[n], want)
		}
	})
}

// TestGroup: what gathered is committed at once, in the order it came, at most
// 200 together.
func TestGroup(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	release := gathering(t, db)
	const members = 250
	var all sync.WaitGroup
	var done, committed []int
	var seen []int // how many were done when a member was committed
	for n := range members {
		all.Go(func() {
			err := db.InGroup(t.Context(), func(tx *store.Tx) error {
				done = append(done, n)
				tx.AfterCommit(func() { committed, seen = append(committed, n), append(seen, len(done)) })
				return member(t.Context(), n)(tx)
			})
			if err != nil {
				t.Errorf("member %d: %v", n, err)
			}
		})
		gathered(db, n+1)
	}
	release()
	all.Wait()
	for n := range members {
		want := 200
		if n >= 200 {
			want = members
		}
		same(t, "order done", done[n], n)
		same(t, "order committed", committed[n], n)
		same(t, fmt.Sprintf("done when member %d was committed", n), seen[n], want)
	}
}

// TestGroupWithoutPatience: whoever leaves does not hurt the others, not even
// the one whose call began the group.
func TestGroupWithoutPatience(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	impatient, leave := context.WithCancel(t.Context())
	started, gate := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 3)
	go func() {
		ended <- db.InGroup(impatient, func(*store.Tx) error { close(started); <-gate; return nil })
	}()
	<-started
	go func() { ended <- db.InGroup(impatient, member(impatient, 1)) }()
	gathered(db, 1)
	stayed := make(chan error, 1)
	go func() { stayed <- db.InGroup(t.Context(), member(t.Context(), 2)) }()
	gathered(db, 2)
	leave()
	for range 2 {
		same(t, "those who left", <-ended, context.Canceled, sameError)
	}
	close(gate)
	same(t, "the one who stayed", <-stayed, nil)
	read(db.UserByEmail(t.Context(), "1@example.org")).fails(t, "of one who left", talkit.NotFound)
	same(t, "users", countRows(t, db, "users"), 1)
}

// TestGroupPanic: a member that panics gets an error, the process lives, and
// the others are done.
func TestGroupPanic(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	release := gathering(t, db)
	broken, well := make(chan error, 1), make(chan error, 1)
	go func() { broken <- db.InGroup(t.Context(), func(*store.Tx) error { panic("oh") }) }()
	go func() { well <- db.InGroup(t.Context(), member(t.Context(), 1)) }()
	gathered(db, 2)
	release()
	wantKind(t, "the one that panicked", <-broken, talkit.Internal)
	same(t, "the other", <-well, nil)
	same(t, "users", countRows(t, db, "users"), 1)
}
