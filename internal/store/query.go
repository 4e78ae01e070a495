package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"talkit"
)

// queries are the questions that can be asked on a DB and within a Tx alike.
type queries struct{ on executor }

// executor runs SQL written with ? on either database.
type executor interface {
	get(ctx context.Context, into any, query string, args ...any) error
	all(ctx context.Context, into any, query string, args ...any) error
}

// pool runs queries on any connection.
type pool struct{ *sqlx.DB }

func (p pool) get(ctx context.Context, into any, query string, args ...any) error {
	return explain(p.GetContext(ctx, into, p.Rebind(query), args...))
}

func (p pool) all(ctx context.Context, into any, query string, args ...any) error {
	return explain(p.SelectContext(ctx, into, p.Rebind(query), args...))
}

// within runs queries in a transaction.
type within struct{ *sqlx.Tx }

func (w within) get(ctx context.Context, into any, query string, args ...any) error {
	return explain(w.GetContext(ctx, into, w.Rebind(query), args...))
}

func (w within) all(ctx context.Context, into any, query string, args ...any) error {
	return explain(w.SelectContext(ctx, into, w.Rebind(query), args...))
}

// one reads one row; none is talkit.Missing(thing).
func one[T any](ctx context.Context, q queries, thing, query string, args ...any) (T, error) {
	var row T
	err := q.on.get(ctx, &row, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		err = talkit.Missing(thing)
	}
	return row, err
}

// many reads all rows.
func many[T any](ctx context.Context, q queries, query string, args ...any) ([]T, error) {
	rows := []T{}
	err := q.on.all(ctx, &rows, query, args...)
	return rows, err
}

// page reads a part of a list. query ends in a condition; id is the column it
// is ordered by. The +0 keeps SQLite from preparing anew for each limit.
func page[T any](ctx context.Context, q queries, p talkit.Page, query, id string, args ...any) ([]T, bool, error) {
	query += " AND " + id + " > ? ORDER BY " + id + " LIMIT ?+0"
	rows, err := many[T](ctx, q, query, append(args, p.AfterID, p.Limit+1)...)
	if err != nil || len(rows) <= p.Limit {
		return rows, false, err
	}
	return rows[:p.Limit], true, nil
}

// listed is page with a total.
func listed[T any](ctx context.Context, q queries, p talkit.Page, total int64, query, id string, args ...any) (talkit.List[T], error) {
	items, more, err := page[T](ctx, q, p, query, id, args...)
	return talkit.List[T]{Items: items, HasMore: more, Total: total}, err
}
