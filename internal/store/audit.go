package store

import (
	"context"
	"strings"

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

const auditColumns = "id, created_on, actor, actor_id, address, action, thing, thing_id, detail"

// Audit reads a part of the log.
func (q queries) Audit(ctx context.Context, p talkit.Page) ([]AuditEntry, bool, error) {
	return page[AuditEntry](ctx, q, p, "SELECT "+auditColumns+" FROM audit WHERE TRUE", "id")
}

// AuditFilter narrows the log; what is zero does not.
type AuditFilter struct {
	Action      string      // "plugin.created", or what it begins with: "plugin."
	ActorID     int64       // a person
	From, Until talkit.Time // Until is not included
	Before      int64       // entries older than this one
	Limit       int
}

// AuditLog reads the log, newest first.
func (q queries) AuditLog(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	query, args := "SELECT "+auditColumns+" FROM audit WHERE TRUE", []any{}
	for _, condition := range []struct {
		wanted bool
		sql    string
		values []any
	}{
		{f.Action != "" && !strings.HasSuffix(f.Action, "."), " AND action = ?", []any{f.Action}},
		// All that begins with "plugin.": '/' comes after '.'.
		{strings.HasSuffix(f.Action, "."), " AND action >= ? AND action < ?", []any{f.Action, strings.TrimSuffix(f.Action, ".") + "/"}},
		{f.ActorID != 0, " AND actor_id = ? AND actor <> ?", []any{f.ActorID, talkit.CallerInstallation}},
		{f.From != 0, " AND created_on >= ?", []any{f.From}},
		{f.Until != 0, " AND created_on < ?", []any{f.Until}},
		{f.Before != 0, " AND id < ?", []any{f.Before}},
	} {
		if condition.wanted {
			query, args = query+condition.sql, append(args, condition.values...)
		}
	}
	return many[AuditEntry](ctx, q, query+" ORDER BY id DESC LIMIT ?+0", append(args, f.Limit)...)
}

// EmailsOf reads the addresses of people, by id.
func (q queries) EmailsOf(ctx context.Context, ids []int64) (map[int64]string, error) {
	return q.named(ctx, "SELECT id, email AS name FROM users", ids)
}

// PluginNames reads the names of plugins, by id.
func (q queries) PluginNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	return q.named(ctx, "SELECT id, name FROM plugins", ids)
}

// named reads the names of those that are there.
func (q queries) named(ctx context.Context, query string, ids []int64) (map[int64]string, error) {
	names := map[int64]string{}
	if len(ids) == 0 {
		return names, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	type row struct {
		ID   int64  `db:"id"`
		Name string `db:"name"`
	}
	rows, err := many[row](ctx, q, query+" WHERE id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}
