package jobs

import (
	"testing"
	"testing/synctest"
)

func TestALaneTakesNoMoreThanItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes := NewLanes(10)
		for range 5 {
			if !lanes.enter(1) {
				t.Fatal("no place in an empty lane")
			}
		}
		if lanes.enter(1) {
			t.Error("a sixth of ten workers")
		}
		if !lanes.enter(2) {
			t.Error("no place for another webhook")
		}
	})
}

func TestWhoWaitsGetsThePlaceThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes := NewLanes(8)
		for range 4 {
			lanes.enter(1)
		}
		entered := make(chan bool, 2)
		for range 2 {
			go func() { entered <- lanes.enter(1) }()
		}
		synctest.Wait()
		lanes.leave(1, false)
		if !<-entered {
			t.Error("nobody took the place")
		}
		if <-entered { // after laneWait
			t.Error("one place for two")
		}
		for range 4 {
			lanes.leave(1, false)
		}
		if len(lanes.lanes) != 0 {
			t.Errorf("%d lanes are left", len(lanes.lanes))
		}
	})
}

func TestAFailingLaneIsNarrowAndNobodyWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes := NewLanes(100)
		for range 6 {
			lanes.enter(1)
		}
		lanes.leave(1, true)
		if lanes.enter(1) {
			t.Error("a place in a failing lane with five")
		}
		lanes.leave(1, true)
		lanes.leave(1, true)
		if !lanes.enter(1) {
			t.Error("no place in a failing lane with three")
		}
		lanes.leave(1, false)
		for range 3 {
			if !lanes.enter(1) {
				t.Error("no place in a lane that recovered")
			}
		}
	})
}
