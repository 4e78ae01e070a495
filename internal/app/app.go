// Package app holds the use cases of Talkit, one file per noun: permission,
// then rule, then rows, job and event in one transaction. Whoever asks comes
// first: a door has made a talkit.Caller of them.
package app

import (
	"context"
	"log/slog"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/wire"
)

// App is what the use cases work on.
type App struct {
	DB      *store.DB
	Blobs   blob.Store
	Sealer  *auth.Sealer
	Wire    wire.Maker
	Log     *slog.Logger
	Changes *Changes

	MaxUpload int64 // bytes of sound in one recording

	// Mail sends a letter, which it has written when it can be sent; nil where
	// there is no mail server. An error of the kind talkit.Invalid is for good.
	Mail func(ctx context.Context, to string, write func(context.Context) (talkit.Mail, error)) error

	// Probe looks at stored sound: its type, and its length where the header
	// says one.
	Probe func(ctx context.Context, path string) (talkit.Audio, error)

	// Speech describes a model that this server turns sound into text with, ""
	// for its own; an error of the kind talkit.Invalid says which there are. It
	// may be nil, and then all is accepted.
	Speech func(model string) (talkit.SpeechModel, error)
	// SpeechModels lists those that can be chosen; nil for none.
	SpeechModels func() []string

	// SoundComes is told, often, that sound is on its way, so that the engine can
	// get ready meanwhile; it may be nil.
	SoundComes func()

	// Ear hears sound that is not to be kept; nil in a process without an engine.
	Ear *Ear

	hearings  hearings
	uploads   holds
	uses      uses
	longTexts longTexts
}

// audit notes who did what, in the transaction that does it. Entries stay for
// good, so detail holds nothing that somebody wrote.
func (a *App) audit(ctx context.Context, tx *store.Tx, who talkit.Caller, action, thing string, id int64, detail string) error {
	actor := who.UserID
	if who.Kind == talkit.CallerInstallation {
		actor = who.Installation.ID
	}
	return tx.AddAudit(ctx, store.AuditEntry{CreatedOn: talkit.Now(), Actor: who.Kind, ActorID: actor, Address: who.From,
		Action: action, Thing: thing, ThingID: id, Detail: detail})
}
