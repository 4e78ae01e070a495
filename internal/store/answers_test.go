package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// asked is a request with an Idempotency-Key at a time, leased for 10.
func asked(token string, now talkit.Time) store.Answer {
	return store.Answer{Owner: "user 7", Method: "POST", Path: "/recordings", Key: "k 🎤", Token: token, LeasedUntil: now + 10, CreatedOn: now}
}

func TestAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		reserve := func(a store.Answer, expired talkit.Time) answer[bool] {
			t.Helper()
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.ReserveAnswer(ctx, a, expired) })
		}
		keep := func(a store.Answer) error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.KeepAnswer(ctx, a) })
		}
		renew := func(a store.Answer) error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RenewAnswer(ctx, a) })
		}
		drop := func(a store.Answer) {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DropAnswer(ctx, a) })
		}
		a := asked("a", 100)
		read(db.Answer(ctx, a)).fails(t, "nothing kept", talkit.NotFound)
		reserve(a, 0).is(t, "first", true)
		read(db.Answer(ctx, a)).is(t, "running", a)
		b := asked("b", 110)
		reserve(b, 0).is(t, "while the first one's lease holds", false)
		a.LeasedUntil = 120
		same(t, "renew", renew(a), nil)
		b.CreatedOn = 120
		reserve(b, 0).is(t, "while the renewed lease holds", false)
		b = asked("b", 121)
		reserve(b, 0).is(t, "takeover once the lease is over", true)
		wantKind(t, "renewed by the one taken over", renew(a), talkit.NotFound)
		wantKind(t, "kept by the one taken over", keep(a), talkit.NotFound)
		drop(a)
		read(db.Answer(ctx, b)).is(t, "dropped by the one taken over", b)

		b.Status, b.Sealed, b.Fingerprint = 201, []byte("\x00sealed"), []byte{0xff}
		same(t, "keep", keep(b), nil)
		read(db.Answer(ctx, a)).is(t, "kept", b)
		reserve(asked("c", 500), 121).is(t, "while the answer is kept", false)
		c := asked("c", 501)
		reserve(c, 122).is(t, "once the answer is too old", true)
		read(db.Answer(ctx, c)).is(t, "running anew", c)
		drop(c)
		read(db.Answer(ctx, c)).fails(t, "dropped", talkit.NotFound)
	})
}

func TestAnswersOfOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var all []store.Answer
		for i, change := range []func(a *store.Answer){
			func(*store.Answer) {},
			func(a *store.Answer) { a.Owner = "user 8" },
			func(a *store.Answer) { a.Method = "PUT" },
			func(a *store.Answer) { a.Path = "/plugins" },
			func(a *store.Answer) { a.Key = "another" },
		} {
			a := asked("t", talkit.Time(100+i))
			change(&a)
			all = append(all, a)
			returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.ReserveAnswer(ctx, a, 0) }).is(t, "reserve", true)
		}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DropAnswersBefore(ctx, 103) })
		for i, a := range all {
			if i < 3 {
				read(db.Answer(t.Context(), a)).fails(t, "an old one", talkit.NotFound)
			} else {
				read(db.Answer(t.Context(), a)).is(t, "a newer one", a)
			}
		}
	})
}

// TestErasedAnswers: what is kept about one recording is emptied, and stays.
func TestErasedAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var all []store.Answer
		for i, recording := range []int64{7, 7, 8, 0} {
			a := asked("t", 100)
			a.Key, a.Status, a.Sealed, a.Fingerprint, a.RecordingID = string(rune('a'+i)), 202, []byte("text"), []byte{1}, recording
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.ReserveAnswer(ctx, a, 0); err != nil {
					return err
				}
				return tx.KeepAnswer(ctx, a)
			})
			all = append(all, a)
		}
		for _, recording := range []int64{7, 0} {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.EraseAnswers(ctx, recording) })
		}
		for _, a := range all {
			if a.RecordingID == 7 {
				a.Sealed, a.Fingerprint = nil, nil
			}
			read(db.Answer(ctx, a)).is(t, "answer "+a.Key, a)
		}
		again := asked("u", 200)
		again.Key = all[0].Key
		returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.ReserveAnswer(ctx, again, 0) }).is(t, "an erased key", false)
		returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.ReserveAnswer(ctx, again, 150) }).is(t, "an old one", true)
		read(db.Answer(ctx, again)).is(t, "running anew", again)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DropAnswersOf(ctx, again.Owner) })
		read(db.Answer(ctx, all[2])).fails(t, "the owner's", talkit.NotFound)
	})
}

// TestReserveAtOnce sends one request eight times at the same moment.
func TestReserveAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var won atomic.Int32
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() {
				err := db.InGroup(t.Context(), func(tx *store.Tx) error {
					ok, err := tx.ReserveAnswer(t.Context(), asked(string(rune('a'+i)), 100), 0)
					if ok {
						tx.AfterCommit(func() { won.Add(1) })
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		clients.Wait()
		same(t, "requests that run", won.Load(), 1)
	})
}
