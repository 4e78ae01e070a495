// Package manual is the engine of a person: a recording waits in review until
// somebody writes its text.
package manual

import (
	"context"
	"fmt"

	"talkit/internal/speech"
)

// Engine implements speech.Engine.
type Engine struct{}

// New returns the engine.
func New() Engine { return Engine{} }

var errByHand = fmt.Errorf("%w: a person writes the text", speech.ErrNotReady)

// Info says that the text is written by hand.
func (Engine) Info() speech.Info { return speech.Info{Name: "manual", ByHand: true} }

// Ready is always so: there is nothing to wait for but the person.
func (Engine) Ready(context.Context) error { return nil }

// Recognize is never asked. It fails with an error that wraps speech.ErrNotReady.
func (Engine) Recognize(context.Context, speech.Piece) (speech.Result, error) {
	return speech.Result{}, errByHand
}

// DetectLanguage fails like Recognize.
func (Engine) DetectLanguage(context.Context, []byte) (string, float64, error) {
	return "", 0, errByHand
}

// Run waits for ctx to end.
func (Engine) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
