package store_test

import (
	"strings"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestListsAreIndexed asks SQLite how it answers the lists: from an index, in
// its order, without a look at every row and without sorting.
func TestListsAreIndexed(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	lists := 0
	for _, query := range db.Noted(func() { askLists(t, db) }) {
		if !strings.Contains(query, "LIMIT") {
			continue
		}
		lists++
		for _, step := range planOf(t, db, query) {
			if strings.HasPrefix(step, "SCAN") || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s\n%s", step, query)
			}
		}
	}
	same(t, "lists", lists, 16)
}

// askLists reads every list there is.
func askLists(t *testing.T, db *store.DB) {
	t.Helper()
	ctx, p := t.Context(), talkit.Page{Limit: 20}
	read(db.Users(ctx, p)).must(t)
	read(db.CRMIntegrations(ctx, p)).must(t)
	read(db.PluginsOf(ctx, 1, p)).must(t)
	read(db.SecretKeys(ctx, 1, p)).must(t)
	read(db.InstallationsOfPlugin(ctx, 1, p)).must(t)
	read(db.Webhooks(ctx, 1, p)).must(t)
	read(db.Deliveries(ctx, 1, p)).must(t)
	read(db.RecordingsOfUser(ctx, 1, p)).must(t)
	read(db.RecordingsOfInstallation(ctx, 1, p)).must(t)
	read(db.Transcripts(ctx, 1, p)).must(t)
	read(db.Revisions(ctx, 1, p)).must(t)
	read(db.RevisionHeads(ctx, 1, 9, 9)).must(t)
	for _, search := range []string{"", "notes"} {
		if _, _, err := db.Directory(ctx, store.DirectoryPage{Search: search, Limit: 20}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.FailedWith(ctx, "words", 20); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Audit(ctx, p); err != nil {
		t.Fatal(err)
	}
}

func planOf(t *testing.T, db *store.DB, query string) (steps []string) {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	rows, err := db.Writer().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	return steps
}
