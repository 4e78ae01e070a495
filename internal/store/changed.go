package store

import (
	"context"

	"talkit"
)

// Changed is a recording that changed, and when.
type Changed struct {
	ID        int64       `db:"id"`
	UpdatedOn talkit.Time `db:"updated_on"`
}

// RecordingsChanged reads which of a user's recordings changed after since, of
// many the latest, the oldest change last.
func (q queries) RecordingsChanged(ctx context.Context, userID int64, since talkit.Time, most int) ([]Changed, error) {
	return many[Changed](ctx, q, "SELECT id, updated_on FROM recordings WHERE user_id = ? AND updated_on > ? ORDER BY updated_on DESC LIMIT ?+0",
		userID, since, most)
}

// TouchRecording notes that a recording changed in what stands elsewhere, as
// its progress does.
func (tx *Tx) TouchRecording(ctx context.Context, id int64, now talkit.Time) error {
	return tx.change(ctx, "recording", "UPDATE recordings SET updated_on = ? WHERE id = ?", now, id)
}
