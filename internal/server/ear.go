package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/speech"
	"talkit/internal/transcribe"
)

// useEar lets the use cases hear sound that is not to be kept, in a process
// whose engines run.
func (s *Server) useEar() {
	if !s.works {
		return
	}
	sweepScratch()
	most, cores := speechWorkers(s.Config), runtime.NumCPU()
	e := &ear{engines: s.engines, pieces: app.NewTurns(most, most), decodes: app.NewTurns(cores, cores)} // one person has them all while no other wants one
	s.App.Ear = &app.Ear{Workers: most, Scratch: scratch, Hear: e.hear}
}

// ear hears sound with the engines of this process.
type ear struct {
	engines *speech.Engines
	pieces  *app.Turns // in the engine
	decodes *app.Turns // by ffmpeg
}

func (e *ear) hear(ctx context.Context, h app.Hearing) (app.Heard, error) {
	engine, err := e.engines.For(h.Model)
	if err != nil {
		return app.Heard{}, err
	}
	if err := engine.Ready(ctx); err != nil {
		return app.Heard{}, engineAway(err)
	}
	decoded, err := e.decodes.Take(ctx, h.Person)
	if err != nil {
		return app.Heard{}, err
	}
	defer decoded()
	result, err := transcribe.File(ctx, byTurns{engine, e.pieces, h.Person, decoded}, h.Path, transcribe.Options{Language: h.Language, Hints: h.Hints})
	if errors.Is(err, speech.ErrNotReady) {
		err = engineAway(err)
	}
	return app.Heard{Segments: result.Segments, Language: result.Language, Duration: result.Duration}, err
}

func engineAway(cause error) error {
	e := talkit.Errorf(talkit.Unavailable, "The speech engine of this server is away. Try again later; its operator finds out more with talkit doctor.").Because(cause)
	e.RetryAfter = 15 * time.Second
	return e
}

// byTurns is an engine whose pieces wait for a person's turn: all that is heard
// at once has as many in the engine as the queue has, and shares them among
// people. The first of them tells that the sound is decoded.
type byTurns struct {
	speech.Engine
	turns   *app.Turns
	person  int64
	decoded func()
}

// Recognize implements speech.Engine.
func (e byTurns) Recognize(ctx context.Context, piece speech.Piece) (speech.Result, error) {
	e.decoded()
	release, err := e.turns.Take(ctx, e.person)
	if err != nil {
		return speech.Result{}, err
	}
	defer release()
	return e.Engine.Recognize(ctx, piece)
}

// DetectLanguage implements speech.Engine.
func (e byTurns) DetectLanguage(ctx context.Context, pcm []byte) (string, float64, error) {
	e.decoded()
	release, err := e.turns.Take(ctx, e.person)
	if err != nil {
		return "", 0, err
	}
	defer release()
	return e.Engine.DetectLanguage(ctx, pcm)
}

const scratchPattern = "talkit-sound-*"

// scratch makes a file for sound that is not kept. Whoever lives has a lock on
// it, so that a later process finds out what a dead one left.
func scratch() (*os.File, func(), error) {
	file, err := os.CreateTemp("", scratchPattern)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return file, func() {
		_ = os.Remove(file.Name())
		_ = file.Close()
	}, nil
}

// sweepScratch removes what processes left that were killed.
func sweepScratch() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPattern))
	for _, path := range left {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue // another's, or gone by now
		}
		if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.Remove(path)
		}
		_ = file.Close()
	}
}
