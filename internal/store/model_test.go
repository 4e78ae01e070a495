package store_test

import (
	"context"
	"flag"
	"log"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestMain sets how many random histories are tried, and how long they are
// about; -rapid.checks and -rapid.steps change it. Run as one of several
// processes (see TestOpenFromProcesses) it does that instead.
func TestMain(m *testing.M) {
	if address := os.Getenv(openAddress); address != "" {
		if err := openAsProcess(address); err != nil {
			log.Fatal(err)
		}
		return
	}
	checks, steps := "10", "30"
	if os.Getenv("TALKIT_TEST_LONG") == "1" {
		checks, steps = "400", "100"
	}
	flag.Set("rapid.checks", checks)
	flag.Set("rapid.steps", steps)
	os.Exit(m.Run())
}

// TestListsKeepTheirPromises does random things with lists and compares them
// with a model; for long with TALKIT_TEST_LONG=1.
func TestListsKeepTheirPromises(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rapid.Check(t, func(r *rapid.T) {
			rows := storetest.RowsOf(t, db)
			m := &listModel{ctx: t.Context(), db: db, users: []talkit.User{rows.User(), rows.User()}, lists: map[int64][]int64{}}
			r.Repeat(map[string]func(*rapid.T){"add": m.add, "remove": m.remove, "look": m.look})
		})
	})
}

// listModel is what the lists of transcripts have to be like, with the
// operations that change and look at them.
type listModel struct {
	ctx    context.Context
	db     *store.DB
	users  []talkit.User
	lists  map[int64][]int64 // user → ids, in order
	gone   []int64           // ids that were there once
	newest int64
}

func (m *listModel) user(t *rapid.T) int64 {
	return m.users[rapid.IntRange(0, len(m.users)-1).Draw(t, "user")].ID
}

// add publishes a transcript, or does not in the end.
func (m *listModel) add(t *rapid.T) {
	user, keep := m.user(t), rapid.IntRange(0, 3).Draw(t, "keep") > 0
	rec := storetest.NewRecording(talkit.User{ID: user})
	var id int64
	err := m.db.InTx(m.ctx, func(tx *store.Tx) error {
		if err := tx.AddRecording(m.ctx, &rec); err != nil {
			return err
		}
		tr := storetest.NewTranscript(rec)
		if err := tx.AddTranscript(m.ctx, &tr); err != nil || keep {
			id = tr.ID
			return err
		}
		return errAgain
	})
	if keep != (err == nil) {
		t.Fatalf("add: %v", err)
	}
	if keep && id <= m.newest {
		t.Fatalf("id %d came after %d", id, m.newest)
	}
	if keep {
		m.lists[user], m.newest = append(m.lists[user], id), id
	}
}

// remove deletes a transcript of a user, one that is there or not.
func (m *listModel) remove(t *rapid.T) {
	user := m.user(t)
	id := m.anyID(t)
	at := slices.Index(m.lists[user], id)
	if at < 0 {
		if read(m.db.Transcript(m.ctx, user, id)).err == nil {
			t.Fatalf("transcript %d can be read by user %d", id, user)
		}
		if !slices.Contains(m.gone, id) {
			return // another user's: app looks before it deletes
		}
	}
	err := m.db.InTx(m.ctx, func(tx *store.Tx) error {
		return tx.DeleteTranscript(m.ctx, talkit.Transcript{ID: id, UserID: user})
	})
	if (at < 0) != talkit.IsNotFound(err) || (at >= 0 && err != nil) {
		t.Fatalf("remove transcript %d of user %d: %v", id, user, err)
	}
	if at >= 0 {
		m.lists[user], m.gone = slices.Delete(m.lists[user], at, at+1), append(m.gone, id)
	}
}

// anyID is an id that is in a list, was in one, or never was.
func (m *listModel) anyID(t *rapid.T) int64 {
	ids := append([]int64{m.newest + 1000}, m.gone...)
	for _, u := range m.users {
		ids = append(ids, m.lists[u.ID]...)
	}
	return rapid.SampledFrom(ids).Draw(t, "id")
}

// look reads a page anywhere.
func (m *listModel) look(t *rapid.T) {
	user, limit := m.user(t), rapid.IntRange(1, 6).Draw(t, "limit")
	after := rapid.OneOf(rapid.Just(int64(0)), rapid.Just(m.newest), rapid.Custom(m.anyID)).Draw(t, "after")
	list, err := m.db.Transcripts(m.ctx, user, talkit.Page{Limit: limit, AfterID: after})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(slices.Clone(m.lists[user]), func(id int64) bool { return id <= after })
	more := len(want) > limit
	want = want[:min(limit, len(want))]
	if got := idsOf(list); !slices.Equal(got, want) || list.HasMore != more {
		t.Fatalf("user %d, limit %d after %d: got %v (has_more %v), want %v (%v)", user, limit, after, got, list.HasMore, want, more)
	}
	if list.Total != int64(len(m.lists[user])) {
		t.Fatalf("total_count %d of user %d, want %d", list.Total, user, len(m.lists[user]))
	}
}
