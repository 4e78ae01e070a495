package app

import (
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestWriteTranscriptOverAnother: who began from a text that is not the current
// one any more does not put theirs over it unseen.
func TestWriteTranscriptOverAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		rows := storetest.RowsOf(t, db)
		person := rows.User()
		who := talkit.Caller{Kind: talkit.CallerUser, UserID: person.ID, Person: person}
		r := rows.Recording(person)
		r.Status = talkit.RecordingReview
		rows.Do(func(tx *store.Tx) error { return tx.SetRecording(ctx, r) })
		for _, c := range []struct {
			text string
			over int
			kept bool
		}{{"first", 0, true}, {"blind", 0, false}, {"second", 1, true}, {"late", 1, false}, {"future", 3, false}} {
			_, err := a.WriteTranscript(ctx, who, r.ID, c.text, &c.over)
			if c.kept && err != nil || !c.kept && talkit.KindOf(err) != talkit.Conflict {
				t.Errorf("%s over %d: %v", c.text, c.over, err)
			}
		}
		if got, err := a.WriteTranscript(ctx, who, r.ID, "third", nil); err != nil || got.Text != "third" {
			t.Errorf("over whichever: %+v, %v", got, err)
		}
		note, err := a.OpenNote(ctx, who, r.ID)
		if err != nil || note.Version != 3 || !note.ByHand || note.Title != "Memo" {
			t.Errorf("%+v, %v", note, err)
		}
	})
}
