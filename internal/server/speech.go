package server

import (
	"context"
	"sync/atomic"
	"time"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/speech"
	"talkit/internal/speech/install"
	"talkit/internal/speech/whisper"
)

// useSpeech lets the use cases know what can be transcribed with; nothing is
// started for it.
func (p *Parts) useSpeech(engines *speech.Engines) {
	p.App.Speech = func(model string) (talkit.SpeechModel, error) {
		engine, err := engines.For(model)
		if err != nil {
			return talkit.SpeechModel{}, err
		}
		info := engine.Info()
		return talkit.SpeechModel{Name: info.Model, Languages: info.Languages, ByHand: info.ByHand,
			Away: engine.Ready(context.Background()) != nil}, nil
	}
	p.App.SpeechModels = func() []string { return choices(p.Config) }
}

// useWarmth has the engine started while sound is on its way.
func (s *Server) useWarmth() {
	if s.works {
		_, _ = s.engines.For("") // it is there from the start, to be shown; whoever uses it gets the error
		s.App.SoundComes = s.warm()
	}
}

// warmAgain is how often an engine is told that sound comes, which is well
// within the time that it stays without work.
const warmAgain = 30 * time.Second

// warm has the engine of this machine start while sound is still on its way: a
// start takes more than a second, of which nobody who waits for a text should
// know. It never makes a request wait.
func (s *Server) warm() func() {
	var last atomic.Int64
	return func() {
		now, before := time.Now().UnixNano(), last.Load()
		if now-before < int64(warmAgain) || !last.CompareAndSwap(before, now) {
			return
		}
		go func() {
			engine, err := s.engines.For("")
			if local, ok := engine.(*whisper.Engine); ok && err == nil {
				local.Warm()
			}
		}()
	}
}

// choices are the models that a recording can be transcribed with, the
// server's own first.
func choices(c config.Config) []string {
	own := standardModel(c)
	if own == "" {
		return nil
	}
	all := []string{own}
	if c.EngineName() == "openai" {
		return all // what else that server has, it says when it is asked
	}
	models, _ := install.List(c.Engines) // none where it cannot be read
	for _, m := range models {
		if m.Whole && m.Name != own {
			all = append(all, m.Name)
		}
	}
	return all
}
