package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/search"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// BenchmarkNotes reads pages of the home list of one who has 10,000 recordings,
// beside another who has as many.
func BenchmarkNotes(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	rows := storetest.RowsOf(b, db)
	user, other := rows.User(), rows.User()
	for range 10 {
		dictateMany(b, db, user, 1000)
		dictateMany(b, db, other, 1000)
	}
	query := func(text string) search.Query {
		q, err := search.Parse("q", text)
		if err != nil {
			b.Fatal(err)
		}
		return q
	}
	for _, c := range []struct {
		name string
		want store.NotesWanted
	}{
		{"first", store.NotesWanted{}},
		{"last", store.NotesWanted{Below: 100}},
		{"type", store.NotesWanted{Type: talkit.Letter}},
		{"common word", store.NotesWanted{Query: query("word0")}},
		{"common and rare", store.NotesWanted{Query: query("word0 word1999")}},
		{"prefix", store.NotesWanted{Query: query("wor")}},
		{"nothing found", store.NotesWanted{Query: query("xylophone")}},
	} {
		c.want.UserID, c.want.Limit = user.ID, 21
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := db.Notes(b.Context(), c.want); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// dictateMany adds recordings with texts of 150 words, some said more often
// than others.
func dictateMany(b *testing.B, db *store.DB, user talkit.User, n int) {
	b.Helper()
	err := db.InTx(b.Context(), func(tx *store.Tx) error {
		for i := range n {
			rec := storetest.NewRecording(user)
			if i%100 == 0 {
				rec.Type = talkit.Letter
			}
			if err := tx.AddRecording(b.Context(), &rec); err != nil {
				return err
			}
			var text strings.Builder
			for range 150 {
				fmt.Fprintf(&text, "word%d ", int(2000*rand.Float64()*rand.Float64()*rand.Float64()))
			}
			v := talkit.Revision{RecordingID: rec.ID, Text: text.String(), CreatedOn: talkit.Now()}
			if err := tx.AddRevision(b.Context(), &v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
