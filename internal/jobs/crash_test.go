package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"talkit"
)

// die leaves the table as a process does that was killed while it worked and led.
func (b *bundle) die() {
	b.t.Helper()
	if b.dialect == "sqlite" {
		b.exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_by = '["dead"]', attempted_at = datetime('now', 'subsec')`)
		b.exec(`INSERT INTO river_leader (name, leader_id, elected_at, expires_at) VALUES ('default', 'dead', datetime('now'), datetime('now', '+1 hour'))`)
		return
	}
	b.exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_by = ARRAY['dead'], attempted_at = now()`)
	b.exec(`INSERT INTO river_leader (name, leader_id, elected_at, expires_at) VALUES ('default', 'dead', now(), now() + interval '1 hour')`)
}

func TestTheNextProcessTakesUpTheJobsOfADeadOne(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		b.insert(q, deliver(1), deliver(2))
		b.die()
		worked, swept := make(chan int64, 2), make(chan bool, 1)
		handlers := delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
			worked <- job.DeliveryID
			return nil
		})
		handlers.Sweep = func(context.Context, int64, talkit.SweepJob) error { swept <- true; return nil }
		b.start(q, handlers)
		equal(t, "worked", receive(t, worked, "a job")+receive(t, worked, "another"), 3)
		receive(t, swept, "the sweep, which only a leader begins")
		log.quiet(t)
	})
}

// A process that lives keeps what it has in hand, also after its connection broke.
func TestOnlyTheDeadLoseTheirJobs(t *testing.T) {
	t.Parallel()
	b := setupPostgres(t)
	first, _ := b.queue()
	first.timing.look = 10 * time.Millisecond
	begun, end := make(chan int64, 10), make(chan bool)
	handlers := delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
		begun <- job.DeliveryID
		<-end
		return nil
	})
	stop := b.start(first, handlers)
	b.insert(first, deliver(1))
	receive(t, begun, "the job")
	locks := "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND classid = $1 AND datname = current_database()"
	b.exec("SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND classid = $1 AND datname = current_database()", lifeLocks)
	eventually(t, "the lock is gone", func() bool { return b.count(locks, lifeLocks) == 0 })
	eventually(t, "the lock is back", func() bool { return b.count(locks, lifeLocks) == 1 })

	second, _ := b.queue()
	conn, err := second.lockLife(t.Context())
	check(t, err)
	defer conn.Close(context.Background())
	check(t, second.takeUp(t.Context(), conn))
	equal(t, "running", b.count("SELECT count(*) FROM river_job WHERE state = 'running' AND kind = 'deliver'"), 1)
	close(end)
	check(t, stop())
	equal(t, "attempts", b.count("SELECT attempt FROM river_job WHERE kind = 'deliver'"), 1)
}

func TestTheLivingFindTheDead(t *testing.T) {
	t.Parallel()
	b := setupPostgres(t)
	q, log := b.queue()
	q.timing.look = 10 * time.Millisecond
	worked := make(chan int64, 1)
	b.start(q, delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
		worked <- job.DeliveryID
		return nil
	}))
	for id := range int64(3) {
		b.exec(`INSERT INTO river_job (kind, queue, args, max_attempts, state, attempt, attempted_by, attempted_at)
			VALUES ('deliver', 'deliver', jsonb_build_object('delivery_id', $1::bigint), 10, 'running', 1, ARRAY['live once', 'dead'], now())`, id)
		equal(t, "taken up", receive(t, worked, "the job of the dead"), id)
	}
	log.quiet(t)
}

