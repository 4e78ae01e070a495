package speech

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCoresAreShared(t *testing.T) {
	t.Parallel()
	cores := NewCores(2)
	var busy, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if i%5 == 0 {
				cancel() // some leave before their turn, or just then
			}
			defer cancel()
			release, err := cores.Take(ctx, i%3 == 0)
			if err != nil {
				return
			}
			if n := busy.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(50 * time.Microsecond)
			busy.Add(-1)
			release()
			release() // twice is once
		})
	}
	wg.Wait()
	if most.Load() > 2 || cores.taken != 0 || len(cores.usual)+len(cores.urgent) != 0 {
		t.Errorf("%d at once, %+v", most.Load(), cores)
	}
}

// Who speaks waits for no other's piece but the one in hand, and then for none.
func TestUrgentWorkGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cores := NewCores(2)
		take := func(urgent bool, got *bool) (release chan<- struct{}) {
			done := make(chan struct{})
			go func() {
				give, err := cores.Take(t.Context(), urgent)
				if err != nil {
					t.Error(err)
					return
				}
				*got = true
				<-done
				give()
			}()
			synctest.Wait()
			return done
		}
		var a, b, c, u, v bool
		first, second, third := take(false, &a), take(false, &b), take(false, &c)
		speech := take(true, &u)
		if !a || !b || c || u {
			t.Fatal(a, b, c, u)
		}
		close(first)
		synctest.Wait()
		if c || !u {
			t.Fatal("the one who speaks was not next")
		}
		close(speech)
		synctest.Wait()
		if c {
			t.Fatal("no core was left to the one who speaks")
		}
		again := take(true, &v)
		if !v {
			t.Fatal("who speaks had to wait")
		}
		close(again)
		time.Sleep(keepFree)
		close(second)
		synctest.Wait()
		if !c {
			t.Fatal("the last one still waits")
		}
		close(third)
	})
}

func TestACoreIsSpared(t *testing.T) {
	t.Parallel()
	cores := NewCores(2)
	cores.Spare()
	release, err := cores.Take(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := cores.Take(ctx, false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the last core was taken: %v", err)
	}
}

func TestCoresOfOne(t *testing.T) {
	t.Parallel()
	cores := NewCores(0)
	release, err := cores.Take(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := cores.Take(ctx, true); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	release()
	if _, err := cores.Take(t.Context(), false); err != nil {
		t.Error(err)
	}
}
