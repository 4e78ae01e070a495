package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

func (q *Queue) runSQLite(ctx context.Context, config *river.Config, stop *stopping) error {
	if err := requeue(ctx, q.options.DB); err != nil {
		return fmt.Errorf("take up what the last process left: %w", err)
	}
	// River rebuilds indexes each midnight, as PostgreSQL's swell; SQLite's do
	// not, and it would hold the writer.
	config.ReindexerSchedule = river.NeverSchedule()
	c, err := river.NewClient(&sqliteDriver{riversqlite.New(q.options.DB), q.bell}, config)
	if err != nil {
		return err
	}
	return q.work(ctx, c, stop)
}

// requeue takes up what a process that died left running. Only one process
// works a SQLite database: whoever calls Run holds the lock of its folder. So
// the leader in the table is dead too; without it, River would wait for 15 s.
func requeue(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `
		UPDATE river_job SET state = 'available' WHERE state = 'running';
		DELETE FROM river_leader`)
	return err
}

// sqliteDriver is River's driver with a listener, which wakes workers as soon
// as a job is committed in this process, and with the executor below. River
// calls these interfaces unstable: its version is pinned, and tests hold what
// is used.
type sqliteDriver struct {
	*riversqlite.Driver
	bell *bell
}

func (d *sqliteDriver) SupportsListener() bool { return true }

func (d *sqliteDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return listener{d.bell}
}

func (d *sqliteDriver) GetExecutor() riverdriver.Executor {
	return sqliteExecutor{d.Driver.GetExecutor()}
}

// listener is to River what LISTEN is on PostgreSQL.
type listener struct{ bell *bell }

func (listener) Connect(context.Context) error          { return nil }
func (listener) Close(context.Context) error            { return nil }
func (listener) Ping(context.Context) error             { return nil }
func (listener) Listen(context.Context, string) error   { return nil }
func (listener) Unlisten(context.Context, string) error { return nil }
func (listener) Schema() string                         { return "" }
func (listener) SetAfterConnectExec(string)             {}

func (l listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	queue, err := l.bell.next(ctx)
	if err != nil {
		return nil, err
	}
	return &riverdriver.Notification{Topic: insertTopic, Payload: insertPayload(queue)}, nil
}

// sqliteExecutor mends what River's own does badly.
type sqliteExecutor struct{ riverdriver.Executor }

// JobSetStateIfRunningMany has all times in UTC: River gives local ones, which
// the driver writes as they are, and the database compares as text. And it
// gives no result for a row that is gone, as nil ends the process.
func (e sqliteExecutor) JobSetStateIfRunningMany(ctx context.Context, params *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	utc := *params
	utc.FinalizedAt = inUTC(params.FinalizedAt)
	utc.ScheduledAt = inUTC(params.ScheduledAt)
	rows, err := e.Executor.JobSetStateIfRunningMany(ctx, &utc)
	return slices.DeleteFunc(rows, func(row *rivertype.JobRow) bool { return row == nil }), err
}

func inUTC(times []*time.Time) []*time.Time {
	utc := make([]*time.Time, len(times))
	for i, t := range times {
		if t != nil {
			at := t.UTC().Round(0) // without the monotonic reading, which would be written too
			utc[i] = &at
		}
	}
	return utc
}

const (
	cleanBatch = 500                   // holds the one writer for under 10 ms
	cleanPause = 20 * time.Millisecond // for everyone else
)

// JobDeleteBefore clears completed jobs away in small batches.
func (e sqliteExecutor) JobDeleteBefore(ctx context.Context, params *riverdriver.JobDeleteBeforeParams) (int, error) {
	batch := *params
	batch.Max = min(cleanBatch, params.Max)
	for total := 0; ; {
		n, err := e.Executor.JobDeleteBefore(ctx, &batch)
		total += n
		if err != nil || n < batch.Max || total >= params.Max {
			return total, err
		}
		select {
		case <-time.After(cleanPause):
		case <-ctx.Done():
			return total, ctx.Err()
		}
	}
}
