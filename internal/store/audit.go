package store

import (
	"context"

	"talkit"
)

// AuditEntry says who did what to which thing, from where. Entries are only
// ever added.
type AuditEntry struct {
	ID        int64             `db:"id"`
	CreatedOn talkit.Time       `db:"created_on"`
	Actor     talkit.CallerKind `db:"actor"`
	ActorID   int64             `db:"actor_id"`
	Address   string            `db:"address"`
	Action    string            `db:"action"` // "plugin.created"
	Thing     string            `db:"thing"`
	ThingID   int64             `db:"thing_id"`
	Detail    string            `db:"detail"`
}

// AddAudit adds an entry.
func (tx *Tx) AddAudit(ctx context.Context, e AuditEntry) error {
	_, err := tx.exec(ctx, `INSERT INTO audit (created_on, actor, actor_id, address, action, thing, thing_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		e.CreatedOn, e.Actor, e.ActorID, e.Address, e.Action, e.Thing, e.ThingID, e.Detail)
	return err
}

// Audit reads a part of the log.
func (q queries) Audit(ctx context.Context, p talkit.Page) ([]AuditEntry, bool, error) {
	return page[AuditEntry](ctx, q, p, `SELECT id, created_on, actor, actor_id, address, action, thing, thing_id, detail FROM audit WHERE TRUE`, "id")
}
