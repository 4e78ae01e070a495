package app

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// noQueue takes jobs that nobody works.
type noQueue struct{}

func (noQueue) Insert(context.Context, *sql.Tx, []store.Entry) error { return nil }
func (noQueue) Committed()                                           {}

func testApp(t testing.TB, db *store.DB) *App {
	t.Helper()
	db.UseQueue(noQueue{})
	blobs, err := blob.OpenDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	a := &App{DB: db, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Changes: NewChanges()}
	t.Cleanup(a.Close)
	return a
}

// TestChangesAtTheSameTime: of two who change different things of a plugin or
// a person, neither undoes what the other did.
func TestChangesAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		person := storetest.RowsOf(t, db).User()
		p := storetest.RowsOf(t, db).Plugin(person)
		who := talkit.Caller{Kind: talkit.CallerDeveloper, UserID: person.ID}
		for round := range 10 {
			yes, name := round%2 == 0, fmt.Sprint("name ", round)
			var all sync.WaitGroup
			all.Go(func() { want(t)(a.ChangePlugin(ctx, who, p.ID, PluginChange{Disabled: &yes})) })
			all.Go(func() { want(t)(a.ChangePlugin(ctx, who, p.ID, PluginChange{Name: &name})) })
			all.Go(func() { want(t)(a.ChangeUser(ctx, talkit.Operator, person.Email, UserChange{Disabled: &yes})) })
			all.Go(func() { want(t)(a.ChangeUser(ctx, talkit.Operator, person.Email, UserChange{Review: &yes})) })
			all.Wait()
			got, err := db.Plugin(ctx, p.ID)
			if err != nil || got.Disabled != yes || got.Name != name {
				t.Errorf("round %d: disabled %t, name %q, %v", round, got.Disabled, got.Name, err)
			}
			u, err := db.User(ctx, person.ID)
			if err != nil || u.Disabled != yes || u.Review != yes {
				t.Errorf("round %d: disabled %t, review %t, %v", round, u.Disabled, u.Review, err)
			}
		}
	})
}

func want(t *testing.T) func(_ any, err error) {
	return func(_ any, err error) {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestDecodedSoundOfAnErasedRecordingGoes: who erases a recording while it is
// decoded erases that sound too, not only in a day.
func TestDecodedSoundOfAnErasedRecordingGoes(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	a, ctx := testApp(t, db), t.Context()
	person := storetest.RowsOf(t, db).User()
	r := storetest.RowsOf(t, db).Recording(person)
	key, err := a.StoreWork(ctx, strings.NewReader("decoded sound"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DeleteRecording(ctx, talkit.Caller{Kind: talkit.CallerUser, UserID: person.ID}, r.ID); err != nil {
		t.Fatal(err)
	}
	if err := a.Prepare(ctx, r.Run.ID, Prepared{WorkKey: key}); err != nil {
		t.Fatal(err)
	}
	due, err := db.LooseBlobs(ctx, talkit.Now(), 10)
	if err != nil || !slices.Contains(due, key) {
		t.Errorf("to be swept now: %q, %v", due, err)
	}
}