func TestTwoProcessesShareTheWork(t *testing.T) {
	t.Parallel()
	b := setupPostgres(t)
	const jobs = 200
	var mu sync.Mutex
	worked := map[int64]int{}
	var both sync.WaitGroup // until each has a job in hand
	both.Add(2)
	for range 2 {
		q, log := b.queue(func(o *Options) { o.Workers.Deliver = 1 })
		first := sync.OnceFunc(func() { both.Done(); both.Wait() })
		b.start(q, delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
			first()
			mu.Lock()
			defer mu.Unlock()
			worked[job.DeliveryID]++
			return nil
		}))
		t.Cleanup(func() { log.quiet(t) })
	}
	inserts, _ := b.queue()
	for id := range int64(jobs) {
		b.insert(inserts, deliver(id))
	}
	eventually(t, "all are worked", func() bool { mu.Lock(); defer mu.Unlock(); return len(worked) == jobs })
	for id, times := range worked {
		equal(t, fmt.Sprintf("times of %d", id), times, 1)
	}
}

// The queue and four writers that never pause share the one connection.
func TestWritersAndWorkersShareTheDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		var worked atomic.Int64
		b.start(q, delivering(func(ctx context.Context, _ int64, job talkit.DeliverJob) error {
			result, err := b.db.ExecContext(ctx, "UPDATE app SET worked = worked + 1 WHERE id = $1", job.DeliveryID)
			if err != nil {
				return err
			}
			if n, _ := result.RowsAffected(); n != 1 {
				return fmt.Errorf("%d rows of %d", n, job.DeliveryID)
			}
			worked.Add(1)
			return nil
		}))
		const writers, each = 4, 100
		var group sync.WaitGroup
		for w := range int64(writers) {
			group.Go(func() {
				for i := range int64(each) {
					id := w*each + i
					insert := func(tx *sql.Tx) error { _, err := tx.Exec("INSERT INTO app (id) VALUES ($1)", id); return err }
					if err := b.inTx(q, insert, talkit.DeliverJob{DeliveryID: id}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		eventually(t, "all are worked", func() bool { return worked.Load() == writers*each })
		equal(t, "rows worked once", b.count("SELECT count(*) FROM app WHERE worked = 1"), writers*each)
		log.quiet(t)
	})
}

func TestCleaningInBatches(t *testing.T) {
	t.Parallel()
	b := setupSQLite(t)
	q, _ := b.queue()
	for range 3*cleanBatch + 1 {
		b.exec(`INSERT INTO river_job (kind, max_attempts, state, finalized_at) VALUES ('deliver', 1, 'completed', '2020-01-01 00:00:00')`)
	}
	b.exec(`INSERT INTO river_job (kind, max_attempts, state, finalized_at) VALUES ('deliver', 1, 'completed', datetime('now'))`)
	b.insert(q, deliver(1))
	clean := func(most int) int {
		hour := time.Now().Add(-time.Hour)
		n, err := executor(b).JobDeleteBefore(t.Context(), &riverdriver.JobDeleteBeforeParams{
			CompletedDoDelete: true, CompletedFinalizedAtHorizon: hour, CancelledFinalizedAtHorizon: hour, DiscardedFinalizedAtHorizon: hour, Max: most})
		check(t, err)
		return n
	}
	equal(t, "at most", clean(cleanBatch), cleanBatch)
	equal(t, "the rest", clean(10_000), 2*cleanBatch+1)
	equal(t, "kept", b.count("SELECT count(*) FROM river_job"), 2)
}

func executor(b *bundle) riverdriver.Executor {
	return (&sqliteDriver{riversqlite.New(b.db), newBell()}).GetExecutor()
}

// River ends the process when it gets nil for a row that someone deleted.
func TestARowThatIsGone(t *testing.T) {
	t.Parallel()
	rows, err := executor(setupSQLite(t)).JobSetStateIfRunningMany(t.Context(), &riverdriver.JobSetStateIfRunningManyParams{
		ID: []int64{7}, Attempt: []*int{nil}, ErrData: [][]byte{nil}, FinalizedAt: []*time.Time{nil}, MetadataDoMerge: []bool{false},
		MetadataUpdates: [][]byte{nil}, ScheduledAt: []*time.Time{nil}, State: []rivertype.JobState{rivertype.JobStateCompleted},
	})
	check(t, err)
	equal(t, "rows", len(rows), 0)
}
