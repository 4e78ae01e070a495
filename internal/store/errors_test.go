package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// wantAway fails the test unless err says that the database is away, and when
// to try again.
func wantAway(t *testing.T, what string, err error) {
	t.Helper()
	e, ok := errors.AsType[*talkit.Error](err)
	if !ok || e.Kind != talkit.Unavailable || e.RetryAfter != 5*time.Second || errors.Unwrap(e) == nil {
		t.Errorf("%s: got %#v, want Unavailable with a time to try again and its cause", what, err)
	}
}

func addEntry(ctx context.Context, tx *store.Tx) error {
	return tx.AddAudit(ctx, store.AuditEntry{Action: "test", Detail: strings.Repeat("x", 1000)})
}

// pragma sets something on the writing connection of a SQLite database.
func pragma(t *testing.T, db *store.DB, what string) {
	t.Helper()
	if _, err := db.Writer().ExecContext(t.Context(), "PRAGMA "+what); err != nil {
		t.Fatal(err)
	}
}

func TestLockedSQLite(t *testing.T) {
	t.Parallel()
	path := storetest.SQLite(t)
	db := storetest.Open(t, path)
	pragma(t, db, "busy_timeout=1")
	other, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	for _, statement := range []string{"BEGIN EXCLUSIVE", "ROLLBACK"} {
		if _, err := other.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		err := inTx(t, db, addEntry)
		if statement == "ROLLBACK" {
			same(t, "once it is free", err, nil)
			break
		}
		wantAway(t, "in a transaction", err)
		wantAway(t, "in a group", db.InGroup(t.Context(), func(tx *store.Tx) error { return addEntry(t.Context(), tx) }))
		read(db.HasOperator(t.Context())).is(t, "reading while it is locked", false)
	}
	same(t, "rows", countRows(t, db, "audit"), 1)
}

// TestFullDisk lets SQLite find no room for another page.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	do(t, db, addEntry)
	pragma(t, db, "max_page_count=1") // not less than there are
	fill := func(ctx context.Context, tx *store.Tx) error {
		for range 100 {
			if err := addEntry(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	}
	wantKind(t, "in a transaction", inTx(t, db, fill), talkit.StorageFull)
	wantKind(t, "in a group", db.InGroup(t.Context(), func(tx *store.Tx) error { return fill(t.Context(), tx) }), talkit.StorageFull)
	same(t, "rows", countRows(t, db, "audit"), 1)
	pragma(t, db, "max_page_count=1073741823")
	do(t, db, fill)
	same(t, "rows once there is room", countRows(t, db, "audit"), 101)
}

// TestNobodyThere opens a PostgreSQL at a port where nothing listens.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	_, err = store.Open(t.Context(), "postgres://nobody@"+address+"/none?sslmode=disable", noQueue)
	wantAway(t, "open", err)
}

func noQueue(context.Context, *sql.DB, store.Dialect) error { return nil }

// TestPostgresGone takes PostgreSQL away in the middle of everything, and back.
func TestPostgresGone(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	line := newLine(t, dsn)
	db := storetest.Open(t, line.dsn)
	err := inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		if err := addEntry(ctx, tx); err != nil {
			return err
		}
		line.cut()
		return addEntry(ctx, tx)
	})
	wantAway(t, "within a transaction", err)
	wantAway(t, "reading", read(db.HasOperator(t.Context())).err)
	wantAway(t, "a transaction", inTx(t, db, addEntry))
	wantAway(t, "ping", db.Ping(t.Context()))
	line.mend()
	comesBack(t, db)
	read(db.HasOperator(t.Context())).is(t, "reading once it is back", false)
}

// comesBack adds the first entry to a PostgreSQL that is there again. Each
// connection of the pool may fail once more.
func comesBack(t *testing.T, db *store.DB) {
	t.Helper()
	for range 20 {
		err := inTx(t, db, addEntry)
		if err == nil {
			same(t, "rows", countRows(t, db, "audit"), 1)
			return
		}
		wantAway(t, "again", err)
	}
	t.Error("it did not come back")
}

// TestPostgresEndsConnections is what a restart of PostgreSQL does.
func TestPostgresEndsConnections(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	db, operator := storetest.Open(t, dsn), storetest.Open(t, dsn)
	end := func() {
		if _, err := operator.Writer().ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
	}
	err := inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		if err := addEntry(ctx, tx); err != nil {
			return err
		}
		end()
		return addEntry(ctx, tx)
	})
	wantAway(t, "within a transaction", err)
	comesBack(t, db)
}

// TestLeaving asks something endless and leaves.
func TestLeaving(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 7 FROM n) SELECT COUNT(*) FROM n"
		var n int64
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		wantAway(t, "out of time", db.Get(ctx, &n, endless))

		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, leave)
		same(t, "left", db.Get(ctx, &n, endless), context.Canceled, sameError)
		ctx, leave = context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, leave)
		err := db.InTx(ctx, func(tx *store.Tx) error { return tx.Get(ctx, &n, endless) })
		same(t, "left a transaction", err, context.Canceled, sameError)
		do(t, db, addEntry)
	})
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]talkit.Kind{
		"53100": talkit.StorageFull, "53300": talkit.Unavailable, "57P01": talkit.Unavailable, "57P03": talkit.Unavailable,
		"08006": talkit.Unavailable, "23505": talkit.Internal, "40P01": talkit.Internal,
	} {
		cause := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code})
		err := store.Explain(cause)
		same(t, code, talkit.KindOf(err), want)
		same(t, code+", its cause", err, cause, sameError)
	}
	for _, err := range []error{nil, sql.ErrNoRows, context.Canceled, talkit.Missing("thing"), errRefused} {
		same(t, "not of the database", store.Explain(err), err, sameError)
	}
}
