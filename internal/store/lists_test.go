package store_test

import (
	"context"
	"slices"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestPages walks along the borders of a list.
func TestPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		user, other := rows.User(), rows.User()
		var ids []int64
		for range 5 {
			ids = append(ids, rows.Transcript(user).ID)
			rows.Transcript(other)
		}
		foreign := ids[2] + 1
		removed := talkit.Transcript{ID: ids[3], UserID: user.ID}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteTranscript(ctx, removed) })
		left := slices.Delete(slices.Clone(ids), 3, 4)
		for _, c := range []struct {
			what  string
			after int64
			limit int
			want  []int64
			more  bool
		}{
			{"from the start", 0, 100, left, false},
			{"a negative position", -5, 100, left, false},
			{"one", 0, 1, left[:1], true},
			{"one less than all", 0, 3, left[:3], true},
			{"as many as there are", 0, 4, left, false},
			{"one more than there are", 0, 5, left, false},
			{"after the first", ids[0], 2, left[1:3], true},
			{"up to the last", left[1], 2, left[2:], false},
			{"after a foreign id", foreign, 5, left[3:], false},
			{"after a deleted id", ids[3], 5, left[3:], false},
			{"after the last", ids[4], 5, []int64{}, false},
			{"far after the last", 1 << 62, 5, []int64{}, false},
		} {
			list := read(db.Transcripts(t.Context(), user.ID, talkit.Page{Limit: c.limit, AfterID: c.after})).must(t)
			same(t, c.what, idsOf(list), c.want)
			same(t, c.what+", has more", list.HasMore, c.more)
			same(t, c.what+", total", list.Total, 4)
		}
	})
}

func idsOf(list talkit.List[talkit.Transcript]) []int64 {
	ids := []int64{}
	for _, t := range list.Items {
		ids = append(ids, t.ID)
	}
	return ids
}
