package store

import (
	"context"

	"talkit"
)

// Reads are how often an installation read something of its user in an hour.
type Reads struct {
	InstallationID int64       `db:"installation_id"`
	UserID         int64       `db:"user_id"`
	Kind           string      `db:"kind"` // "transcripts"
	Hour           talkit.Time `db:"hour"` // its beginning
	Reads          int64       `db:"reads"`
	PluginID       int64       `db:"plugin_id"` // 0 if the installation is gone; only read
}

// SetInstallationUse notes when an installation was used last, and what for.
// That it is gone meanwhile is no error.
func (tx *Tx) SetInstallationUse(ctx context.Context, id int64, on talkit.Time, what string) error {
	_, err := tx.exec(ctx, "UPDATE installations SET used_on = ?, used_for = ? WHERE id = ? AND used_on < ?", on, what, id, on)
	return err
}

// AddReads adds to what an hour has.
func (tx *Tx) AddReads(ctx context.Context, r Reads) error {
	_, err := tx.exec(ctx, `INSERT INTO plugin_reads (installation_id, user_id, kind, hour, reads) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (installation_id, kind, hour) DO UPDATE SET reads = plugin_reads.reads + excluded.reads`,
		r.InstallationID, r.UserID, r.Kind, r.Hour, r.Reads)
	return err
}

// TakeReads takes out what there is of hours that began before a time, some of
// it where it is much.
func (tx *Tx) TakeReads(ctx context.Context, before talkit.Time, most int) ([]Reads, error) {
	return many[Reads](ctx, tx.queries, `DELETE FROM plugin_reads WHERE (installation_id, kind, hour) IN (
		SELECT installation_id, kind, hour FROM plugin_reads WHERE hour < ? ORDER BY hour LIMIT ?+0)
		RETURNING installation_id, user_id, kind, hour, reads,
		COALESCE((SELECT plugin_id FROM installations WHERE id = installation_id), 0) AS plugin_id`, before, most)
}
