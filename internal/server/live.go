package server

import (
	"talkit/internal/live"
	"talkit/internal/speech"
)

// liveRoom hears words while they are spoken, where there is an engine at work.
func (s *Server) liveRoom() *live.Room {
	if !s.works || s.Config.Engine == "manual" {
		return nil
	}
	return live.New(live.Options{Log: s.Log,
		Engine: func() (speech.Engine, error) { return s.engines.For(s.Config.LiveModel) },
		Full:   func() (speech.Engine, error) { return s.engines.For("") },
	})
}
