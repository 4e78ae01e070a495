package app

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// With one turn to give, two people have it by turns, however many wait for one.
func TestTurnsAreShared(t *testing.T) {
	t.Parallel()
	turns := NewTurns(1, 1)
	first, err := turns.Take(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []int64
	var all sync.WaitGroup
	wait := func(person int64) {
		all.Go(func() {
			release, err := turns.Take(t.Context(), person)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, person)
			mu.Unlock()
			release()
			release() // once only
		})
	}
	for i, person := range []int64{1, 1, 1, 2} {
		wait(person)
		for turns.left() < i+1 { // they wait in this order
		}
	}
	first()
	all.Wait()
	if len(order) != 4 || turns.left() != 0 || len(turns.inHand) != 0 || turns.free != 1 {
		t.Errorf("%v, %+v", order, turns)
	}
}

func (t *Turns) left() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting)
}

func TestNobodyTakesAllTurns(t *testing.T) {
	t.Parallel()
	turns := NewTurns(3, 2)
	for range 2 {
		if _, err := turns.Take(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	left, leave := context.WithCancelCause(t.Context())
	errLeft := errors.New("left")
	gone := make(chan error, 1)
	go func() { _, err := turns.Take(left, 1); gone <- err }()
	for turns.left() == 0 {
	}
	second, err := turns.Take(t.Context(), 2) // goes before those who wait with two in hand
	if err != nil {
		t.Fatal(err)
	}
	leave(errLeft)
	if err := <-gone; !errors.Is(err, errLeft) || turns.left() != 0 {
		t.Error(err)
	}
	second()
	if turns.free != 1 || turns.inHand[1] != 2 {
		t.Errorf("%+v", turns)
	}
}

// Who has least in hand is next.
func TestTurnsGoToWhoHasLeast(t *testing.T) {
	t.Parallel()
	turns := NewTurns(2, 2)
	one, _ := turns.Take(t.Context(), 1)
	if _, err := turns.Take(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	came := make(chan int64, 2)
	for i, person := range []int64{1, 2} {
		go func() {
			if _, err := turns.Take(t.Context(), person); err == nil {
				came <- person
			}
		}()
		for turns.left() < i+1 {
		}
	}
	one()
	if person := <-came; person != 2 {
		t.Errorf("%d was next", person)
	}
}
