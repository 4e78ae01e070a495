package store_test

import (
	"database/sql"
	"fmt"
	"testing"

	"talkit/internal/store/storetest"
)

// numbers reads what a query gives in its one column.
func numbers(t *testing.T, rows *sql.Rows) (all []int) {
	t.Helper()
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestStatementsAreKept uses kept statements in every way that could show
// traces of an earlier use.
func TestStatementsAreKept(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	tx, err := db.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	ask := func(from int) *sql.Rows {
		t.Helper()
		rows, err := tx.QueryContext(t.Context(), "SELECT id FROM crm_integrations WHERE id > ? ORDER BY id", from)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	same(t, "first use", numbers(t, ask(1)), []int{2, 3, 4, 5})
	same(t, "with another argument", numbers(t, ask(3)), []int{4, 5})

	outer := ask(0)
	outer.Next()
	same(t, "within the rows of the same query", numbers(t, ask(2)), []int{3, 4, 5})
	same(t, "the rows around it", numbers(t, outer), []int{2, 3, 4, 5})
	left := ask(0)
	left.Next()
	left.Close()
	same(t, "after rows that were left", numbers(t, ask(0)), []int{1, 2, 3, 4, 5})

	insert := func(key string) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO loose_blobs (key, sweep_on) VALUES (?, 0)", key)
		return err
	}
	same(t, "insert", insert("a"), nil)
	if insert("a") == nil {
		t.Error("a key was taken twice")
	}
	same(t, "after one that failed", insert("b"), nil)
	if _, err := tx.ExecContext(t.Context(), "ALTER TABLE crm_integrations RENAME COLUMN logo_key TO picture"); err != nil {
		t.Fatal(err)
	}
	same(t, "after the table was changed", numbers(t, ask(4)), []int{5})
	for n := range 300 {
		rows, err := tx.QueryContext(t.Context(), fmt.Sprintf("SELECT %d", n))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "many queries", numbers(t, rows), []int{n})
	}
	same(t, "after many others", numbers(t, ask(4)), []int{5})
}
