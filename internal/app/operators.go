package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// operatorOnly refuses all but those who run the server.
func operatorOnly(who talkit.Caller) error {
	if who.Kind == talkit.CallerOperator {
		return nil
	}
	return talkit.Missing("page")
}

// What is sampled.
const (
	SampleWaiting   = "recordings.waiting"
	SampleRunning   = "recordings.running"
	SampleFailed    = "recordings.failed"
	SampleAudio     = "audio.bytes"
	SampleDatabase  = "database.bytes"
	SamplePending   = "deliveries.pending"
	SampleSucceeded = "deliveries.succeeded" // part of the attempts, 0 to 1
	SampleLag       = "deliveries.lag"       // seconds from the event to the answer, p95
)

const (
	sampleEvery = 10 * time.Minute
	keepSamples = 30 * 24 * time.Hour
	lastPulses  = 5000
)

// Now is how the server stands at the moment.
type Now struct {
	store.OpenRecordings
	AudioBytes, DatabaseBytes, Pending int64
	Attempts                           int     // to webhooks, in the last ten minutes
	Succeeded                          float64 // part of them, 0 to 1
	Lag                                time.Duration
}

func (a *App) now(ctx context.Context) (n Now, pulses []store.Pulse, err error) {
	if n.OpenRecordings, err = a.DB.OpenRecordings(ctx); err != nil {
		return n, nil, err
	}
	if n.AudioBytes, err = a.DB.AudioBytes(ctx); err != nil {
		return n, nil, err
	}
	if n.DatabaseBytes, err = a.DB.Size(ctx); err != nil {
		return n, nil, err
	}
	if n.Pending, err = a.DB.PendingDeliveries(ctx); err != nil {
		return n, nil, err
	}
	pulses, err = a.DB.LastPulses(ctx, talkit.Now().Add(-sampleEvery), lastPulses)
	n.judge(pulses)
	return n, pulses, err
}

func (n *Now) judge(pulses []store.Pulse) {
	good := 0
	var lag []time.Duration
	for _, p := range pulses {
		if p.StatusCode >= 200 && p.StatusCode < 300 {
			good++
			if p.Number == 1 { // when a later one is made is for the receiver, or a person, to say
				lag = append(lag, time.Duration(p.Waited)*time.Microsecond)
			}
		}
	}
	if n.Attempts = len(pulses); n.Attempts > 0 {
		n.Succeeded = float64(good) / float64(n.Attempts)
	}
	n.Lag = p95(lag)
}

// Sample keeps how the server stands, a point every ten minutes.
func (a *App) Sample(ctx context.Context) error {
	n, _, err := a.now(ctx)
	if err != nil {
		return err
	}
	values := map[string]float64{
		SampleWaiting: float64(n.Waiting), SampleRunning: float64(n.Running), SampleFailed: float64(n.Failed),
		SampleAudio: float64(n.AudioBytes), SampleDatabase: float64(n.DatabaseBytes), SamplePending: float64(n.Pending),
	}
	if n.Attempts > 0 {
		values[SampleSucceeded], values[SampleLag] = n.Succeeded, n.Lag.Seconds()
	}
	now := talkit.Now()
	on := now - now%talkit.Time(sampleEvery.Microseconds())
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		for name, value := range values {
			if err := tx.SetSample(ctx, store.Sample{Name: name, TakenOn: on, Value: value}); err != nil {
				return err
			}
		}
		return tx.DropSamples(ctx, now.Add(-keepSamples))
	})
}

// Point is how something stood at a time.
type Point struct {
	On    talkit.Time
	Value float64
}

// Overview is the server now and over time.
type Overview struct {
	Now
	Webhooks     []WebhookNow       // those that something was sent to lately, or that fail
	FailedLately int64              // recordings, in the last day
	Series       map[string][]Point // by what is sampled, the oldest first
}

// Overview looks at the server, back to since.
func (a *App) Overview(ctx context.Context, who talkit.Caller, since talkit.Time) (o Overview, err error) {
	if err := operatorOnly(who); err != nil {
		return o, err
	}
	var pulses []store.Pulse
	if o.Now, pulses, err = a.now(ctx); err != nil {
		return o, err
	}
	if o.Webhooks, err = a.webhooksNow(ctx, pulses); err != nil {
		return o, err
	}
	if o.FailedLately, err = a.DB.FailedSince(ctx, talkit.Now().Add(-24*time.Hour)); err != nil {
		return o, err
	}
	o.Series = map[string][]Point{}
	for _, name := range []string{SampleWaiting, SampleRunning, SampleFailed, SampleAudio, SampleDatabase, SamplePending, SampleSucceeded, SampleLag} {
		samples, err := a.DB.Samples(ctx, name, since)
		if err != nil {
			return o, err
		}
		for _, s := range samples {
			o.Series[name] = append(o.Series[name], Point{s.TakenOn, s.Value})
		}
	}
	return o, nil
}

// QueueEntry is a recording in work as an operator sees it: nothing of what
// was said.
type QueueEntry struct {
	store.QueueEntry
	Done float64 // 0 to 1
}

// queuePage is how many recordings a page of the queue shows.
const queuePage = 50

// QueueOf lists what waits, runs or failed, the newest first; older is the
// position of the next part, 0 for none.
func (a *App) QueueOf(ctx context.Context, who talkit.Caller, status talkit.RecordingStatus, before int64) (entries []QueueEntry, older int64, err error) {
	if err := operatorOnly(who); err != nil {
		return nil, 0, err
	}
	found, err := a.DB.QueueEntries(ctx, status, before, queuePage+1)
	if len(found) > queuePage {
		found = found[:queuePage]
		older = found[queuePage-1].ID
	}
	for _, e := range found {
		entry := QueueEntry{QueueEntry: e}
		if e.Pieces > 0 {
			entry.Done = float64(e.Pieces-e.PiecesLeft) / float64(e.Pieces)
		}
		entries = append(entries, entry)
	}
	return entries, older, err
}

