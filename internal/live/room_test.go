package live

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"talkit"
	"talkit/internal/speech"
)

// looksOf has a session look as often as it takes so long.
func (r *Room) looksOf(t *testing.T, s *Session, times int, took time.Duration, words bool) {
	t.Helper()
	for range times {
		done, err := r.turn(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(took)
		done(words)
	}
}

// fits opens sessions until there is no room for one.
func (r *Room) fits(t *testing.T) (all []*Session) {
	t.Helper()
	for {
		s, refusal := r.Open(t.Context(), Start{Raw: true, Words: func(_, _ []talkit.Word) {}})
		t.Cleanup(s.Close)
		if refusal != nil {
			if refusal.Reason != Busy {
				t.Fatal(refusal)
			}
			return all
		}
		all = append(all, s)
	}
}

// TestRoomFor as many as looks that give words leave time for: neither the start
// of the engine counts nor what it says of noise.
func TestRoomFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := roomOf(&stub{info: speech.Info{Workers: 1}}, nil)
		first := r.fits(t)
		if len(first) != 2 {
			t.Fatalf("room for %d before anything is known", len(first))
		}
		r.looksOf(t, first[0], 1, 9*time.Second, true) // the engine starts
		r.looksOf(t, first[0], 200, 30*time.Millisecond, false)
		if more := r.fits(t); len(more) != 0 {
			t.Errorf("%d came in by noise", len(more))
		}
		r.looksOf(t, first[0], 50, 290*time.Millisecond, true)
		r.looksOf(t, first[1], 1, 290*time.Millisecond, true)
		if more := r.fits(t); len(more) != 3 { // 5 looks of 0.29 s in 1.5 s
			t.Errorf("room for %d more", len(more))
		}
		time.Sleep(2 * cold)
		r.looksOf(t, first[0], 1, 9*time.Second, true) // it starts again
		if r.took > 400*time.Millisecond {
			t.Errorf("a look is said to take %v", r.took)
		}
	})
}

// TestAPlaceIsLost by silence, and comes back once there is room.
func TestAPlaceIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := roomOf(&stub{info: speech.Info{Workers: 1}}, nil)
		silent := r.fits(t)[0]
		time.Sleep(resting)
		others := r.fits(t)
		if len(others) != 2 {
			t.Fatalf("%d took the places of the silent", len(others))
		}
		if _, err := r.turn(t.Context(), silent); !errors.Is(err, errNoPlace) {
			t.Errorf("it looks without a place: %v", err)
		}
		others[0].Close()
		r.looksOf(t, silent, 1, time.Second, true)
	})
}
