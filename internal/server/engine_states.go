package server

import (
	"context"
	"os"
	"time"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/install"
	"talkit/internal/store"
	"talkit/internal/web"
)

const (
	// stateEvery is how often the engines are looked at: often enough for whoever
	// watches.
	stateEvery = 5 * time.Second

	// stateAgain is when what did not change is said again, while a model is
	// loaded: what is not said for a minute is believed no more.
	stateAgain = 30 * time.Second
)

// Machine is how this machine calls itself among others.
func Machine() string {
	name, _ := os.Hostname()
	return name
}

// models are those installed on this machine, for its pages.
func (s *Server) models() (all []web.Model) {
	if s.Config.EngineName() == "manual" {
		return nil
	}
	models, err := install.List(s.Config.Engines)
	if err != nil {
		s.Log.Warn("models cannot be listed", "error", err)
	}
	for _, m := range models {
		all = append(all, web.Model{Machine: Machine(), Name: m.Name, Bytes: m.Bytes, Whole: m.Whole})
	}
	return all
}

// engineStates keeps for operators how this machine's engines stand.
type engineStates struct {
	engines *speech.Engines
	keep    func(ctx context.Context, states []store.EngineState) error
	said    map[string]speech.Report // by model
	saidOn  map[string]time.Time
}

// run says what changes until ctx ends, and then that nothing is loaded.
func (e *engineStates) run(ctx context.Context) {
	ticker := time.NewTicker(stateEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			e.say(ctx, false)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stateEvery)
			defer cancel()
			e.say(last, true)
			return
		}
	}
}

// say keeps what changed. Where that fails it is said the next time.
func (e *engineStates) say(ctx context.Context, over bool) {
	var states []store.EngineState
	news := map[string]speech.Report{}
	for _, r := range e.engines.Reports() {
		if over {
			r.Loaded, r.InHand = false, 0
		}
		was, known := e.said[r.Model]
		quiet := !known && r.Status == (speech.Status{})
		again := r.Loaded && time.Since(e.saidOn[r.Model]) > stateAgain
		if quiet || r.Status == was.Status && !again {
			continue
		}
		news[r.Model] = r
		states = append(states, stateOf(r, was))
	}
	if len(states) == 0 || e.keep(ctx, states) != nil {
		return
	}
	for model, r := range news {
		e.said[model], e.saidOn[model] = r, time.Now()
	}
}

func stateOf(r, was speech.Report) store.EngineState {
	s := store.EngineState{Machine: Machine(), Model: r.Model, Name: r.Name, Device: r.Device, Workers: r.Workers, Loaded: r.Loaded, InHand: r.InHand,
		SoundMS: (r.Sound - was.Sound).Milliseconds(), BusyMS: (r.Busy - was.Busy).Milliseconds()}
	if r.Fault != "" {
		s.Fault, s.FaultOn = r.Fault, talkit.TimeOf(r.FaultOn)
	}
	return s
}
