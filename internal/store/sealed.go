package store

import (
	"context"
	"fmt"
)

// SealedRow is a sealed value and where it stands.
type SealedRow struct {
	Table, Column string
	ID            int64  `db:"id"`
	Sealed        []byte `db:"sealed"`
}

// sealedColumns are all places of sealed values but kept answers, which are
// gone in a day.
var sealedColumns = [][2]string{{"secret_keys", "sealed"}, {"webhooks", "secret"}, {"webhooks", "old_secret"}}

// SealedRows reads the values that do not begin with prefix: another key
// sealed them. Without a prefix it reads all.
func (q queries) SealedRows(ctx context.Context, prefix []byte) ([]SealedRow, error) {
	var found []SealedRow
	for _, c := range sealedColumns {
		query := fmt.Sprintf("SELECT id, %[2]s AS sealed FROM %[1]s WHERE %[2]s IS NOT NULL", c[0], c[1])
		var args []any
		if prefix != nil {
			query += fmt.Sprintf(" AND substr(%s, 1, %d) <> ?", c[1], len(prefix))
			args = []any{prefix}
		}
		rows, err := many[SealedRow](ctx, q, query+" ORDER BY id", args...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			row.Table, row.Column = c[0], c[1]
			found = append(found, row)
		}
	}
	return found, nil
}

// SetSealed puts a value in place of the one that was read.
func (tx *Tx) SetSealed(ctx context.Context, row SealedRow, sealed []byte) error {
	_, err := tx.exec(ctx, fmt.Sprintf("UPDATE %[1]s SET %[2]s = ? WHERE id = ? AND %[2]s = ?", row.Table, row.Column), sealed, row.ID, row.Sealed)
	return err
}
