package app

import (
	"context"
	"time"

	"talkit"
	"talkit/internal/store"
)

const (
	// engineSeen is how long what a machine said of an engine is believed: one
	// that dies says nothing more.
	engineSeen = time.Minute

	// speedOver is how much work of an engine its speed is made of at most.
	speedOver = time.Hour
)

// EngineState is how the engine of a model stands on a machine.
type EngineState struct {
	Machine, Model, Name, Device string
	Loaded                       bool
	InHand                       int     // pieces it is at
	Speed                        float64 // seconds of sound in a second, all its workers together; 0: not known yet
	Fault                        string  // the last one
	FaultOn                      talkit.Time
}

// SetEngines keeps how a machine's engines stand; what they recognised is what
// came since the last time.
func (a *App) SetEngines(ctx context.Context, states []store.EngineState) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		for _, s := range states {
			s.SeenOn = talkit.Now()
			if err := tx.SetEngineState(ctx, s, speedOver.Milliseconds()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Engines shows those who run the server how the engines of all machines stand.
func (a *App) Engines(ctx context.Context, who talkit.Caller) ([]EngineState, error) {
	if err := operatorOnly(who); err != nil {
		return nil, err
	}
	rows, err := a.DB.EngineStates(ctx)
	if err != nil {
		return nil, err
	}
	var states []EngineState
	for _, r := range rows {
		s := EngineState{Machine: r.Machine, Model: r.Model, Name: r.Name, Device: r.Device, Fault: r.Fault, FaultOn: r.FaultOn}
		if talkit.Now().Sub(r.SeenOn) < engineSeen {
			s.Loaded, s.InHand = r.Loaded, r.InHand
		}
		if r.BusyMS > 0 {
			s.Speed = float64(r.SoundMS) / float64(r.BusyMS) * float64(r.Workers)
		}
		states = append(states, s)
	}
	return states, nil
}
