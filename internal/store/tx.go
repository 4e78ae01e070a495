package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"

	"talkit"
)

// Tx is a transaction. Within one there is no I/O, and nothing but the Tx is
// used: on SQLite any other call would wait for the connection it holds.
type Tx struct {
	queries
	dialect Dialect
	tx      *sqlx.Tx
	entries []Entry
	after   []func()
}

// txTries is how often a transaction is tried that another one upset.
const txTries = 5

// InTx runs f in a transaction: committed when f returns nil, else as if it
// had never been. f may be run again, so it has no effect outside tx.
func (db *DB) InTx(ctx context.Context, f func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := db.tryTx(ctx, f)
		if err == nil || try == txTries || !upset(err) {
			return err
		}
		giveWay(ctx)
	}
}

// giveWay lets the other transaction of a deadlock have what it waited for.
// Trying again at once would often take it away and end in the same deadlock.
func giveWay(ctx context.Context) {
	select {
	case <-time.After(10*time.Millisecond + rand.N(40*time.Millisecond)):
	case <-ctx.Done():
	}
}

// upset tells whether PostgreSQL gave a transaction up to resolve a deadlock,
// or a row that it read and then referred to was deleted in between, as a
// webhook while an event is recorded for it: the next try does not find it.
func upset(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40P01" || pg.Code == "40001" || pg.Code == "23503")
}

func (db *DB) tryTx(ctx context.Context, f func(tx *Tx) error) error {
	raw, end, err := db.begin(ctx)
	defer end()
	if err != nil {
		return err
	}
	defer raw.Rollback()
	tx := &Tx{queries: queries{on: within{raw}}, dialect: db.Dialect, tx: raw}
	if err := f(tx); err != nil {
		return err
	}
	return db.commit(ctx, tx)
}

// beginWait is how long a transaction waits until it can begin. While another
// process holds a SQLite database, each in the line for the one writing
// connection would wait as long as busy_timeout: minutes for the last.
const beginWait = 10 * time.Second

// begin starts a transaction that lasts until end is called, at the longest.
func (db *DB) begin(ctx context.Context) (tx *sqlx.Tx, end func(), err error) {
	ctx, end = context.WithCancel(ctx)
	late := time.AfterFunc(beginWait, end)
	tx, err = db.write.BeginTxx(ctx, nil)
	if !late.Stop() {
		return nil, end, explain(context.DeadlineExceeded)
	}
	return tx, end, explain(err)
}

func (db *DB) commit(ctx context.Context, tx *Tx) error {
	if len(tx.entries) > 0 {
		if err := db.queue.Insert(ctx, tx.tx.Tx, tx.entries); err != nil {
			return explain(err)
		}
	}
	if err := tx.tx.Commit(); err != nil {
		return explain(err)
	}
	if len(tx.entries) > 0 {
		db.queue.Committed()
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// Enqueue makes job due as soon as the transaction is committed.
func (tx *Tx) Enqueue(jobs ...talkit.Job) {
	for _, job := range jobs {
		tx.entries = append(tx.entries, Entry{Job: job})
	}
}

// EnqueueOnce is Enqueue for a job that does no more if it is there twice.
func (tx *Tx) EnqueueOnce(job talkit.Job) {
	if !slices.Contains(tx.entries, Entry{Job: job}) {
		tx.Enqueue(job)
	}
}

// AfterCommit runs f once the transaction is committed.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// exec changes rows and returns how many.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := tx.tx.ExecContext(ctx, tx.tx.Rebind(query), args...)
	if err != nil {
		return 0, explain(err)
	}
	n, err := result.RowsAffected()
	return n, explain(err)
}

// change is exec for one row that must be there: else talkit.Missing(thing).
func (tx *Tx) change(ctx context.Context, thing, query string, args ...any) error {
	n, err := tx.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return talkit.Missing(thing)
	}
	return err
}

// insert adds a row and returns its id.
func (tx *Tx) insert(ctx context.Context, query string, args ...any) (id int64, err error) {
	err = tx.on.get(ctx, &id, query+" RETURNING id", args...)
	return id, err
}
