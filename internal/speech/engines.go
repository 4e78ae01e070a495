package speech

import (
	"context"
	"errors"
	"sync"
)

// Engines are the engines of one server, one a model. Each is made when its
// model is first asked for.
type Engines struct {
	standard string
	make     func(model string) (Engine, error)

	mu     sync.Mutex
	made   map[string]Engine
	making map[string]*making
	life   context.Context // of Run, nil before it
	over   bool            // nobody waits for ends any more
	ends   sync.WaitGroup
	errs   []error
}

// making is an engine that is being made.
type making struct {
	done   chan struct{}
	engine Engine
	err    error
}

// NewEngines keeps what make makes: the engine of the standard model whatever
// its state, of another model an error of kind talkit.Invalid, which names what
// there is, where the model is not there. It may take a while: whoever wants the
// same model waits for it, others do not. An error is not kept.
func NewEngines(standard string, make func(model string) (Engine, error)) *Engines {
	return &Engines{standard: standard, make: make, made: map[string]Engine{}, making: map[string]*making{}}
}

// For is the engine of a model, "" is the standard one. Its methods work while
// Run does.
func (e *Engines) For(model string) (Engine, error) {
	if model == "" {
		model = e.standard
	}
	e.mu.Lock()
	if engine, ok := e.made[model]; ok {
		e.mu.Unlock()
		return engine, nil
	}
	m, ok := e.making[model]
	if !ok {
		m = &making{done: make(chan struct{}), err: errors.New("making the engine panicked")}
		e.making[model] = m
	}
	e.mu.Unlock()
	if ok {
		<-m.done
		return m.engine, m.err
	}
	defer e.finish(model, m)
	m.engine, m.err = e.make(model)
	return m.engine, m.err
}

// finish keeps what was made, and lets those go on who wait for it.
func (e *Engines) finish(model string, m *making) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.making, model)
	close(m.done)
	if m.err != nil {
		return
	}
	e.made[model] = m.engine
	if e.life != nil {
		e.keep(m.engine)
	}
}

// Run keeps alive every engine that was made or comes to be, until ctx ends.
func (e *Engines) Run(ctx context.Context) error {
	e.mu.Lock()
	e.life = ctx
	for _, engine := range e.made {
		e.keep(engine)
	}
	e.mu.Unlock()
	<-ctx.Done()
	e.mu.Lock()
	e.over = true
	e.mu.Unlock()
	e.ends.Wait()
	return errors.Join(e.errs...)
}

// keep runs an engine; the caller holds mu.
func (e *Engines) keep(engine Engine) {
	if e.over {
		go func() { _ = engine.Run(e.life) }() // it ends at once, and says so to those who ask it
		return
	}
	e.ends.Go(func() {
		if err := engine.Run(e.life); err != nil {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.errs = append(e.errs, err)
		}
	})
}
