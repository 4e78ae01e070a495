package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"talkit"
)

// kind says where jobs of a kind wait and how long one may take.
type kind struct {
	queue  string
	limit  time.Duration // then the handler's context ends
	giveUp time.Duration // a job older than that is not tried again; 0 is never
}

var kinds = map[string]kind{
	talkit.PrepareJob{}.Kind(): {"prepare", time.Hour, 0},
	talkit.PieceJob{}.Kind():   {"speech", 10 * time.Minute, 0},
	talkit.FinishJob{}.Kind():  {"finish", 5 * time.Minute, 0},
	talkit.DeliverJob{}.Kind(): {"deliver", 30 * time.Second, 0},
	talkit.EraseJob{}.Kind():   {"erase", 5 * time.Minute, 0},
	talkit.MailJob{}.Kind():    {"mail", time.Minute, 24 * time.Hour},
	talkit.SweepJob{}.Kind():   {"sweep", 5 * time.Minute, 0},
}

// grace is what a handler gets to come back after its limit. Whatever runs
// longer is taken for lost and started again.
const grace = time.Minute

// Handlers do the work; all are needed. The id is the job's. nil from a
// handler means done, Snooze look again later, any other error retry after
// 1 s, 2 s, 4 s … 5 min. A panic counts as an error. When the context ends
// because the process stops, whatever the handler returns, the job is taken
// up again at once by the next process, and the attempt does not count.
type Handlers struct {
	Prepare func(ctx context.Context, id int64, job talkit.PrepareJob) error
	Piece   func(ctx context.Context, id int64, job talkit.PieceJob) error
	Finish  func(ctx context.Context, id int64, job talkit.FinishJob) error
	Deliver func(ctx context.Context, id int64, job talkit.DeliverJob) error
	Erase   func(ctx context.Context, id int64, job talkit.EraseJob) error
	Sweep   func(ctx context.Context, id int64, job talkit.SweepJob) error
	Mail    func(ctx context.Context, id int64, job talkit.MailJob) error
}

// Snooze is returned by a handler to be called again after d, to about a
// second, without that counting as a failure.
func Snooze(d time.Duration) error { return river.JobSnooze(max(d, 0)) }

func (h Handlers) workers(stop *stopping, logger *slog.Logger) (*river.Workers, error) {
	if h.Prepare == nil || h.Piece == nil || h.Finish == nil || h.Deliver == nil || h.Erase == nil || h.Sweep == nil || h.Mail == nil {
		return nil, errors.New("jobs: every kind of job needs a handler")
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker[talkit.PrepareJob]{handle: h.Prepare, stop: stop, logger: logger})
	river.AddWorker(workers, &worker[talkit.PieceJob]{handle: h.Piece, stop: stop, logger: logger})
	river.AddWorker(workers, &worker[talkit.FinishJob]{handle: h.Finish, stop: stop, logger: logger})
	river.AddWorker(workers, &worker[talkit.DeliverJob]{handle: h.Deliver, stop: stop, logger: logger})
	river.AddWorker(workers, &worker[talkit.EraseJob]{handle: h.Erase, stop: stop, logger: logger})
	river.AddWorker(workers, &worker[talkit.SweepJob]{handle: h.Sweep, stop: stop, logger: logger})
	river.AddWorker(workers, &worker[talkit.MailJob]{handle: h.Mail, stop: stop, logger: logger})
	return workers, nil
}

// worker makes a River worker of a handler.
type worker[J talkit.Job] struct {
	river.WorkerDefaults[J]
	handle func(context.Context, int64, J) error
	stop   *stopping
	logger *slog.Logger
}

// Timeout is when River takes the job for lost, see grace.
func (w *worker[J]) Timeout(job *river.Job[J]) time.Duration { return kinds[job.Kind].limit + grace }

// Work implements river.Worker.
func (w *worker[J]) Work(ctx context.Context, job *river.Job[J]) error {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, kinds[job.Kind].limit)
	defer cancel()
	err := w.guarded(ctx, job)
	log := w.logger.With("job", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "duration_ms", time.Since(start).Milliseconds())
	var snooze *river.JobSnoozeError
	switch {
	case err == nil:
		log.DebugContext(ctx, "job done")
	case errors.As(err, &snooze):
		log.DebugContext(ctx, "job snoozed", "for", snooze.Duration)
	case ctx.Err() != nil && w.stop.cancelled.Load():
		log.InfoContext(ctx, "job broken off by the stop", "error", err)
		return Snooze(0)
	default:
		log.WarnContext(ctx, "job failed", "error", err)
		if most := kinds[job.Kind].giveUp; most > 0 && time.Since(job.CreatedAt) > most {
			log.WarnContext(ctx, "job given up", "after", most.String())
			return river.JobCancel(err)
		}
	}
	return err
}

// guarded makes an error of a panic.
func (w *worker[J]) guarded(ctx context.Context, job *river.Job[J]) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
			w.logger.ErrorContext(ctx, "job panicked", "job", job.Kind, "job_id", job.ID, "panic", v, "stack", string(debug.Stack()))
		}
	}()
	return w.handle(ctx, job.ID, job.Args)
}

// retryPolicy doubles the wait from 1 s to 5 min, with jitter of a quarter so
// that what failed together does not come back together.
type retryPolicy struct{}

const maxRetryWait = 5 * time.Minute

// maxAttempts outlasts a month of nothing but failures at maxRetryWait: when
// to give up, our own rows say.
const maxAttempts = 10_000

// NextRetry implements river.ClientRetryPolicy. The time is in UTC, as River's
// SQLite driver compares times as text.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	wait := maxRetryWait
	if failures := len(job.Errors); failures < 9 { // 2⁹ s are more than the most
		wait = min(wait, time.Second<<failures)
	}
	return time.Now().UTC().Add(wait + time.Duration(rand.Int64N(int64(wait)/4)))
}