// RunAgain begins a failed recording of anyone anew.
func (a *App) RunAgain(ctx context.Context, who talkit.Caller, id int64) error {
	if err := operatorOnly(who); err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		r, err := tx.LockRecording(ctx, id)
		if err != nil {
			return err
		}
		if err := a.again(ctx, tx, &r); err != nil {
			return err
		}
		if err := tx.SetRecording(ctx, r); err != nil {
			return err
		}
		tx.AfterCommit(func() { a.Changes.notify(r.UserID, id) })
		return a.audit(ctx, tx, who, "recording.retried", "recording", id, "")
	})
}

// mostAgain is how many recordings are begun anew at once.
const mostAgain = 200

// EngineFailures lists recordings that failed by a fault of this server, none
// of theirs: those can all be run again. There are mostAgain at the most.
func (a *App) EngineFailures(ctx context.Context, who talkit.Caller) ([]int64, error) {
	if err := operatorOnly(who); err != nil {
		return nil, err
	}
	return a.DB.FailedWith(ctx, nothingHeard, mostAgain)
}

// RunAllAgain begins the EngineFailures anew.
func (a *App) RunAllAgain(ctx context.Context, who talkit.Caller) error {
	ids, err := a.EngineFailures(ctx, who)
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := a.RunAgain(ctx, who, id)
		if kind := talkit.KindOf(err); err != nil && kind != talkit.Conflict && kind != talkit.NotFound { // by somebody else meanwhile
			return err
		}
	}
	return nil
}

// People lists those whose address or name holds a text, all for "".
func (a *App) People(ctx context.Context, who talkit.Caller, text string, p talkit.Page) (people []talkit.User, more bool, err error) {
	if err := operatorOnly(who); err != nil {
		return nil, false, err
	}
	return a.DB.UsersNamed(ctx, strings.TrimSpace(text), p)
}

// Person reads one for an operator.
func (a *App) Person(ctx context.Context, who talkit.Caller, id int64) (talkit.User, error) {
	if err := operatorOnly(who); err != nil {
		return talkit.User{}, err
	}
	return a.DB.User(ctx, id)
}

// PluginOverview is a plugin as an operator sees it.
type PluginOverview struct {
	wire.Plugin
	Unlisted      bool
	Email         string // of its developer
	Installations int64
}

// AllPlugins lists everyone's.
func (a *App) AllPlugins(ctx context.Context, who talkit.Caller, p talkit.Page) (plugins []PluginOverview, more bool, err error) {
	if err := operatorOnly(who); err != nil {
		return nil, false, err
	}
	found, more, err := a.DB.AllPlugins(ctx, p)
	for _, f := range found {
		plugins = append(plugins, PluginOverview{a.Wire.Plugin(f.Plugin), f.Unlisted, f.Email, f.Installations})
	}
	return plugins, more, err
}

// SetUnlisted takes a plugin off the directory, which its developer cannot
// undo, or lets it back. Who has installed it keeps it.
func (a *App) SetUnlisted(ctx context.Context, who talkit.Caller, id int64, unlisted bool) error {
	if err := operatorOnly(who); err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SetUnlisted(ctx, id, unlisted, talkit.Now()); err != nil {
			return err
		}
		action := map[bool]string{true: "plugin.unlisted", false: "plugin.listed"}[unlisted]
		return a.audit(ctx, tx, who, action, "plugin", id, "")
	})
}

// AuditFilter narrows the audit log; what is zero does not.
type AuditFilter = store.AuditFilter

// AuditEntry is an entry with what its numbers stand for, where that is still
// here.
type AuditEntry struct {
	store.AuditEntry
	Email     string // of the person who did it
	ThingName string // the address of a person, the name of a plugin
}

// auditPage is how many entries are read at once.
const auditPage = 100

// AuditLog reads the audit log, newest first; older is the position of the
// next part, 0 for none.
func (a *App) AuditLog(ctx context.Context, who talkit.Caller, f AuditFilter) (entries []AuditEntry, older int64, err error) {
	if err := operatorOnly(who); err != nil {
		return nil, 0, err
	}
	if f.Action != "" && !strings.Contains(f.Action, ".") {
		f.Action += "." // "plugin" is no action, and means all of plugins
	}
	f.Limit = auditPage + 1
	found, err := a.DB.AuditLog(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	if len(found) > auditPage {
		found = found[:auditPage]
		older = found[auditPage-1].ID
	}
	entries, err = a.nameEntries(ctx, found)
	return entries, older, err
}

func (a *App) nameEntries(ctx context.Context, found []store.AuditEntry) (entries []AuditEntry, err error) {
	var people, plugins []int64
	for _, e := range found {
		if e.Actor != talkit.CallerInstallation {
			people = append(people, e.ActorID)
		}
		switch e.Thing {
		case "user":
			people = append(people, e.ThingID)
		case "plugin":
			plugins = append(plugins, e.ThingID)
		}
	}
	emails, err := a.DB.EmailsOf(ctx, distinct(people))
	if err != nil {
		return nil, err
	}
	names, err := a.DB.PluginNames(ctx, distinct(plugins))
	for _, e := range found {
		entry := AuditEntry{AuditEntry: e}
		if e.Actor != talkit.CallerInstallation {
			entry.Email = emails[e.ActorID]
		}
		switch e.Thing {
		case "user":
			entry.ThingName = emails[e.ThingID]
		case "plugin":
			entry.ThingName = names[e.ThingID]
		}
		entries = append(entries, entry)
	}
	return entries, err
}

func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}
