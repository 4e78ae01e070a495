package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestUses: what plugins do is written down at once, then together; and what
// they read goes into the audit log once its hour is over.
func TestUses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		d := newDiary(t, a)
		rows := storetest.RowsOf(t, db)
		p := rows.Plugin(d.user)
		p.Permissions = talkit.Permissions{talkit.ResourceTranscript: talkit.AccessRead, talkit.ResourceUser: talkit.AccessRead}
		i := rows.Installation(p, d.user)
		plugin := talkit.Caller{Kind: talkit.CallerInstallation, UserID: d.user.ID, Person: d.user, Installation: &i}
		tr := rows.Transcript(d.user)
		began := talkit.Now()

		want(t)(a.ListTranscripts(ctx, plugin, "", talkit.Page{Limit: 1}))
		deadline := time.Now().Add(10 * time.Second)
		for used := i; used.UsedFor != "transcripts" || used.UsedOn < began; {
			var err error
			if used, err = db.Installation(ctx, i.ID); err != nil || time.Now().After(deadline) {
				t.Fatalf("the first use is not noted: %+v, %v", used, err)
			}
		}
		for range 3 {
			want(t)(a.FetchTranscript(ctx, plugin, tr.ID))
		}
		if _, err := a.FetchTranscript(ctx, plugin, 999); !talkit.IsNotFound(err) {
			t.Error(err)
		}
		if _, err := a.TranscriptAudio(ctx, plugin, tr.ID); talkit.KindOf(err) != talkit.Forbidden {
			t.Error(err)
		}
		want(t)(a.OwnTranscript(ctx, d.who, tr.RecordingID))
		want(t)(a.FetchUser(ctx, plugin, d.user.ID))
		a.Close()
		a.used(plugin, useAudio)
		if used, err := db.Installation(ctx, i.ID); err != nil || used.UsedFor != "name" {
			t.Errorf("the last use is not noted: %+v, %v", used, err)
		}

		want(t)(nil, a.auditReads(ctx))
		if got := readsTold(t, db); len(got) != 0 {
			t.Errorf("the hour is not over, and the log has %q", got)
		}
		hour := hourOf(talkit.Now().Add(-3 * time.Hour))
		rows.Do(func(tx *store.Tx) error {
			if _, err := tx.TakeReads(ctx, talkit.Now(), 10); err != nil {
				return err
			}
			for range 2 {
				if err := tx.AddReads(ctx, store.Reads{InstallationID: i.ID, UserID: d.user.ID, Kind: "audio", Hour: hour, Reads: 2}); err != nil {
					return err
				}
			}
			return nil
		})
		for range 2 {
			want(t)(nil, a.auditReads(ctx))
		}
		told := fmt.Sprintf("installation %d audio.read user %d plugin=%d times=4 hour=%sZ", i.ID, d.user.ID, i.PluginID, hour.Std().Format("2006-01-02T15"))
		if got := readsTold(t, db); !slices.Equal(got, []string{told}) {
			t.Errorf("the log has %q, want %q", got, told)
		}
	})
}

func readsTold(t *testing.T, db *store.DB) (told []string) {
	t.Helper()
	entries, _, err := db.Audit(t.Context(), talkit.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Action, ".read") {
			told = append(told, fmt.Sprintf("%s %d %s %s %d %s", e.Actor, e.ActorID, e.Action, e.Thing, e.ThingID, e.Detail))
		}
	}
	return told
}

// TestUsesAreCounted: no read is lost or counted twice, whatever is written
// down meanwhile.
func TestUsesAreCounted(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	a := testApp(t, db)
	const plugins, each = 5, 200
	for n := range plugins * each {
		a.used(talkit.Caller{Kind: talkit.CallerInstallation, UserID: 1, Installation: &talkit.Installation{ID: int64(n % plugins)}}, useName)
	}
	a.Close()
	a.Close()
	total := int64(0)
	storetest.RowsOf(t, db).Do(func(tx *store.Tx) error {
		reads, err := tx.TakeReads(t.Context(), talkit.Now(), 100)
		for _, r := range reads {
			total += r.Reads
		}
		return err
	})
	if total != plugins*each {
		t.Errorf("%d reads, want %d", total, plugins*each)
	}
}
