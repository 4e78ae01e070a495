package app

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

const rightPassword = "correct horse battery"

// signing is an app with a person who has a password.
func signing(t *testing.T, db *store.DB) (a *App, u talkit.User) {
	t.Helper()
	a = testApp(t, db)
	u, err := a.CreateUser(t.Context(), talkit.Operator, NewUser{Email: "ann@example.com", Password: rightPassword})
	if err != nil {
		t.Fatal(err)
	}
	return a, u
}

// Of many tries at once no more may come through than one after the other.
func TestManyTriesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, u := signing(t, db)
		var looked, waited atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, err := a.SignIn(t.Context(), u.Email, "wrong", Browser{Address: "192.0.2.1"})
				switch talkit.KindOf(err) {
				case talkit.Unauthenticated:
					looked.Add(1)
				case talkit.TooMany:
					waited.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		// A second after the third the fourth may come; the machine can be slow.
		if looked.Load() < 3 || looked.Load() > 6 || looked.Load()+waited.Load() != 20 {
			t.Errorf("%d were looked at, %d had to wait", looked.Load(), waited.Load())
		}
	})
}

// A try counts for who goes away before the answer, and however the address is
// written.
func TestTriesCannotHide(t *testing.T) {
	t.Parallel()
	a, u := signing(t, storetest.Open(t, storetest.SQLite(t)))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	from := Browser{Address: "2001:db8::1"}
	for i, address := range []string{u.Email, " Ann@Example.COM ", "ANN@example.com\t"} {
		from.Address = fmt.Sprint("2001:db8::", i+1) // the same network
		if _, err := a.SignIn(gone, address, "wrong", from); talkit.KindOf(err) != talkit.Unauthenticated {
			t.Fatalf("%q: %v", address, err)
		}
	}
	if _, err := a.SignIn(t.Context(), u.Email, rightPassword, from); talkit.KindOf(err) != talkit.TooMany {
		t.Errorf("the fourth: %v", err)
	}
	if _, err := a.SignIn(t.Context(), u.Email, rightPassword, Browser{Address: "192.0.2.9"}); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

// Right passwords cost nothing, and failures are forgotten: a house behind one
// address is not shut out by its people's slips.
func TestTriesAreForgiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, u := signing(t, db)
		ctx, from := t.Context(), Browser{Address: "192.0.2.1"}
		for _, password := range []string{"wrong", rightPassword, "wrong", "wrong", rightPassword, "wrong"} {
			_, err := a.SignIn(ctx, u.Email, password, from)
			if kind := talkit.KindOf(err); password == "wrong" && kind != talkit.Unauthenticated || password != "wrong" && err != nil {
				t.Fatal(err)
			}
		}
		want := []int64{1, 4, 4}
		for i, way := range triedBy(u.Email, from.Address) {
			if f, err := db.SignInFailures(ctx, way.who); err != nil || f.Failures != want[i] {
				t.Errorf("%d: %+v, %v", i, f, err)
			}
		}
	})
	way, now := tried{free: 30, worst: time.Minute}, talkit.Now()
	long := store.SignInFailures{Failures: 31, LastOn: now.Add(-20 * time.Minute)}
	if f := way.afterOneMore(long, now); f.Failures != 12 {
		t.Errorf("twenty minutes later: %+v", f)
	}
	if f := way.afterOneMore(store.SignInFailures{}, now); f.Failures != 1 {
		t.Errorf("the first: %+v", f)
	}
}
