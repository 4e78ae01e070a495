package store

import (
	"context"

	"talkit"
)

// soundOver is sound (of r, whose user is u) that its person no longer wants to
// be kept: so many days after it was sent, or once its text is released. What
// is still being worked on keeps it in any case. The first lines are those of
// the index recordings_audio.
const soundOver = ` r.user_id = u.id AND r.audio_key <> '' AND r.status IN ('completed', 'review', 'failed')
	AND r.created_on <= ? - u.audio_days * 86400000000 AND (u.audio_days > 0 OR r.status = 'completed')
	AND NOT EXISTS (SELECT 1 FROM runs g WHERE g.id = r.again_id AND g.status IN ('queued', 'running'))`

const soundOverOf = "SELECT r.id, r.audio_key FROM users u CROSS JOIN recordings r WHERE u.audio_days >= 0 AND u.id = ? AND" + soundOver +
	" ORDER BY r.created_on LIMIT ?+0"

// UsersWithSoundOver reads who has sound whose time is over, from an id on.
func (q queries) UsersWithSoundOver(ctx context.Context, now talkit.Time, afterID int64, limit int) ([]int64, error) {
	return many[int64](ctx, q, "SELECT u.id FROM users u WHERE u.audio_days >= 0 AND u.id > ? AND EXISTS (SELECT 1 FROM recordings r WHERE"+soundOver+
		") ORDER BY u.id LIMIT ?+0", afterID, now, limit)
}

// LetGo takes from a user's recordings the sound whose time is over, the oldest
// first. It returns them with the keys of what nobody refers to any more.
func (tx *Tx) LetGo(ctx context.Context, userID int64, now talkit.Time, most int) (keys map[int64]string, err error) {
	type row struct {
		ID  int64  `db:"id"`
		Key string `db:"audio_key"`
	}
	over, err := many[row](ctx, tx.queries, soundOverOf+tx.forUpdate(), userID, now, most)
	keys = map[int64]string{}
	for _, r := range over {
		if err := tx.change(ctx, "recording", "UPDATE recordings SET audio_key = '', updated_on = ? WHERE id = ?", now, r.ID); err != nil {
			return nil, err
		}
		if err := tx.DropPeaks(ctx, r.ID); err != nil {
			return nil, err
		}
		keys[r.ID] = r.Key
	}
	return keys, err
}

// forUpdate keeps others from changing the recordings that are read, once they
// are as they were read; on SQLite there are no others.
func (tx *Tx) forUpdate() string {
	if tx.dialect == Postgres {
		return " FOR UPDATE OF r"
	}
	return ""
}
