package jobs

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
)

func TestMigrateTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) { check(t, Migrate(t.Context(), b.db, b.dialect)) })
}

func TestNoSuchDatabase(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Dialect: "oracle"}); err == nil {
		t.Error("New took it")
	}
	if err := Migrate(t.Context(), nil, "oracle"); err == nil {
		t.Error("Migrate took it")
	}
}

func TestInsertIsPartOfTheTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		worked := make(chan int64, 10)
		b.start(q, delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
			worked <- job.DeliveryID
			return nil
		}))
		broken := errors.New("no")
		err := b.inTx(q, func(tx *sql.Tx) error {
			check(t, q.Insert(t.Context(), tx, []store.Entry{deliver(1)}))
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		b.insert(q, deliver(2), deliver(3))
		equal(t, "worked", receive(t, worked, "a job")+receive(t, worked, "another"), 5)
		equal(t, "rows", b.count("SELECT count(*) FROM river_job WHERE kind = 'deliver'"), 2)
		log.quiet(t)
	})
}

func TestInsertOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		for i := range int64(100) {
			b.insert(q, deliver(i))
		}
		check(t, q.Insert(t.Context(), nil, nil))
		equal(t, "waiting", b.count("SELECT count(*) FROM river_job WHERE state = 'available'"), 100)
		log.quiet(t)
	})
}

type strangeJob struct{}

func (strangeJob) Kind() string { return "strange" }

func TestUnknownKindsAndMissingHandlers(t *testing.T) {
	t.Parallel()
	b := setupSQLite(t)
	q, _ := b.queue()
	if err := b.inTx(q, func(*sql.Tx) error { return nil }, strangeJob{}); err == nil {
		t.Error("a job of an unknown kind went in")
	}
	if err := q.Run(t.Context(), Handlers{}); err == nil {
		t.Error("ran without handlers")
	}
}

// With a poll of an hour, only a wake-up can be why a job is worked.
func TestAWakeUpFollowsTheCommit(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, _ := b.queue()
		q.timing.poll = time.Hour
		worked := make(chan int64, 1)
		handlers := delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
			worked <- job.DeliveryID
			return nil
		})
		finished := make(chan int64, 1)
		handlers.Finish = func(_ context.Context, _ int64, job talkit.FinishJob) error {
			finished <- job.RunID
			return nil
		}
		b.insert(q, deliver(1), store.Entry{Job: talkit.FinishJob{RunID: 1}})
		b.start(q, handlers)
		receive(t, worked, "what was there at the start")
		receive(t, finished, "what was there at the start")
		for id := range int64(20) {
			b.insert(q, deliver(id))
			equal(t, "delivery", receive(t, worked, "a delivery"), id)
			b.insert(q, store.Entry{Job: talkit.FinishJob{RunID: id}})
			equal(t, "run", receive(t, finished, "a finished run"), id)
		}
		past := store.Entry{Job: talkit.DeliverJob{DeliveryID: 99}, At: talkit.Now().Add(-time.Hour)}
		b.insert(q, past)
		equal(t, "delivery of the past", receive(t, worked, "a delivery"), 99)
	})
}

// The workers of one process are woken for what another inserts by PostgreSQL,
// and find it by polling on SQLite.
func TestAnotherProcessInserts(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, _ := b.queue()
		commandLine, _ := b.queue()
		worked := make(chan int64, 1)
		b.start(q, delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
			worked <- job.DeliveryID
			return nil
		}))
		for id := range int64(3) {
			b.insert(commandLine, deliver(id))
			equal(t, "delivery", receive(t, worked, "a delivery"), id)
		}
	})
}

func TestAJobWaitsForItsTime(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, _ := b.queue()
		worked := make(chan time.Time, 1)
		b.start(q, delivering(func(context.Context, int64, talkit.DeliverJob) error {
			worked <- time.Now()
			return nil
		}))
		due := talkit.Now().Add(1500 * time.Millisecond)
		b.insert(q, store.Entry{Job: talkit.DeliverJob{}, At: due})
		if at := receive(t, worked, "the job"); at.Before(due.Std().Add(-2 * time.Millisecond)) {
			t.Errorf("worked %s early", due.Std().Sub(at))
		}
	})
}

func TestTheSweepRunsAtTheStart(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		swept := make(chan bool, 10)
		handlers := delivering(idle[talkit.DeliverJob])
		handlers.Sweep = func(context.Context, int64, talkit.SweepJob) error {
			swept <- true
			return nil
		}
		b.start(q, handlers)
		receive(t, swept, "the sweep")
		log.quiet(t)
	})
}
