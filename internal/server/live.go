package server

import (
	"errors"

	"talkit/internal/live"
	"talkit/internal/speech"
)

// liveRoom hears words while they are spoken, where there is an engine at work.
func (s *Server) liveRoom() *live.Room {
	return live.New(live.Options{Log: s.Log, Engine: func() (speech.Engine, error) {
		if !s.works || s.Config.Engine == "manual" {
			return nil, errNoEngine
		}
		return s.engines.For(s.Config.LiveModel)
	}})
}

var errNoEngine = errors.New("server: no engine is at work here")
