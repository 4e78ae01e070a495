package storetest

import (
	"crypto/rand"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/store"
)

// Rows adds what a test needs but is not about. What it returns is as it
// stands in the database.
type Rows struct {
	t  testing.TB
	db *store.DB
}

// RowsOf adds rows to db.
func RowsOf(t testing.TB, db *store.DB) Rows { return Rows{t, db} }

// Do runs f in a transaction that must not fail.
func (r Rows) Do(f func(tx *store.Tx) error) {
	r.t.Helper()
	if err := r.db.InTx(r.t.Context(), f); err != nil {
		r.t.Fatalf("transaction: %v", err)
	}
}

// User adds a person, who may also build plugins.
func (r Rows) User() talkit.User {
	r.t.Helper()
	now := talkit.Now()
	u := talkit.User{Email: strings.ToLower(rand.Text()) + "@example.org", FirstName: "Ada", LastName: "Byron", Developer: true,
		CreatedOn: now, UpdatedOn: now}
	r.Do(func(tx *store.Tx) error { return tx.AddUser(r.t.Context(), &u) })
	return u
}

// Plugin adds a plugin of a developer.
func (r Rows) Plugin(developer talkit.User) talkit.Plugin {
	r.t.Helper()
	now := talkit.Now()
	p := talkit.Plugin{UserID: developer.ID, Name: "Notes", Description: "Files notes", CreatedOn: now, UpdatedOn: now,
		Permissions: talkit.Permissions{talkit.ResourceTranscript: talkit.AccessRead}}
	r.Do(func(tx *store.Tx) error { return tx.AddPlugin(r.t.Context(), &p) })
	return p
}

// Installation installs a plugin for a user.
func (r Rows) Installation(plugin talkit.Plugin, user talkit.User) talkit.Installation {
	r.t.Helper()
	i := NewInstallation(plugin, user)
	r.Do(func(tx *store.Tx) error { return tx.AddInstallation(r.t.Context(), &i) })
	return i
}

// NewInstallation is one that is not added yet.
func NewInstallation(plugin talkit.Plugin, user talkit.User) talkit.Installation {
	now := talkit.Now()
	return talkit.Installation{UUID: rand.Text(), PluginID: plugin.ID, UserID: user.ID, Permissions: plugin.Permissions,
		CreatedOn: now, UpdatedOn: now}
}

// Webhook adds a webhook to a plugin.
func (r Rows) Webhook(plugin talkit.Plugin) talkit.Webhook {
	r.t.Helper()
	now := talkit.Now()
	w := talkit.Webhook{PluginID: plugin.ID, URI: "https://example.org/hook", CreatedOn: now, UpdatedOn: now,
		Events: talkit.EventTypes{talkit.TranscriptCompleted}}
	r.Do(func(tx *store.Tx) error {
		return tx.AddWebhook(r.t.Context(), &w, func(int64) ([]byte, error) { return []byte("sealed"), nil })
	})
	return w
}

// Event adds an event of a plugin about nothing in particular.
func (r Rows) Event(plugin talkit.Plugin) talkit.Event {
	r.t.Helper()
	e := talkit.Event{Key: "evt_" + rand.Text(), Type: talkit.TestCompleted, PluginID: plugin.ID, CreatedOn: talkit.Now()}
	r.Do(func(tx *store.Tx) error { return tx.AddEvent(r.t.Context(), &e) })
	return e
}

// Delivery adds an event of a plugin with a pending delivery to its webhook.
func (r Rows) Delivery(plugin talkit.Plugin, webhook talkit.Webhook) talkit.Delivery {
	r.t.Helper()
	now := talkit.Now()
	d := talkit.Delivery{EventID: r.Event(plugin).ID, WebhookID: webhook.ID, Status: talkit.DeliveryPending,
		NextAttemptOn: now, CreatedOn: now, UpdatedOn: now}
	r.Do(func(tx *store.Tx) error { return tx.AddDelivery(r.t.Context(), &d) })
	return d
}

// Recording adds a queued recording of a user.
func (r Rows) Recording(user talkit.User) talkit.Recording {
	r.t.Helper()
	rec := NewRecording(user)
	r.Do(func(tx *store.Tx) error { return tx.AddRecording(r.t.Context(), &rec) })
	return rec
}

// NewRecording is one that is not added yet.
func NewRecording(user talkit.User) talkit.Recording {
	now := talkit.Now()
	return talkit.Recording{UserID: user.ID, Name: "Memo", Type: talkit.Note, Status: talkit.RecordingQueued, CreatedOn: now, UpdatedOn: now,
		Audio: talkit.Audio{Key: rand.Text(), Size: 1 << 20, SHA256: strings.Repeat("0f", 32), ContentType: "audio/wav", DurationMS: 2500}}
}

// Transcript publishes a text of a new recording of a user.
func (r Rows) Transcript(user talkit.User) talkit.Transcript {
	r.t.Helper()
	t := NewTranscript(r.Recording(user))
	r.Do(func(tx *store.Tx) error { return tx.AddTranscript(r.t.Context(), &t) })
	return t
}

// NewTranscript is the text of a recording, not published yet.
func NewTranscript(rec talkit.Recording) talkit.Transcript {
	now := talkit.Now()
	run, audio := rec.Run, rec.Audio
	return talkit.Transcript{RecordingID: rec.ID, UserID: rec.UserID, Name: rec.Name, Description: "A note.", Text: "A note. And more.",
		Type: rec.Type, Metadata: rec.Metadata, CreatedOn: now, UpdatedOn: now, Run: run, Audio: audio}
}

// Run gives a queued recording a running run with pieces of these lengths, in bytes.
func (r Rows) Run(rec talkit.Recording, lengths ...int64) talkit.Run {
	r.t.Helper()
	run := rec.Run
	run.Status, run.WorkKey, run.StartedOn = talkit.RunRunning, rand.Text(), talkit.Now()
	run.Pieces, run.PiecesLeft = len(lengths), len(lengths)
	var pieces []talkit.Piece
	var at int64
	for _, n := range lengths {
		pieces = append(pieces, talkit.Piece{Start: at, End: at + n})
		at += n
	}
	r.Do(func(tx *store.Tx) error {
		if ok, err := tx.SetRun(r.t.Context(), run, talkit.RunQueued); err != nil || !ok {
			r.t.Errorf("start run %d: %v, %v", run.ID, ok, err)
			return err
		}
		return tx.AddPieces(r.t.Context(), run.ID, run.UserID, pieces)
	})
	return run
}
