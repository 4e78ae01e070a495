package store

import (
	"context"
	"database/sql"
	"errors"
)

// counted lists keep their length in a counter, so that total_count costs the
// same with ten rows or ten million.
type counted string

const (
	transcriptsOfUser        counted = "transcripts of user"
	recordingsOfUser         counted = "recordings of user"
	recordingsOfInstallation counted = "recordings of installation"
	installationsOfPlugin    counted = "installations of plugin"
	eventsOfPlugin           counted = "events of plugin"
	deliveriesOfWebhook      counted = "deliveries of webhook"
)

// total is 0 for a list nothing was ever added to.
func (q queries) total(ctx context.Context, list counted, owner int64) (int64, error) {
	var total int64
	err := q.on.get(ctx, &total, "SELECT total FROM counters WHERE list = ? AND owner_id = ?", list, owner)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return total, err
}

// count changes the length of a list. Take it before the row is inserted:
// whoever holds the counter is the only writer of that list until the commit.
func (tx *Tx) count(ctx context.Context, list counted, owner int64, by int) error {
	if by < 0 {
		return tx.change(ctx, "list", "UPDATE counters SET total = total + ? WHERE list = ? AND owner_id = ?", by, list, owner)
	}
	_, err := tx.exec(ctx, `INSERT INTO counters (list, owner_id, total) VALUES (?, ?, ?)
		ON CONFLICT (list, owner_id) DO UPDATE SET total = counters.total + excluded.total`, list, owner, by)
	return err
}
