package store

import "context"

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

// Prepared are the queries that were asked on db so far.
func (db *DB) Prepared() (queries []string) {
	db.on.(*preparing).statements.Range(func(query, _ any) bool {
		queries = append(queries, query.(string))
		return true
	})
	return queries
}
