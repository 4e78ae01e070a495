package store

import (
	"context"
)

// What the tests of package store_test look at inside.

// Explain is explain.
var Explain = explain

// Gathered is how many changes wait for the next group.
func (db *DB) Gathered() int {
	db.group.mu.Lock()
	defer db.group.mu.Unlock()
	return len(db.group.waiting)
}

// Get runs any query that gives one row, as those of queries run.
func (db *DB) Get(ctx context.Context, into any, query string, args ...any) error {
	return db.on.get(ctx, into, query, args...)
}

// Get runs any query that gives one row, as those of queries run.
func (tx *Tx) Get(ctx context.Context, into any, query string, args ...any) error {
	return tx.on.get(ctx, into, query, args...)
}

// Noted are the queries asked on db while f runs.
func (db *DB) Noted(f func()) []string {
	n := &noting{executor: db.on}
	db.on = n
	f()
	db.on = n.executor
	return n.queries
}

type noting struct {
	executor
	queries []string
}

func (n *noting) all(ctx context.Context, into any, query string, args ...any) error {
	n.queries = append(n.queries, query)
	return n.executor.all(ctx, into, query, args...)
}

// SoundOverOf is a query that transactions ask.
const SoundOverOf = soundOverOf

// SearchWords is searchWords.
var SearchWords = searchWords

// OpenUpTo opens a database as a version of ours that knew the migrations up
// to number left it.
func OpenUpTo(ctx context.Context, address string, number int64) (*DB, error) {
	open := openSQLite
	if IsPostgres(address) {
		open = openPostgres
	}
	db, err := open(address)
	if err != nil {
		return nil, err
	}
	provider, err := db.provider()
	if err == nil {
		_, err = provider.UpTo(ctx, number)
	}
	return db, err
}
