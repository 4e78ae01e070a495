package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// openStatements opens a SQLite database whose connections keep the statements
// they prepared, ours and the queue's: on the writing connection, where a
// transaction runs a dozen small ones, preparing costs more than running.
// (pgx does the same by itself.)
func openStatements(dsn string) (*sqlx.DB, error) {
	plain, err := sql.Open("sqlite", dsn) // connects to nothing yet
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(connector{plain.Driver(), dsn}), "sqlite"), plain.Close()
}

// connector implements driver.Connector.
type connector struct {
	driver driver.Driver
	dsn    string
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	raw, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	whole, ok := raw.(wholeConn)
	if !ok {
		raw.Close()
		return nil, fmt.Errorf("store: a SQLite connection (%T) lacks what database/sql makes use of", raw)
	}
	return &conn{wholeConn: whole, kept: map[string]driver.Stmt{}}, nil
}

// wholeConn is all that the SQLite driver's connections can do.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is used by one goroutine at a time, as database/sql promises.
type conn struct {
	wholeConn
	kept map[string]driver.Stmt // those at rest, by their query
}

// maxKept is more than we have; only lists of ids make queries differ.
const maxKept = 200

// take gives a statement to its caller alone: a query can run within the rows
// of the same query.
func (c *conn) take(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, nil
	}
	return c.PrepareContext(ctx, query)
}

func (c *conn) keep(query string, s driver.Stmt) {
	if _, twice := c.kept[query]; twice || len(c.kept) == maxKept {
		s.Close()
		return
	}
	c.kept[query] = s
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		s.Close()
		return nil, err
	}
	c.keep(query, s)
	return result, nil
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		s.Close()
		return nil, err
	}
	return &rows{result, c, query, s}, nil
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	for _, s := range c.kept {
		s.Close()
	}
	return c.wholeConn.Close()
}

// rows give their statement back when they are read.
type rows struct {
	driver.Rows
	conn      *conn
	query     string
	statement driver.Stmt
}

// Close implements driver.Rows; database/sql calls it once.
func (r *rows) Close() error {
	err := r.Rows.Close()
	if err != nil {
		r.statement.Close()
		return err
	}
	r.conn.keep(r.query, r.statement)
	return nil
}
