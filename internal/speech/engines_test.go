package speech_test

import (
	"context"
	"errors"
	"testing"

	"talkit"
	"talkit/internal/speech"
)

// fake is an engine that notes that it ran and ended.
type fake struct {
	speech.Engine
	model      string
	began, end chan struct{}
	fault      error
}

func newFake(model string) *fake {
	return &fake{model: model, began: make(chan struct{}), end: make(chan struct{})}
}

func (f *fake) Info() speech.Info { return speech.Info{Name: f.model, Model: f.model, Workers: 2} }

func (f *fake) Run(ctx context.Context) error {
	close(f.began)
	<-ctx.Done()
	close(f.end)
	return f.fault
}

func TestEachModelHasOneEngine(t *testing.T) {
	t.Parallel()
	engines := speech.NewEngines("base", func(model string) (speech.Engine, error) {
		if model == "huge" {
			return nil, talkit.Errorf(talkit.Invalid, "There is base.")
		}
		return newFake(model), nil
	})
	standard, err := engines.For("")
	if err != nil || standard.Info().Model != "base" {
		t.Fatalf("standard: %v %v", standard, err)
	}
	if same, err := engines.For("base"); err != nil || same != standard {
		t.Errorf("by name: %v %v", same, err)
	}
	if other, err := engines.For("tiny"); err != nil || other == standard || other.Info().Model != "tiny" {
		t.Errorf("another: %v %v", other, err)
	}
	if _, err := engines.For("huge"); talkit.KindOf(err) != talkit.Invalid {
		t.Errorf("unknown: %v", err)
	}
}

// Nobody waits for another's model, nor is one made twice; what failed is tried
// again.
func TestEnginesAreMadeAside(t *testing.T) {
	t.Parallel()
	slow, release := make(chan struct{}), make(chan error)
	engines := speech.NewEngines("base", func(model string) (speech.Engine, error) {
		if model == "far" {
			slow <- struct{}{}
			if err := <-release; err != nil {
				return nil, err
			}
		}
		return newFake(model), nil
	})
	type got struct {
		engine speech.Engine
		err    error
	}
	all := make(chan got)
	ask := func() {
		engine, err := engines.For("far")
		all <- got{engine, err}
	}
	go ask()
	<-slow
	mustFor(t, engines, "") // another model is there at once
	away := errors.New("away")
	release <- away
	if first := <-all; !errors.Is(first.err, away) {
		t.Errorf("%+v", first)
	}
	for range 5 {
		go ask()
	}
	<-slow
	release <- nil
	first := <-all
	for range 4 {
		if other := <-all; other.err != nil || other.engine != first.engine {
			t.Errorf("%+v, and %+v", first, other)
		}
	}
}

func TestRunKeepsAllEnginesAlive(t *testing.T) {
	t.Parallel()
	made := map[string]*fake{"base": newFake("base"), "tiny": newFake("tiny"), "late": newFake("late")}
	made["tiny"].fault = errors.New("it broke")
	engines := speech.NewEngines("base", func(model string) (speech.Engine, error) { return made[model], nil })
	mustFor(t, engines, "")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- engines.Run(ctx) }()
	<-made["base"].began
	mustFor(t, engines, "tiny")
	<-made["tiny"].began
	stop()
	if err := <-ended; !errors.Is(err, made["tiny"].fault) {
		t.Errorf("Run: %v", err)
	}
	<-made["base"].end
	<-made["tiny"].end
	mustFor(t, engines, "late")
	<-made["late"].end // it must know that talkit ends
}

func mustFor(t *testing.T, engines *speech.Engines, model string) {
	t.Helper()
	if _, err := engines.For(model); err != nil {
		t.Fatal(err)
	}
}
