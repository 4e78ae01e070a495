package jobs

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// All tests run far from UTC, as the text of a local time sorts wrong there.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("far", 11*60*60)
	os.Exit(m.Run())
}

// bundle is a database with the queue's tables and one more.
type bundle struct {
	t       testing.TB
	dialect store.Dialect
	db      *sql.DB
	dsn     string
}

// onBoth runs f on SQLite and on PostgreSQL.
func onBoth(t *testing.T, f func(t *testing.T, b *bundle)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t, setupSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, setupPostgres(t)) })
}

func setupSQLite(t testing.TB) *bundle {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "test.db")+
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_txlock=immediate")
	check(t, err)
	db.SetMaxOpenConns(1)
	return setup(&bundle{t: t, dialect: store.SQLite, db: db})
}

func setupPostgres(t testing.TB) *bundle {
	dsn := storetest.Postgres(t)
	config, err := pgx.ParseConfig(dsn)
	check(t, err)
	return setup(&bundle{t: t, dialect: store.Postgres, db: stdlib.OpenDB(*config), dsn: dsn})
}

func setup(b *bundle) *bundle {
	b.t.Cleanup(func() { b.db.Close() })
	check(b.t, Migrate(b.t.Context(), b.db, b.dialect))
	b.exec("CREATE TABLE app (id BIGINT PRIMARY KEY, worked BIGINT NOT NULL DEFAULT 0)")
	return b
}

func (b *bundle) exec(query string, args ...any) {
	b.t.Helper()
	_, err := b.db.Exec(query, args...)
	check(b.t, err)
}

func (b *bundle) count(query string, args ...any) (n int64) {
	b.t.Helper()
	check(b.t, b.db.QueryRow(query, args...).Scan(&n))
	return n
}

// inTx is what store's InTx does.
func (b *bundle) inTx(q *Queue, f func(tx *sql.Tx) error, jobs ...talkit.Job) error {
	ctx := context.Background()
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	entries := make([]store.Entry, len(jobs))
	for i, job := range jobs {
		entries[i].Job = job
	}
	if err := f(tx); err != nil {
		return err
	}
	if err := q.Insert(ctx, tx, entries); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	q.Committed()
	return nil
}

func (b *bundle) insert(q *Queue, entries ...store.Entry) {
	b.t.Helper()
	ctx := context.Background()
	tx, err := b.db.BeginTx(ctx, nil)
	check(b.t, err)
	defer tx.Rollback()
	check(b.t, q.Insert(ctx, tx, entries))
	check(b.t, tx.Commit())
	q.Committed()
}

func deliver(id int64) store.Entry { return store.Entry{Job: talkit.DeliverJob{DeliveryID: id}} }

// queue makes one whose log the test can read.
func (b *bundle) queue(change ...func(*Options)) (*Queue, *logged) {
	b.t.Helper()
	log := &logged{}
	options := Options{Dialect: b.dialect, DB: b.db, DSN: b.dsn, Logger: slog.New(slog.NewTextHandler(log, nil))}
	for _, f := range change {
		f(&options)
	}
	q, err := New(options)
	check(b.t, err)
	return q, log
}

// start runs q until the returned function is called, at the latest when the
// test ends; it gives Run's error.
func (b *bundle) start(q *Queue, handlers Handlers) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx, handlers) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	b.t.Cleanup(func() { stop() })
	return stop
}

// delivering is Handlers that do nothing but deliver.
func delivering(f func(ctx context.Context, id int64, job talkit.DeliverJob) error) Handlers {
	return Handlers{
		Prepare: idle[talkit.PrepareJob], Piece: idle[talkit.PieceJob], Finish: idle[talkit.FinishJob],
		Erase: idle[talkit.EraseJob], Sweep: idle[talkit.SweepJob], Mail: idle[talkit.MailJob], Deliver: f,
	}
}

func idle[J any](context.Context, int64, J) error { return nil }

// logged is a log that many may write.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// quiet fails the test if anything above info was logged, but for what River
// says when the stop comes while it starts.
func (l *logged) quiet(t testing.TB) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		loud := strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR")
		if loud && !strings.Contains(line, "context canceled") {
			t.Errorf("the log is not quiet: %s", line)
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const patience = 60 * time.Second

// receive waits for a value that has to come.
func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// eventually polls for a condition that has to come true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func contains(t testing.TB, what, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s: %q is not in %s", what, part, fmt.Sprintf("%.2000s", text))
	}
}
