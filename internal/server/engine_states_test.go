package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"talkit/internal/speech"
	"talkit/internal/speech/manual"
	"talkit/internal/store"
)

// told is an engine that says of itself what the test does.
type told struct {
	speech.Engine
	status *speech.Status
}

func (e told) Info() speech.Info     { return speech.Info{Name: "told m", Model: "m", Workers: 2} }
func (e told) Status() speech.Status { return *e.status }

// TestEngineStates: what changes is said once, with what came since; what could
// not be kept is said again; and at the end nothing is loaded.
func TestEngineStates(t *testing.T) {
	t.Parallel()
	status := &speech.Status{}
	engines := speech.NewEngines("m", func(string) (speech.Engine, error) { return told{manual.New(), status}, nil })
	if _, err := engines.For(""); err != nil {
		t.Fatal(err)
	}
	var kept []store.EngineState
	var refuse error
	e := &engineStates{engines: engines, said: map[string]speech.Report{}, saidOn: map[string]time.Time{},
		keep: func(_ context.Context, states []store.EngineState) error {
			if refuse == nil {
				kept = append(kept, states...)
			}
			return refuse
		}}
	say := func(over bool, want int) {
		t.Helper()
		kept = nil
		e.say(t.Context(), over)
		if len(kept) != want {
			t.Errorf("%d were kept, want %d: %+v", len(kept), want, kept)
		}
	}
	say(false, 0) // nothing to tell of one that never did anything
	*status = speech.Status{Loaded: true, Device: "cpu int8", Sound: 30 * time.Second, Busy: 3 * time.Second}
	refuse = errors.New("away")
	say(false, 0)
	refuse = nil
	say(false, 1)
	if s := kept[0]; s.SoundMS != 30_000 || s.BusyMS != 3_000 || !s.Loaded || s.Workers != 2 || s.Machine != Machine() {
		t.Errorf("%+v", s)
	}
	say(false, 0)
	e.saidOn["m"] = time.Now().Add(-time.Minute)
	say(false, 1) // that it is still loaded
	status.Sound += time.Second
	say(false, 1)
	if kept[0].SoundMS != 1_000 || kept[0].BusyMS != 0 {
		t.Errorf("%+v", kept[0])
	}
	say(true, 1)
	if kept[0].Loaded || kept[0].SoundMS != 0 {
		t.Errorf("%+v at the end", kept[0])
	}
}
