package app

import (
	"slices"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestADeletedRecordingIsInNoTable: what was said in it is neither in the texts,
// nor in what an engine heard, nor in what a webhook was sent and answered, nor in
// what is kept for clients; other recordings of its person stay.
func TestADeletedRecordingIsInNoTable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		person := rows.User()
		own := account{person: person, who: talkit.Caller{Kind: talkit.CallerUser, UserID: person.ID, Person: person}}
		plugin := rows.Plugin(rows.User())
		own.dictate(t, a, rows, plugin, rows.Webhook(plugin))
		list, err := a.ListRecordings(ctx, own.who, talkit.Page{Limit: 10})
		if err != nil || len(list.Data) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		r, err := db.Recording(ctx, list.Data[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		own.hear(t, rows, r)
		other := rows.Transcript(person)

		found := whereIs(t, db, told)
		for _, table := range []string{"recordings", "pieces", "revisions", "revision_parts", "transcripts", "attempts", "kept_answers", "uploads", "early_pieces"} {
			if !slices.Contains(found, table) {
				t.Errorf("what was said is not in %s before: this test would not see it go", table)
			}
		}
		if err := a.DeleteRecording(ctx, own.who, r.ID); err != nil {
			t.Fatal(err)
		}
		if found := whereIs(t, db, told); len(found) > 0 {
			t.Errorf("what was said is still in %q", found)
		}
		if kept, err := db.Transcript(ctx, person.ID, other.ID); err != nil || kept.Text != other.Text {
			t.Errorf("the other text: %+v, %v", kept, err)
		}
	})
}

// hear lets an engine hear what was told in a recording, while it was spoken and
// afterwards, and gives it a long text.
func (own account) hear(t *testing.T, rows storetest.Rows, r talkit.Recording) {
	t.Helper()
	ctx, now := t.Context(), talkit.Now()
	heard := talkit.Segments{{Text: told}}
	rows.Run(r, 10)
	rows.Do(func(tx *store.Tx) error {
		piece, err := tx.ClaimPiece(ctx, 1, now)
		if err != nil {
			return err
		}
		piece.Segments = heard
		if _, _, err := tx.FinishPiece(ctx, piece.Piece, 1, now); err != nil {
			return err
		}
		u := talkit.Upload{ID: "spoken", UserID: own.person.ID, Name: told, Type: talkit.Note, Metadata: talkit.Metadata{"k": told}, Described: told,
			CreatedOn: now, ExpiresOn: now.Add(time.Hour)}
		if err := tx.AddUpload(ctx, u); err != nil {
			return err
		}
		if err := tx.AddEarlyPiece(ctx, u.ID, talkit.EarlyPiece{Segments: heard}); err != nil {
			return err
		}
		long := talkit.Revision{RecordingID: r.ID, Text: told, Segments: slices.Repeat(heard, 20_000), CreatedOn: now}
		if err := tx.AddRevision(ctx, &long); err != nil {
			return err
		}
		_, err = tx.FinishUpload(ctx, u.ID, r.ID, now, now.Add(time.Hour))
		return err
	})
}
