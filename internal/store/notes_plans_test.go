package store_test

import (
	"strings"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestNotesAreIndexed asks SQLite how it answers the home list, the searches,
// and what looks for changes and for sound to let go: from an index, in its order, without sorting.
func TestNotesAreIndexed(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	queries := append(db.Noted(func() { askNotes(t, db) }), store.SoundOverOf)
	for _, query := range queries {
		for _, step := range planOf(t, db, query) {
			// Of the full-text index, which is a virtual table, it always says SCAN.
			walks := strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "VIRTUAL TABLE INDEX")
			if walks || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s\n%s", step, query)
			}
		}
	}
	same(t, "queries", len(queries), 32+2*16+5)
}

// askNotes asks for notes in all ways there are.
func askNotes(t *testing.T, db *store.DB) {
	t.Helper()
	found := finder{t: t, db: db}.query("word")
	ways := []func(w *store.NotesWanted){
		func(w *store.NotesWanted) { w.Query = found },
		func(w *store.NotesWanted) { w.Type = talkit.Note },
		func(w *store.NotesWanted) { w.Above, w.Below = 1, 9 },
		func(w *store.NotesWanted) { w.Upwards = true },
		func(w *store.NotesWanted) { w.From, w.Until = 1, 9 },
	}
	for mask := range 1 << len(ways) {
		w := store.NotesWanted{UserID: 1, Limit: 20}
		for i, way := range ways {
			if mask&(1<<i) != 0 {
				way(&w)
			}
		}
		read(db.Notes(t.Context(), w)).must(t)
	}
	read(db.SearchTranscripts(t.Context(), 1, found, talkit.Page{Limit: 20})).must(t)
	read(db.RecordingsChanged(t.Context(), 1, 9, 20)).must(t)
	read(db.UsersWithSoundOver(t.Context(), 9, 1, 20)).must(t)
	read(db.CurrentText(t.Context(), 1, 9)).must(t)
}
