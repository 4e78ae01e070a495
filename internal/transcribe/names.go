package transcribe

import (
	"errors"

	"talkit/internal/audio"
	"talkit/internal/speech"
)

// Whoever drives a recording through these steps needs no room below.
type (
	Engine     = speech.Engine
	Engines    = speech.Engines
	EngineInfo = speech.Info
	Piece      = speech.Piece
	Range      = audio.Range
	Cut        = audio.Cut
	Waveform   = audio.Waveform
)

// EngineAway tells whether err says that there is no engine to ask: the work
// waits for one, it did not fail.
func EngineAway(err error) bool { return errors.Is(err, speech.ErrNotReady) }

// EngineFailed tells whether err says that an engine could not do a piece, and
// not that the piece could not be had.
func EngineFailed(err error) bool {
	_, failed := errors.AsType[*engineError](err)
	return failed
}

// engineError is what an engine said.
type engineError struct{ error }

func (e *engineError) Unwrap() error { return e.error }
