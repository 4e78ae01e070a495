// Package jobs is the queue: River on either database. A job is a row beside
// the rows it is about, put there by the same transaction, so neither is ever
// without the other.
//
// Any job may run twice: its process can die after the work and before the
// queue has noted it. Each handler therefore ends in a compare-and-set on a
// row of ours. And no row of river_job is ever deleted or changed by anyone
// but River and the statements in this package: River v0.34 does not bear it.
package jobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"talkit/internal/store"
)

// Options are what a Queue needs.
type Options struct {
	Dialect store.Dialect
	// DB is the pool whose transactions Insert joins. On SQLite it is the
	// writing pool of one connection, which the workers share.
	DB *sql.DB
	// DSN is the address of the same PostgreSQL database, for Run's own pool. It must
	// reach the server itself: a pooler between them would lose LISTEN and locks.
	DSN     string
	Logger  *slog.Logger
	Workers Workers
}

// Workers says how many jobs of a queue run at the same time in this process.
type Workers struct {
	Prepare, Speech, Finish, Deliver int // 0 means 2, 1, 2 and 256
}

// Queue implements store.Queue, and works what is in it while Run runs.
type Queue struct {
	options   Options
	timing    timing
	id        string // of this process, new at each start
	insert    *river.Client[*sql.Tx]
	bell      *bell
	notifying atomic.Bool // soon, on PostgreSQL
}

var _ store.Queue = (*Queue)(nil)

// New makes a Queue that inserts; it works nothing until Run.
func New(options Options) (*Queue, error) {
	driver, err := insertDriver(options.DB, options.Dialect)
	if err != nil {
		return nil, err
	}
	q := &Queue{options: options, timing: usualTiming, id: processID(), bell: newBell()}
	q.insert, err = river.NewClient(driver, q.baseConfig())
	return q, err
}

// insertDriver joins the transactions of db.
func insertDriver(db *sql.DB, dialect store.Dialect) (riverdriver.Driver[*sql.Tx], error) {
	switch dialect {
	case store.SQLite:
		return riversqlite.New(db), nil
	case store.Postgres:
		return riverdatabasesql.New(db), nil
	}
	return nil, fmt.Errorf("jobs: no such database: %q", dialect)
}

// processID tells people the machine, and machines one process from another.
func processID() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%.60s-%s", host, rand.Text())
}

// Migrate brings River's tables up to date. The caller holds the lock that
// keeps others from doing the same, and is in no transaction.
func Migrate(ctx context.Context, db *sql.DB, dialect store.Dialect) error {
	driver, err := insertDriver(db, dialect)
	if err != nil {
		return err
	}
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("jobs: migrate: %w", err)
	}
	return nil
}

// Insert puts jobs into tx. They are due when it is committed, or at their
// time if that is later; then a job may start up to 6 s late.
func (q *Queue) Insert(ctx context.Context, tx *sql.Tx, entries []store.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(entries))
	for i, entry := range entries {
		kind, ok := kinds[entry.Job.Kind()]
		if !ok {
			return fmt.Errorf("jobs: no such kind: %q", entry.Job.Kind())
		}
		options := &river.InsertOpts{Queue: kind.queue}
		// River never takes up at once what has a time, even a past one.
		if at := entry.At.Std(); at.After(time.Now()) {
			options.ScheduledAt = at
		}
		params[i] = river.InsertManyParams{Args: entry.Job, InsertOpts: options}
		q.bell.arm(kind.queue)
	}
	if _, err := q.insert.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("jobs: insert: %w", err)
	}
	return nil
}

// Committed is called after the commit of a transaction that inserted jobs: it
// wakes the workers, of this process on SQLite, of all on PostgreSQL.
func (q *Queue) Committed() {
	if q.options.Dialect == store.SQLite {
		q.bell.ring()
	} else {
		q.notifySoon()
	}
}
