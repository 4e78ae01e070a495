package storetest

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"talkit/internal/store"
)

// Each runs f on an empty SQLite and on an empty PostgreSQL, side by side.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, Open(t, SQLite(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Open(t, Postgres(t)))
	})
}

// SQLite returns the address of a database that is not there yet.
func SQLite(t testing.TB) (path string) {
	return filepath.Join(t.TempDir(), "talkit.db")
}

// Open opens the database at address until the test ends. It has no queue:
// where jobs are enqueued, call UseQueue.
func Open(t testing.TB, address string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), address, noQueue)
	if err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

func noQueue(context.Context, *sql.DB, store.Dialect) error { return nil }
