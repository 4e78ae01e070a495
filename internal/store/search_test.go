package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/search"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// finder looks for recordings of a user.
type finder struct {
	t    *testing.T
	db   *store.DB
	user talkit.User
}

// finds wants these recordings, the newest first, and none else.
func (f finder) finds(text string, ids ...int64) {
	f.t.Helper()
	var got []int64
	for _, n := range read(f.db.Notes(f.t.Context(), store.NotesWanted{UserID: f.user.ID, Query: f.query(text), Limit: 100})).must(f.t) {
		got = append(got, n.ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(ids) {
		f.t.Errorf("%q finds %v, want %v", text, got, ids)
	}
}

// released wants these transcripts.
func (f finder) released(text string, ids ...int64) {
	f.t.Helper()
	list := read(f.db.SearchTranscripts(f.t.Context(), f.user.ID, f.query(text), talkit.Page{Limit: 100})).must(f.t)
	if got := idsOf(list); fmt.Sprint(got) != fmt.Sprint(ids) || list.Total != int64(len(ids)) {
		f.t.Errorf("%q finds %v of %d released, want %v", text, got, list.Total, ids)
	}
}

func (f finder) query(text string) search.Query {
	f.t.Helper()
	return read(search.Parse("q", text)).must(f.t)
}

// write gives a recording another text.
func (f finder) write(rec talkit.Recording, text string) {
	f.t.Helper()
	v := talkit.Revision{RecordingID: rec.ID, Text: text, Segments: talkit.Segments{}}
	do(f.t, f.db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRevision(ctx, &v) })
}

func (f finder) exec(query string, args ...any) {
	f.t.Helper()
	if f.db.Dialect == store.Postgres {
		query = strings.Replace(query, "?", "$1", 1)
	}
	if _, err := f.db.Writer().ExecContext(f.t.Context(), query, args...); err != nil {
		f.t.Fatal(err)
	}
}

func TestSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		ada, bob := finder{t, db, rows.User()}, finder{t, db, rows.User()}
		first, second, theirs := rows.Recording(ada.user), rows.Recording(ada.user), rows.Recording(bob.user)
		ada.finds("memo", second.ID, first.ID) // its name, without a text
		ada.write(first, "The Café in Köln: a budget.")
		ada.write(second, "Budgets of 1,000; don't re-read.")
		bob.write(theirs, "Bob's own budget.")

		ada.finds("cafe KOLN", first.ID)
		ada.finds("CAFÉ", first.ID)
		ada.finds("budget", second.ID, first.ID)
		ada.finds("budget the", first.ID) // budget is a whole word now
		ada.finds("bud", second.ID, first.ID)
		ada.finds("bud the")
		ada.finds("don't 1000")
		ada.finds("don't 1,000", second.ID)
		ada.finds("bob")
		bob.finds("bob", theirs.ID)
		ada.finds("?!")
		for _, hostile := range []string{`"`, `budget"`, `budget' | 'bob`, `") OR ("bob"`, "bob* OR *", fmt.Sprintf("%d_bob", bob.user.ID), "_note", "__note", "note", "words : bob", "NOT memo"} {
			for _, n := range read(db.Notes(t.Context(), store.NotesWanted{UserID: ada.user.ID, Query: ada.query(hostile), Limit: 9})).must(t) {
				if n.ID == theirs.ID || !strings.Contains(hostile, "budget") {
					t.Errorf("%q finds %+v", hostile, n)
				}
			}
		}

		ada.write(second, "Something else.")
		ada.finds("budget", first.ID)
		ada.finds("else", second.ID)
		ada.exec("UPDATE recordings SET name = 'Tuesday' WHERE id = ?", second.ID)
		ada.finds("memo", first.ID)
		ada.finds("tuesday else", second.ID)

		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRecording(ctx, first) })
		ada.finds("budget")
		ada.exec("DELETE FROM users WHERE id = ?", bob.user.ID)
		bob.finds("budget")
		same(t, "rows of the index", countRows(t, db, "recording_search"), 1)
	})
}

// TestSearchReleased: what plugins may find is what was released, and as long
// as it is not withdrawn.
func TestSearchReleased(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		ada, bob := finder{t, db, rows.User()}, finder{t, db, rows.User()}
		rec := rows.Recording(ada.user)
		ada.write(rec, "A draft.")
		ada.released("draft")
		one, two := rows.Transcript(ada.user), rows.Transcript(ada.user)
		ada.released("a note", one.ID, two.ID)
		ada.released("memo", one.ID, two.ID)
		bob.released("note")
		list := read(db.SearchTranscripts(t.Context(), ada.user.ID, ada.query("note"), talkit.Page{Limit: 1, AfterID: one.ID})).must(t)
		same(t, "second page", list, talkit.List[talkit.Transcript]{Items: []talkit.Transcript{shown(two)}, Total: 2})
		list = read(db.SearchTranscripts(t.Context(), ada.user.ID, ada.query("note"), talkit.Page{Limit: 1})).must(t)
		same(t, "more follow", []bool{list.HasMore, list.Total == 2}, []bool{true, true})

		set := func(change func()) {
			change()
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetTranscript(ctx, one) })
		}
		withdrawn := func() bool { return read(db.Recording(t.Context(), one.RecordingID)).must(t).Withdrawn }
		set(func() { one.Disabled = true })
		ada.released("note", two.ID)
		same(t, "withdrawn", withdrawn(), true)
		set(func() { one.Text = "Changed meanwhile." })
		ada.released("meanwhile")
		set(func() { one.Disabled = false })
		ada.released("meanwhile", one.ID)
		same(t, "restored", withdrawn(), false)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteTranscript(ctx, one) })
		ada.released("meanwhile")
	})
}

