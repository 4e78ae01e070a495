// Package store holds all SQL of Talkit, for SQLite and PostgreSQL. Reading is
// done on DB or Tx, writing on Tx alone. Rules do not live here: see app.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"talkit"
)

// Dialect tells the two databases apart.
type Dialect string

// The databases Talkit runs on.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) }

// readers is how many connections read a SQLite database at the same time.
const readers = 8

// DB is a database. It may be used from many goroutines.
type DB struct {
	queries
	Dialect Dialect
	read    *sqlx.DB
	write   *sqlx.DB // SQLite: its one writing connection
	queue   Queue
	group   group
}

// Entry is a job that is due at a time; 0 is now.
type Entry struct {
	Job talkit.Job
	At  talkit.Time
}

// Queue keeps jobs in the same database as the rows they are about.
type Queue interface {
	// Insert puts jobs into tx.
	Insert(ctx context.Context, tx *sql.Tx, entries []Entry) error
	// Committed is called after a transaction that inserted jobs.
	Committed()
}

// Open opens the database at address, a path of a SQLite file or a
// postgres:// URL, and brings its tables up to date. migrateQueue does the
// same for the queue's, under the same lock.
func Open(ctx context.Context, address string, migrateQueue func(context.Context, *sql.DB, Dialect) error) (*DB, error) {
	open := openSQLite
	if IsPostgres(address) {
		open = openPostgres
	}
	db, err := open(address)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx, address, migrateQueue); err != nil {
		db.Close()
		return nil, fmt.Errorf("bring the database up to date: %w", explain(err))
	}
	return db, nil
}

// IsPostgres tells whether address names a PostgreSQL database.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// openSQLite opens one writing connection, whose transactions take the write
// lock at once, and a pool of read-only ones. busy_timeout comes first, as
// the other pragmas may have to wait already. What is deleted is overwritten
// (secure_delete), so that no copy of the file has it. The cache is small, as
// each connection has its own and one long text fills it; the system's is behind.
func openSQLite(path string) (*DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=cache_size(-2000)&_pragma=secure_delete(ON)"
	write, err := openStatements(dsn + "&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := openStatements(dsn + "&_pragma=query_only(ON)")
	if err != nil {
		return nil, err
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return newDB(SQLite, read, write), nil
}

func openPostgres(dsn string) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("TALKIT_DATABASE_URL: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	pool := sqlx.NewDb(stdlib.OpenDB(*config), "pgx")
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(20)
	return newDB(Postgres, pool, pool), nil
}

func newDB(dialect Dialect, read, write *sqlx.DB) *DB {
	db := &DB{Dialect: dialect, read: read, write: write}
	db.queries = queries{on: pool{read}}
	db.group.db = db
	return db
}

// UseQueue says where Tx.Enqueue puts jobs. It is called once, before use.
func (db *DB) UseQueue(queue Queue) { db.queue = queue }

// Writer is the pool that the queue shares with the store; on SQLite it has
// one connection.
func (db *DB) Writer() *sql.DB { return db.write.DB }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return explain(db.read.GetContext(ctx, &one, "SELECT 1"))
}

// Close closes all connections.
func (db *DB) Close() error {
	if db.read != db.write {
		db.read.Close()
	}
	return db.write.Close()
}

// ClockSkew is how far this machine's clock is ahead of the database's.
func (db *DB) ClockSkew(ctx context.Context) (time.Duration, error) {
	query := "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
	if db.Dialect == Postgres {
		query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
	}
	var theirs talkit.Time
	err := db.on.get(ctx, &theirs, query)
	return talkit.Now().Sub(theirs), err
}
