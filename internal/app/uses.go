package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"talkit"
	"talkit/internal/store"
)

// What a plugin can use an installation for, in words of the person's world.
const (
	useTranscripts = "transcripts"
	useAudio       = "audio"
	useRecordings  = "recordings"
	useName        = "name"
)

// useEvery is how often the use of one installation is written down.
const useEvery = time.Minute

// uses gathers what installations are used for, so that no request has to wait
// until that is written. The first use is written at once, what follows within
// useEvery together: that much is lost in a crash.
type uses struct {
	mu      sync.Mutex
	open    map[int64]*use // of installations that were used within useEvery
	closed  bool
	writing sync.WaitGroup
}

// use is what one installation did since it was written down last.
type use struct {
	id, userID int64
	reads      map[string]int64 // by what was read
	last       string           // "" for nothing
	on         talkit.Time
	timer      *time.Timer
}

// used notes that an installation read something of its user.
func (a *App) used(who talkit.Caller, what string) { a.note(who, what, 1) }

// note notes a use, and how often something was read in it.
func (a *App) note(who talkit.Caller, what string, reads int64) {
	if who.Kind != talkit.CallerInstallation {
		return
	}
	s, id := &a.uses, who.Installation.ID
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	u := s.open[id]
	if u == nil {
		if s.open == nil {
			s.open = map[int64]*use{}
		}
		u = &use{id: id, userID: who.UserID, reads: map[string]int64{}}
		u.timer = time.AfterFunc(0, func() { a.flushUse(u) })
		s.open[id] = u
	}
	u.last, u.on = what, talkit.Now()
	if reads > 0 {
		u.reads[what] += reads
	}
}

// flushUse writes down what an installation did. One that did nothing since is
// forgotten.
func (a *App) flushUse(u *use) {
	s := &a.uses
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	if u.last == "" {
		delete(s.open, u.id)
		s.mu.Unlock()
		return
	}
	done := u.take()
	s.writing.Add(1)
	u.timer.Reset(useEvery)
	s.mu.Unlock()
	defer s.writing.Done()
	a.writeUses(done)
}

// take empties u; the caller holds the lock.
func (u *use) take() use {
	taken := *u
	u.reads, u.last = map[string]int64{}, ""
	return taken
}

func (a *App) writeUses(all ...use) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := a.DB.InGroup(ctx, func(tx *store.Tx) error {
		for _, u := range all {
			if err := tx.SetInstallationUse(ctx, u.id, u.on, u.last); err != nil {
				return err
			}
			for what, reads := range u.reads {
				r := store.Reads{InstallationID: u.id, UserID: u.userID, Kind: what, Hour: hourOf(u.on), Reads: reads}
				if err := tx.AddReads(ctx, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		a.Log.WarnContext(ctx, "what plugins did was not noted", "installations", len(all), "error", err)
	}
}

// Close writes down what is still to be; nothing is noted after that.
func (a *App) Close() {
	s := &a.uses
	s.mu.Lock()
	var left []use
	for _, u := range s.open {
		u.timer.Stop()
		if u.last != "" {
			left = append(left, u.take())
		}
	}
	s.closed = true
	s.mu.Unlock()
	s.writing.Wait()
	if len(left) > 0 {
		a.writeUses(left...)
	}
}

func hourOf(t talkit.Time) talkit.Time { return t - t%talkit.Time(time.Hour.Microseconds()) }

const (
	// readsLag is how long after the end of an hour its counts may still grow.
	readsLag = 2 * useEvery
	// readsBatch is how many counts go into the audit log in one transaction.
	readsBatch = 200
)

// auditReads puts what plugins read in the hours that are over into the audit
// log: a count for each installation, kind and hour. A count is in the table or
// in the log, never in both. (Should it be written late, the hour has two
// entries.)
func (a *App) auditReads(ctx context.Context) error {
	for {
		var taken []store.Reads
		err := a.DB.InTx(ctx, func(tx *store.Tx) (err error) {
			if taken, err = tx.TakeReads(ctx, hourOf(talkit.Now().Add(-readsLag)), readsBatch); err != nil {
				return err
			}
			for _, r := range taken {
				if err := tx.AddAudit(ctx, readEntry(r)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(taken) < readsBatch {
			return err
		}
	}
}

func readEntry(r store.Reads) store.AuditEntry {
	detail := fmt.Sprintf("times=%d hour=%s", r.Reads, r.Hour.Std().Format("2006-01-02T15Z"))
	if r.PluginID != 0 {
		detail = ofPlugin(r.PluginID) + " " + detail
	}
	return store.AuditEntry{CreatedOn: talkit.Now(), Actor: talkit.CallerInstallation, ActorID: r.InstallationID, Action: r.Kind + ".read",
		Thing: "user", ThingID: r.UserID, Detail: detail}
}
