package server

import (
	"talkit"
	"talkit/internal/config"
	"talkit/internal/speech/install"
)

// useSpeech lets the use cases know what can be transcribed with.
func (s *Server) useSpeech() {
	s.App.Speech = func(model string) (talkit.SpeechModel, error) {
		engine, err := s.engines.For(model)
		if err != nil {
			return talkit.SpeechModel{}, err
		}
		info := engine.Info()
		return talkit.SpeechModel{Name: info.Model, Languages: info.Languages, ByHand: info.ByHand}, nil
	}
	s.App.SpeechModels = func() []string { return choices(s.Config) }
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
