package app

import (
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestEngines: operators alone see how engines stand; what a machine that died
// said is not believed for long; and speed is what was measured lately.
func TestEngines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		if _, err := a.Engines(ctx, newDiary(t, a).who); !talkit.IsNotFound(err) {
			t.Errorf("a person: %v", err)
		}
		look := func() EngineState {
			t.Helper()
			states, err := a.Engines(ctx, talkit.Operator)
			if err != nil || len(states) != 1 {
				t.Fatalf("%+v %v", states, err)
			}
			return states[0]
		}
		s := store.EngineState{Machine: "m", Model: "base", Name: "whisper base", Device: "cpu int8", Workers: 2, Loaded: true, InHand: 1}
		want(t)(nil, a.SetEngines(ctx, []store.EngineState{s}))
		if got := look(); !got.Loaded || got.InHand != 1 || got.Speed != 0 || got.Fault != "" || got.Device != "cpu int8" {
			t.Errorf("%+v", got)
		}
		s.SoundMS, s.BusyMS, s.Fault, s.FaultOn = 60_000, 10_000, "it was killed", talkit.Now()
		want(t)(nil, a.SetEngines(ctx, []store.EngineState{s}))
		s.Fault, s.FaultOn, s.Device, s.Loaded, s.InHand = "", 0, "", false, 0
		want(t)(nil, a.SetEngines(ctx, []store.EngineState{s}))
		if got := look(); got.Loaded || got.Speed != 12 || got.Fault != "it was killed" || got.Device != "cpu int8" {
			t.Errorf("%+v", got)
		}
		s.SoundMS, s.BusyMS, s.Loaded = 2*time.Hour.Milliseconds(), 2*time.Hour.Milliseconds(), true
		for range 3 { // what is long ago counts less
			want(t)(nil, a.SetEngines(ctx, []store.EngineState{s}))
		}
		if got := look(); got.Speed < 2 || got.Speed > 2.01 {
			t.Errorf("it is at %v now", got.Speed)
		}
		s.SeenOn = talkit.Now().Add(-2 * engineSeen)
		storetest.RowsOf(t, db).Do(func(tx *store.Tx) error { return tx.SetEngineState(ctx, s, speedOver.Milliseconds()) })
		if got := look(); got.Loaded {
			t.Error("a dead machine's word is believed")
		}
	})
}
