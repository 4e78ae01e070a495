package store_test

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// eachAddress is Each for those who open the database themselves.
func eachAddress(t *testing.T, f func(t *testing.T, address string)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, storetest.SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, storetest.Postgres(t))
	})
}

// TestOpenAgain opens a database that has rows.
func TestOpenAgain(t *testing.T) {
	eachAddress(t, func(t *testing.T, address string) {
		first := storetest.Open(t, address)
		u := storetest.RowsOf(t, first).User()
		read(storetest.Open(t, address).User(t.Context(), u.ID)).is(t, "user", u)
	})
}

// queueTables does what must not be done twice at once: it looks, then makes.
type queueTables struct{ inside, calls atomic.Int32 }

func (q *queueTables) migrate(ctx context.Context, db *sql.DB, _ store.Dialect) error {
	q.calls.Add(1)
	if q.inside.Add(1) != 1 {
		panic("two migrate at once")
	}
	defer q.inside.Add(-1)
	if _, err := db.ExecContext(ctx, "SELECT * FROM queue"); err == nil {
		return nil
	}
	_, err := db.ExecContext(ctx, "CREATE TABLE queue (id BIGINT)")
	return err
}

// TestOpenAtOnce opens an empty database from eight goroutines.
func TestOpenAtOnce(t *testing.T) {
	eachAddress(t, func(t *testing.T, address string) {
		var queue queueTables
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				db, err := store.Open(t.Context(), address, queue.migrate)
				if err != nil {
					t.Error(err)
					return
				}
				if err := db.InTx(t.Context(), func(tx *store.Tx) error { return addEntry(t.Context(), tx) }); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		same(t, "times the queue was migrated", queue.calls.Load(), 8)
		db := storetest.Open(t, address)
		same(t, "rows", countRows(t, db, "audit"), 8)
		same(t, "CRM integrations", countRows(t, db, "crm_integrations"), 5)
	})
}

// openAddress names a database to this program when it is run as one of
// several processes that open it.
const openAddress = "TALKIT_STORE_TEST_OPEN"

// openAsProcess opens the database and ends.
func openAsProcess(address string) error {
	db, err := store.Open(context.Background(), address, new(queueTables).migrate)
	if err != nil {
		return err
	}
	return db.Close()
}

// TestOpenFromProcesses opens an empty database from four processes at once.
func TestOpenFromProcesses(t *testing.T) {
	eachAddress(t, func(t *testing.T, address string) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				process := exec.CommandContext(t.Context(), os.Args[0])
				process.Env = append(os.Environ(), openAddress+"="+address)
				if out, err := process.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		all.Wait()
		same(t, "CRM integrations", countRows(t, storetest.Open(t, address), "crm_integrations"), 5)
	})
}

// TestQueueThatCannotBeMigrated: the error is told, and the lock let go.
func TestQueueThatCannotBeMigrated(t *testing.T) {
	eachAddress(t, func(t *testing.T, address string) {
		_, err := store.Open(t.Context(), address, func(context.Context, *sql.DB, store.Dialect) error { return errRefused })
		same(t, "error", err, errRefused, sameError)
		storetest.Open(t, address)
	})
}

// TestOpenWithoutPatience leaves while another process has the lock.
func TestOpenWithoutPatience(t *testing.T) {
	eachAddress(t, func(t *testing.T, address string) {
		_, err := store.Open(t.Context(), address, func(ctx context.Context, _ *sql.DB, _ store.Dialect) error {
			ctx, cancel := context.WithCancel(ctx)
			waiting := make(chan error)
			go func() {
				_, err := store.Open(ctx, address, noQueue)
				waiting <- err
			}()
			cancel()
			same(t, "the other", <-waiting, context.Canceled, sameError)
			return nil
		})
		same(t, "open", err, nil)
	})
}

func TestOpenSQLiteAnywhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "50% of ümlauts? #1 & more", "talkit data.db")
	_, err := store.Open(t.Context(), path, noQueue)
	if err == nil || !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Errorf("a folder that is not there: got %v, which does not name it", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the database is somewhere else: %v", err)
	}
	read(filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(path)), "*"))).is(t, "what else was made", []string{filepath.Dir(path)})
}

func TestSQLiteSettings(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
		var got string
		if err := db.Writer().QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil {
			t.Fatal(err)
		}
		same(t, name+" of the writer", got, want)
		same(t, name+" of a reader", read(got, db.Get(t.Context(), &got, "PRAGMA "+name)).must(t), want)
	}
	var id int64
	err := db.Get(t.Context(), &id, "INSERT INTO users (email, first_name, last_name, created_on, updated_on) VALUES ('a', '', '', 0, 0) RETURNING id")
	if err == nil {
		t.Error("a reader wrote")
	}
	same(t, "kind of address", []bool{store.IsPostgres("postgres://a"), store.IsPostgres("postgresql://a"), store.IsPostgres("/a/postgres.db")},
		[]bool{true, true, false})
}

func TestUnreadablePostgresURL(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), "postgres://u:hunter2@127.0.0.1:nonsense/x", noQueue)
	if err == nil || !strings.Contains(err.Error(), "TALKIT_DATABASE_URL") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want the name of the setting and no password", err)
	}
	same(t, "kind", talkit.KindOf(err), talkit.Internal)
}