// wroteThen are the rows of a person with two recordings, of which one has two
// texts and is withdrawn, as a version wrote them that knew no search.
var wroteThen = []string{
	`INSERT INTO users (id, email, first_name, last_name, created_on, updated_on) VALUES (7, 'ada@example.org', 'Ada', 'Byron', 1, 1)`,
	`INSERT INTO recordings (id, user_id, name, type, language, metadata, status, run_id, audio_key, audio_size, audio_sha256, audio_content_type, audio_duration_ms, created_on, updated_on) VALUES
		(11, 7, 'Memo', 'note', '', '{}', 'completed', 21, 'a', 9, '', 'audio/wav', 9, 1, 1),
		(12, 7, 'Memo', 'note', '', '{}', 'queued', 22, 'b', 9, '', 'audio/wav', 9, 1, 1)`,
	`INSERT INTO runs (id, recording_id, user_id, status, created_on) VALUES (21, 11, 7, 'completed', 1), (22, 12, 7, 'queued', 1)`,
	`INSERT INTO revisions (recording_id, number, text, segments, created_on) VALUES (11, 1, 'Before.', '[]', 1), (11, 2, '
  After the fact.', '[]', 2)`,
	`INSERT INTO transcripts (recording_id, user_id, run_id, name, description, text, type, disabled, metadata, created_on, updated_on) VALUES
		(11, 7, 21, 'Memo', '', 'A note.', 'note', TRUE, '{}', 1, 1)`,
}

// TestSearchOfWhatWasThere: the migration indexes what older versions wrote.
func TestSearchOfWhatWasThere(t *testing.T) {
	eachAddress(t, func(t *testing.T, address string) {
		old := read(store.OpenUpTo(t.Context(), address, 2)).must(t)
		for _, statement := range wroteThen {
			finder{t: t, db: old}.exec(statement)
		}
		old.Close()

		ada := finder{t, storetest.Open(t, address), talkit.User{ID: 7}}
		ada.finds("before")
		ada.finds("after", 11)
		ada.finds("memo", 12, 11)
		ada.released("note")
		n := read(ada.db.Note(t.Context(), 7, 11)).must(t)
		same(t, "opening", n.Opening, "After the fact.")
		same(t, "withdrawn", n.Withdrawn, true)
	})
}

// TestErasedWordsAreGone looks for the words of an erased text in the bytes of
// the database.
func TestErasedWordsAreGone(t *testing.T) {
	t.Parallel()
	path := storetest.SQLite(t)
	db := storetest.Open(t, path)
	rows := storetest.RowsOf(t, db)
	ada := finder{t, db, rows.User()}
	kept := rows.Recording(ada.user)
	ada.write(kept, "zebra "+strings.Repeat("plain words ", 100))
	tr := rows.Transcript(ada.user)
	rec := read(db.Recording(t.Context(), tr.RecordingID)).must(t)
	for _, text := range []string{"quagga first", "quagga second " + strings.Repeat("and so on ", 5000)} {
		ada.write(rec, text)
	}
	tr.Text = "quagga released"
	do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetTranscript(ctx, tr) })
	holds := func(word string) bool {
		ada.exec("PRAGMA wal_checkpoint(TRUNCATE)")
		return bytes.Contains(read(os.ReadFile(path)).must(t), []byte(word))
	}
	same(t, "held before", []bool{holds("quagga"), holds("zebra")}, []bool{true, true})
	do(t, db, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteTranscript(ctx, tr); err != nil {
			return err
		}
		return tx.DeleteRecording(ctx, rec)
	})
	same(t, "held after", []bool{holds("quagga"), holds("zebra")}, []bool{false, true})
	ada.finds("zebra", kept.ID)
}

// TestTextsOfManyWords: no text is too much for the index.
func TestTextsOfManyWords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		ada := finder{t, db, rows.User()}
		rec := rows.Recording(ada.user)
		var text strings.Builder
		for i := range 200_000 {
			fmt.Fprintf(&text, "word%d ", i)
		}
		ada.write(rec, text.String()+strings.Repeat("é", 100_000))
		ada.finds("word0 word19000", rec.ID)
		ada.write(rec, "short")
		ada.finds("word0")
		ada.finds("short", rec.ID)
	})
}
