package jobs

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"talkit"
)

// The commit of one transaction must not swallow the ring for another.
func TestTheBellStaysArmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBell()
		b.arm("deliver")
		for range 2 {
			b.ring()
			b.ring()
			queue, err := b.next(t.Context())
			check(t, err)
			equal(t, "queue", queue, "deliver")
		}
		time.Sleep(recently + 1)
		b.arm("finish")
		b.ring()
		queue, err := b.next(t.Context())
		check(t, err)
		equal(t, "queue", queue, "finish")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if queue, err := b.next(ended); err == nil {
			t.Errorf("rang for %s, which was long ago", queue)
		}
	})
}

// With a poll of an hour, one wake-up that is lost among many fails this.
func TestNoWakeUpIsLostInABurst(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, _ := b.queue()
		q.timing.poll = time.Hour
		worked := make(chan int64, 100)
		b.start(q, delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
			worked <- job.DeliveryID
			return nil
		}))
		b.insert(q, deliver(0))
		receive(t, worked, "the first job")
		const bursts, publishers = 40, 4
		for range bursts {
			var group sync.WaitGroup
			for range publishers {
				group.Go(func() {
					err := b.inTx(q, func(*sql.Tx) error { return nil }, talkit.DeliverJob{})
					if err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			for range publishers {
				receive(t, worked, "a job")
			}
		}
	})
}
