// Package speech is the contract between Talkit and what turns sound into
// text. Each engine is a package of its own below; enginetest holds every one
// of them to this contract.
package speech

import (
	"context"
	"errors"

	"talkit"
)

// Engine recognises pieces of speech. Its methods may be called from many
// goroutines at once.
type Engine interface {
	// Info describes the engine as it is set up. It is cheap and cannot fail.
	Info() Info

	// Ready tells whether Recognize can be expected to work: nil, or an error
	// that wraps ErrNotReady and says in words how to mend it. It is cheap
	// enough to be asked before every piece.
	Ready(ctx context.Context) error

	// Recognize turns one piece into text. Silence, noise and music give a
	// Result without segments, not an error. An error that wraps ErrNotReady
	// says that the engine went away, any other that this try failed.
	Recognize(ctx context.Context, piece Piece) (Result, error)

	// DetectLanguage guesses the language of a piece, an ISO 639-1 code with
	// its probability; "" and 0 where there is no speech in it.
	DetectLanguage(ctx context.Context, pcm []byte) (language string, probability float64, err error)

	// Run keeps the engine alive until ctx ends, then frees all it holds. The
	// methods above work only while Run does.
	Run(ctx context.Context) error
}

// ErrNotReady is wrapped by errors that say that there is no engine to ask:
// the work waits until there is one.
var ErrNotReady = errors.New("the speech engine is not ready")

// Info describes an engine.
type Info struct {
	Name      string   // as a Transcript's job shows it: "whisper base"
	Model     string   // the one that it was made for: "base"; "" where it has none to choose
	Languages []string // ISO 639-1 codes of those it knows, in order; nil: it does not say
	Workers   int      // how many pieces it recognises at the same time
	ByHand    bool     // a person writes the text; Recognize is never asked
}

// Piece is at most 30 seconds of sound.
type Piece struct {
	PCM      []byte // 16 kHz mono, 16-bit signed little endian
	Language string // ISO 639-1; "" lets the engine guess

	// Urgent is what a person waits for while they speak.
	Urgent bool

	// Again tells that a try at it failed before: an engine that it may have
	// brought down is to have nothing else in hand meanwhile.
	Again bool

	// Hints are words that may be said, like a person's names, those that matter
	// most first. An engine may ignore them, or those it has no room for.
	Hints []string
}

// Result is what was heard. Times are seconds from the start of the piece,
// within it, and in order.
type Result struct {
	Language string
	Segments talkit.Segments
}
