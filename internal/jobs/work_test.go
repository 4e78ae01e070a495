package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"talkit"
)

func TestAHandlerHasItsLimit(t *testing.T) {
	t.Parallel()
	b := setupSQLite(t)
	q, _ := b.queue()
	limit := make(chan time.Duration, 1)
	b.start(q, delivering(func(ctx context.Context, _ int64, _ talkit.DeliverJob) error {
		end, _ := ctx.Deadline()
		limit <- time.Until(end)
		return nil
	}))
	b.insert(q, deliver(1))
	if got := receive(t, limit, "the limit"); got <= 0 || got > 30*time.Second {
		t.Errorf("limit of a delivery: %s", got)
	}
}

func TestSnooze(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		calls := make(chan int64, 10)
		n := 0
		b.start(q, delivering(func(_ context.Context, id int64, _ talkit.DeliverJob) error {
			calls <- id
			if n++; n < 3 {
				return Snooze(10 * time.Millisecond)
			}
			return nil
		}))
		b.insert(q, deliver(1))
		first := receive(t, calls, "the job")
		equal(t, "job of the second call", receive(t, calls, "a second call"), first)
		equal(t, "job of the third call", receive(t, calls, "a third call"), first)
		eventually(t, "the job is done", func() bool {
			return b.count("SELECT count(*) FROM river_job WHERE state = 'completed' AND kind = 'deliver'") == 1
		})
		equal(t, "attempts", b.count("SELECT attempt FROM river_job WHERE id = $1", first), 1)
		log.quiet(t)
	})
}

func TestALongSnoozeIsNotForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, _ := b.queue()
		b.start(q, delivering(func(context.Context, int64, talkit.DeliverJob) error { return Snooze(time.Hour) }))
		b.insert(q, deliver(1))
		eventually(t, "the job is snoozed", func() bool { return b.count("SELECT count(*) FROM river_job WHERE state = 'scheduled'") == 1 })
		var at time.Time
		check(t, b.db.QueryRow("SELECT scheduled_at FROM river_job WHERE state = 'scheduled'").Scan(&at))
		if wait := time.Until(at); wait < 58*time.Minute || wait > time.Hour {
			t.Errorf("due in %s", wait)
		}
	})
}

func TestErrorsAndPanicsAreTriedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		calls := make(chan time.Time, 10)
		n := 0
		b.start(q, delivering(func(context.Context, int64, talkit.DeliverJob) error {
			calls <- time.Now()
			switch n++; n {
			case 1:
				return errors.New("the receiver is away")
			case 2:
				panic("a bug")
			}
			return nil
		}))
		b.insert(q, deliver(1))
		first, second, third := receive(t, calls, "the job"), receive(t, calls, "a second call"), receive(t, calls, "a third call")
		if second.Sub(first) < 900*time.Millisecond || third.Sub(second) < 1900*time.Millisecond {
			t.Errorf("tried again after %s and %s", second.Sub(first), third.Sub(second))
		}
		eventually(t, "the job is done", func() bool {
			return b.count("SELECT count(*) FROM river_job WHERE state = 'completed' AND kind = 'deliver'") == 1
		})
		contains(t, "log", log.String(), "the receiver is away")
		contains(t, "log", log.String(), `msg="job panicked" job=deliver`)
		contains(t, "log", log.String(), "TestErrorsAndPanicsAreTriedAgain")
	})
}

func TestRetryPolicy(t *testing.T) {
	t.Parallel()
	for failures, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		want *= time.Second
		job := &rivertype.JobRow{Errors: make([]rivertype.AttemptError, failures)}
		next := retryPolicy{}.NextRetry(job)
		if wait := time.Until(next); wait < want-time.Second || wait > want+want/4 {
			t.Errorf("after %d earlier failures: %s, want about %s", failures, wait, want)
		}
		equal(t, "zone", next.Location(), time.UTC)
	}
	far := &rivertype.JobRow{Errors: make([]rivertype.AttemptError, maxAttempts)}
	if wait := time.Until(retryPolicy{}.NextRetry(far)); wait > 2*maxRetryWait {
		t.Errorf("in the end: %s", wait)
	}
}

// What running jobs return before the stop is kept.
func TestStopWaitsForRunningJobs(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		begun, end := make(chan bool), make(chan bool)
		stop := b.start(q, delivering(func(ctx context.Context, _ int64, _ talkit.DeliverJob) error {
			begun <- true
			<-end
			return ctx.Err()
		}))
		b.insert(q, deliver(1))
		receive(t, begun, "the job")
		ended := make(chan error, 1)
		go func() { ended <- stop() }()
		select {
		case <-ended:
			t.Fatal("Run did not wait")
		case end <- true:
		}
		check(t, receive(t, ended, "the end of Run"))
		equal(t, "completed", b.count("SELECT count(*) FROM river_job WHERE state = 'completed' AND kind = 'deliver'"), 1)
		log.quiet(t)
	})
}

// A job that the stop breaks off is there for the next process, unpunished.
func TestStopBreaksOff(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		q.timing.soft = 10 * time.Millisecond
		begun := make(chan bool, 1)
		stop := b.start(q, delivering(func(ctx context.Context, _ int64, _ talkit.DeliverJob) error {
			begun <- true
			<-ctx.Done()
			return ctx.Err()
		}))
		b.insert(q, deliver(1))
		receive(t, begun, "the job")
		check(t, stop())
		equal(t, "waiting", b.count("SELECT count(*) FROM river_job WHERE state = 'available' AND attempt = 0"), 1)
		log.quiet(t)
		next, _ := b.queue()
		worked := make(chan int64, 1)
		b.start(next, delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
			worked <- job.DeliveryID
			return nil
		}))
		equal(t, "taken up", receive(t, worked, "the job"), 1)
	})
}

func TestStopGivesUpOnAJobThatDoesNotEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, _ := b.queue()
		q.timing.soft, q.timing.hard = 10*time.Millisecond, 10*time.Millisecond
		begun, end := make(chan bool, 1), make(chan bool)
		stop := b.start(q, delivering(func(context.Context, int64, talkit.DeliverJob) error {
			begun <- true
			<-end
			return nil
		}))
		b.insert(q, deliver(1))
		receive(t, begun, "the job")
		if stop() == nil {
			t.Error("Run did not say that a job was left")
		}
		close(end)
	})
}
