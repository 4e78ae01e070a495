package app

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"talkit"
	"talkit/internal/caption"
)

// Hearing is sound in a local file that is turned into text for whoever sent
// it, at once: nothing of it is kept.
type Hearing struct {
	Person   int64
	Path     string
	Model    string   // "" or StandardModel is the server's
	Language string   // as talkit.LanguageCode has it; "" to detect it
	Hints    []string // words that may be said
}

// Heard is what became of a hearing.
type Heard struct {
	Segments talkit.Segments
	Language string
	Duration time.Duration
}

// SRT is what was heard as captions.
func (h Heard) SRT() string { return caption.SRT(h.Segments) }

// WebVTT is what was heard as captions.
func (h Heard) WebVTT() string { return caption.WebVTT(h.Segments) }

// Ear is how a process with an engine hears.
type Ear struct {
	Hear func(ctx context.Context, h Hearing) (Heard, error)

	// Workers are how many pieces it recognises at the same time.
	Workers int

	// Scratch makes a file for sound on its way; remove takes it away, and can
	// be called again.
	Scratch func() (file *os.File, remove func(), err error)
}

// Bounds of hearings in one process. Each holds a connection of someone who
// waits, and once its turn came, before its sound is read, a file.
const (
	maxHearings       = 256
	maxPersonHearings = 32
	hearingsAtOnce    = 64 // received, decoded and recognised; their pieces take turns again
	personAtOnce      = 4  // at least: as many as there are workers, where these are more
)

// hearings counts those that are under way.
type hearings struct {
	mu     sync.Mutex
	all    int
	person map[int64]int
	turns  *Turns
}

// begin admits a person's hearing until end is called, or says that there are
// too many.
func (h *hearings) begin(person int64, workers int) (end func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.turns == nil {
		each := max(personAtOnce, workers)
		h.turns, h.person = NewTurns(max(hearingsAtOnce, each), each), map[int64]int{}
	}
	var refusal *talkit.Error
	switch {
	case h.person[person] >= maxPersonHearings:
		refusal = talkit.Errorf(talkit.TooMany, "%d of your sounds are being transcribed already. Wait for one of them.", maxPersonHearings)
	case h.all >= maxHearings:
		refusal = talkit.Errorf(talkit.Unavailable, "The server is transcribing as much as it can. Try again in a moment.")
	}
	if refusal != nil {
		refusal.RetryAfter = 5 * time.Second
		return nil, refusal
	}
	h.all++
	h.person[person]++
	return sync.OnceFunc(func() { h.end(person) }), nil
}

func (h *hearings) end(person int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all--
	if h.person[person]--; h.person[person] == 0 {
		delete(h.person, person)
	}
}

// BeginHearing admits a caller's sound, and returns when it is its turn to be
// read. end must be called when nothing is left of it.
func (a *App) BeginHearing(ctx context.Context, who talkit.Caller) (end func(), err error) {
	if who.Kind != talkit.CallerUser {
		return nil, talkit.Errorf(talkit.Forbidden, "Only a person can have sound transcribed.")
	}
	if a.Ear == nil {
		return nil, talkit.Errorf(talkit.Unavailable, "This part of the server recognises no speech. Send it as a recording (POST /recordings).")
	}
	leave, err := a.hearings.begin(who.UserID, a.Ear.Workers)
	if err != nil {
		return nil, err
	}
	release, err := a.hearings.turns.Take(ctx, who.UserID)
	if err != nil {
		leave()
		return nil, brokenOff(err)
	}
	return func() { release(); leave() }, nil
}

// CheckHearing checks what was asked for with the sound.
func (a *App) CheckHearing(h Hearing) error {
	if a.Speech == nil {
		return nil
	}
	name := ownModel(h.Model)
	if name != "" && !slices.Contains(a.Models(), name) { // not asked for: another server may have to be
		missing := talkit.Errorf(talkit.NotFound, "There is no such model. There is %s.", cmp.Or(strings.Join(a.HearingModels(), ", "), "none"))
		missing.Fields = []talkit.FieldError{{Location: "body.model", Message: "is not here"}}
		return missing
	}
	model, err := a.Speech(name)
	if err != nil {
		return err
	}
	if model.ByHand {
		return talkit.Errorf(talkit.Invalid, byHand)
	}
	return checkLanguage(model, h.Language)
}

// Hear turns sound into text. It ends soon after ctx does.
func (a *App) Hear(ctx context.Context, who talkit.Caller, h Hearing) (Heard, error) {
	h.Person, h.Model = who.UserID, ownModel(h.Model)
	heard, err := a.Ear.Hear(ctx, h)
	if err != nil && ctx.Err() != nil {
		return heard, brokenOff(err)
	}
	return heard, err
}

func brokenOff(cause error) error {
	return talkit.Errorf(talkit.Unavailable, "The request was broken off. Try again.").Because(cause)
}

// StandardModel is the name that clients of OpenAI know, for the server's own
// model.
const StandardModel = "whisper-1"

func ownModel(name string) string {
	if name == StandardModel {
		return ""
	}
	return name
}

// HearingModels are the names that a hearing can ask for, the server's own first.
func (a *App) HearingModels() []string {
	names := []string{}
	if models := a.Models(); len(models) > 0 {
		names = append(names, StandardModel)
		for _, m := range models {
			if m != StandardModel {
				names = append(names, m)
			}
		}
	}
	return names
}
