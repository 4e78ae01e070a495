package jobs

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"time"

	"talkit"
)

// From commit to the handler at 100 jobs/s, as a user waits for it.
func BenchmarkCommitToWork(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { commitToWork(b, setupSQLite(b)) })
	b.Run("postgres", func(b *testing.B) { commitToWork(b, setupPostgres(b)) })
}

func commitToWork(b *testing.B, database *bundle) {
	q, _ := database.queue()
	worked := make(chan time.Time, 1)
	database.start(q, delivering(func(context.Context, int64, talkit.DeliverJob) error {
		worked <- time.Now()
		return nil
	}))
	database.insert(q, deliver(0))
	receive(b, worked, "the first job")
	var waits []time.Duration
	for b.Loop() {
		pace := time.After(10 * time.Millisecond)
		database.insert(q, deliver(1))
		committed := time.Now()
		waits = append(waits, receive(b, worked, "a job").Sub(committed))
		<-pace
	}
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
}

// From the begin of a transaction to the handler while eight publish as fast as
// they can, and then stop: what is left over in the end counts too.
func BenchmarkFlood(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { flood(b, setupSQLite(b)) })
	b.Run("postgres", func(b *testing.B) { flood(b, setupPostgres(b)) })
}

func flood(b *testing.B, database *bundle) {
	q, _ := database.queue()
	worked := make(chan int64, 1000)
	database.start(q, delivering(func(_ context.Context, _ int64, job talkit.DeliverJob) error {
		worked <- time.Now().UnixMicro() - job.DeliveryID
		return nil
	}))
	database.insert(q, deliver(time.Now().UnixMicro()))
	receive(b, worked, "the first job")
	var waits []int64
	for b.Loop() {
		const publishers, each = 8, 25
		for range publishers {
			go func() {
				for range each {
					err := database.inTx(q, func(*sql.Tx) error { return nil }, talkit.DeliverJob{DeliveryID: time.Now().UnixMicro()})
					if err != nil {
						b.Error(err)
					}
				}
			}()
		}
		for range publishers * each {
			waits = append(waits, receive(b, worked, "a job"))
		}
	}
	slices.Sort(waits)
	b.ReportMetric(float64(len(waits))/b.Elapsed().Seconds(), "jobs/s")
	b.ReportMetric(float64(waits[len(waits)/2])/1000, "p50-ms")
	b.ReportMetric(float64(waits[len(waits)*99/100])/1000, "p99-ms")
	b.ReportMetric(float64(waits[len(waits)-1])/1000, "max-ms")
}
