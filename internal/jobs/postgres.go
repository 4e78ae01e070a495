package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

func (q *Queue) runPostgres(ctx context.Context, config *river.Config, stop *stopping) error {
	pool, err := newPool(ctx, q.options.DSN)
	if err != nil {
		return err
	}
	defer pool.Close()
	c, err := river.NewClient(riverpgxv5.New(pool), config)
	if err != nil {
		return err
	}
	sign, err := q.showLife(ctx)
	if err != nil {
		return err
	}
	defer sign.end()
	return q.work(ctx, c, stop)
}

// notifySoon notifies of what was committed until fetchCooldown from now. The
// insert has done so already, but River leaves a notification out that comes
// within fetchCooldown of the last, and that one may have been heard before
// the commit: the job would wait for the next poll.
func (q *Queue) notifySoon() {
	if q.notifying.CompareAndSwap(false, true) {
		time.AfterFunc(fetchCooldown, q.notify)
	}
}

func (q *Queue) notify() {
	q.notifying.Store(false) // before reading: what is committed from here on notifies again
	var payloads []string
	for _, queue := range q.bell.queues() {
		payloads = append(payloads, insertPayload(queue))
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	params := &riverdriver.NotifyManyParams{Topic: insertTopic, Payload: payloads}
	if err := riverdatabasesql.New(q.options.DB).GetExecutor().NotifyMany(ctx, params); err != nil {
		q.options.Logger.DebugContext(ctx, "the workers were not notified; they will find the job by polling", "error", err)
	}
}

// newPool makes the pool of the workers: one connection a queue, and some for
// River itself.
func newPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("address of the database: %w", err)
	}
	config.MaxConns = max(config.MaxConns, 8)
	return pgxpool.NewWithConfig(ctx, config)
}

// A process that works shows that it lives by an advisory lock on a hash of
// its id, on a connection of its own: it ends with the process, or some 30 s
// after the machine is gone. So what a dead process left running is found at
// once by the next to start, and within 10 s by the others, where
// River alone would wait for the limit of its kind.
//
// A process that lost only that connection may see its jobs run a second time,
// which any job has to bear anyway.
type lifeSign struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

const (
	reconnectWait = time.Second
	lookTimeout   = 5 * time.Second
)

func (q *Queue) showLife(ctx context.Context) (*lifeSign, error) {
	conn, err := q.lockLife(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock of this process: %w", err)
	}
	if err := q.takeUp(ctx, conn); err != nil {
		conn.Close(ctx)
		return nil, err
	}
	// Jobs still run for a while after ctx has ended.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	sign := &lifeSign{cancel, make(chan struct{})}
	go func() {
		defer close(sign.ended)
		q.keepLife(ctx, conn)
	}()
	return sign, nil
}

func (s *lifeSign) end() {
	s.cancel()
	<-s.ended
}

// keepLife holds the lock and looks for the dead until ctx ends.
func (q *Queue) keepLife(ctx context.Context, conn *pgx.Conn) {
	for conn != nil {
		err := q.watch(ctx, conn)
		conn.Close(context.WithoutCancel(ctx))
		conn = q.relockLife(ctx, err)
	}
}

// relockLife tries until there is a connection again; nil when ctx ended.
func (q *Queue) relockLife(ctx context.Context, lost error) (conn *pgx.Conn) {
	for ctx.Err() == nil {
		q.options.Logger.WarnContext(ctx, "the queue lost its connection", "error", lost)
		sleep(ctx, reconnectWait)
		if conn, lost = q.lockLife(ctx); lost == nil {
			return conn
		}
	}
	return nil
}

// watch takes up the jobs of the dead until ctx ends or conn breaks.
func (q *Queue) watch(ctx context.Context, conn *pgx.Conn) error {
	for {
		if err := q.rest(ctx, conn); err != nil || ctx.Err() != nil {
			return err
		}
		if err := q.takeUp(ctx, conn); err != nil {
			return err
		}
	}
}

// rest waits on conn, so as to learn at once when it breaks.
func (q *Queue) rest(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, q.timing.look)
	defer cancel()
	for {
		if _, err := conn.WaitForNotification(ctx); ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// lifeLocks sets these advisory locks apart from others in the database.
const lifeLocks = 741259831

func (q *Queue) lockLife(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	config, err := pgx.ParseConfig(q.options.DSN)
	if err != nil {
		return nil, err
	}
	// Have the server notice when this machine is gone.
	config.RuntimeParams["tcp_keepalives_idle"] = "15"
	config.RuntimeParams["tcp_keepalives_interval"] = "5"
	config.RuntimeParams["tcp_keepalives_count"] = "3"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	// Shared, as two ids may have one hash.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1, hashtext($2))", lifeLocks, q.id); err != nil {
		conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

const takeUpOfTheDead = `
WITH alive AS MATERIALIZED (
	SELECT objid::bigint AS hash FROM pg_locks
	WHERE locktype = 'advisory' AND classid = $1 AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), leader AS (
	DELETE FROM river_leader WHERE hashtext(leader_id)::bigint & 4294967295 NOT IN (SELECT hash FROM alive)
)
UPDATE river_job SET state = 'available'
WHERE state = 'running'
	AND hashtext(attempted_by[array_upper(attempted_by, 1)])::bigint & 4294967295 NOT IN (SELECT hash FROM alive)`

// takeUp puts back what dead processes left running, and ends the leadership
// of one: River would wait for 15 s before it elects another.
func (q *Queue) takeUp(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	tag, err := conn.Exec(ctx, takeUpOfTheDead, lifeLocks)
	if err != nil {
		return fmt.Errorf("take up the jobs of dead processes: %w", err)
	}
	if n := tag.RowsAffected(); n > 0 {
		q.options.Logger.InfoContext(ctx, "took up the jobs of a dead process", "jobs", n)
	}
	return nil
}
