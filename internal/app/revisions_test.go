package app

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestCompareRevisions: a person's own revisions alone, newest first.
func TestCompareRevisions(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
	person, other := rows.User(), rows.User()
	r := rows.Recording(person)
	for i := range 5 {
		v := talkit.Revision{RecordingID: r.ID, UserID: &person.ID, Text: fmt.Sprintf("We met %d friends", i), CreatedOn: talkit.Now()}
		rows.Do(func(tx *store.Tx) error { return tx.AddRevision(ctx, &v) })
	}
	who := talkit.Caller{Kind: talkit.CallerUser, UserID: person.ID}
	var numbers []int
	for before, more := 0, true; more; {
		var heads []RevisionHead
		var err error
		if heads, more, err = a.RevisionHeads(ctx, who, r.ID, before, 2); err != nil {
			t.Fatal(err)
		}
		for _, h := range heads {
			numbers = append(numbers, h.Number)
			before = h.Number
		}
	}
	if diff := cmp.Diff([]int{5, 4, 3, 2, 1}, numbers); diff != "" {
		t.Error(diff)
	}
	changes, err := a.CompareRevisions(ctx, who, r.ID, 1, 5)
	want := []talkit.Change{{Op: talkit.Kept, Text: "We met"}, {Op: talkit.Removed, Text: " 0"}, {Op: talkit.Added, Text: " 4"}, {Op: talkit.Kept, Text: " friends"}}
	if diff := cmp.Diff(want, changes); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	stranger := talkit.Caller{Kind: talkit.CallerUser, UserID: other.ID}
	if _, _, err := a.RevisionHeads(ctx, stranger, r.ID, 0, 2); !talkit.IsNotFound(err) {
		t.Errorf("a stranger's list: %v", err)
	}
	if _, err := a.CompareRevisions(ctx, stranger, r.ID, 1, 5); !talkit.IsNotFound(err) {
		t.Errorf("a stranger's comparison: %v", err)
	}
}
