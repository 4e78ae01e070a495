package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"talkit"
	"talkit/internal/store"
)

const (
	// fetchCooldown bounds how often a queue is asked for work, and so how fast
	// it is worked: its workers ÷ fetchCooldown.
	fetchCooldown = 5 * time.Millisecond
	sweepInterval = 10 * time.Minute
	// keepCompleted is short, so that the table stays small.
	keepCompleted = 10 * time.Minute
)

// timing is what tests change.
type timing struct {
	// poll finds what other processes inserted without a word, and what became due.
	poll time.Duration
	// look is how often a process looks for dead ones on PostgreSQL: after a
	// restart of the server, all have reconnected by then.
	look time.Duration
	soft time.Duration // at the stop: running jobs may end
	hard time.Duration // then: their contexts have ended
}

var usualTiming = timing{poll: time.Second, look: 10 * time.Second, soft: 20 * time.Second, hard: 4 * time.Second}

// stopping tells workers that their context was ended by the stop.
type stopping struct{ cancelled atomic.Bool }

// Run works jobs until ctx ends, then lets those that run end: for 20 s by
// themselves, after that by ending their contexts. It returns within 25 s; an
// error then says that some were left running.
func (q *Queue) Run(ctx context.Context, handlers Handlers) error {
	stop := &stopping{}
	config, err := q.workConfig(handlers, stop)
	if err != nil {
		return err
	}
	if q.options.Dialect == store.SQLite {
		err = q.runSQLite(ctx, config, stop)
	} else {
		err = q.runPostgres(ctx, config, stop)
	}
	if err != nil && !stoppedAtStart(ctx, err) {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// stoppedAtStart tells that the stop came before the work had begun.
func stoppedAtStart(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

func (q *Queue) baseConfig() *river.Config {
	return &river.Config{
		ID:                q.id,
		Logger:            slog.New(warnings{q.options.Logger.Handler()}),
		FetchCooldown:     fetchCooldown,
		FetchPollInterval: q.timing.poll,
		MaxAttempts:       maxAttempts,
	}
}

func (q *Queue) workConfig(handlers Handlers, stop *stopping) (*river.Config, error) {
	workers, err := handlers.workers(stop, q.options.Logger)
	if err != nil {
		return nil, err
	}
	config := q.baseConfig()
	config.Workers = workers
	config.Queues = q.options.Workers.queues()
	config.RetryPolicy = retryPolicy{}
	config.CompletedJobRetentionPeriod = keepCompleted
	// The least for any kind; each worker's Timeout puts off its own.
	config.RescueStuckJobsAfter = grace
	config.JobTimeout = grace
	sweep := func() (river.JobArgs, *river.InsertOpts) {
		return talkit.SweepJob{}, &river.InsertOpts{Queue: kinds[talkit.SweepJob{}.Kind()].queue}
	}
	config.PeriodicJobs = []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(sweepInterval), sweep, &river.PeriodicJobOpts{RunOnStart: true}),
	}
	return config, nil
}

func (w Workers) queues() map[string]river.QueueConfig {
	return map[string]river.QueueConfig{
		"prepare": {MaxWorkers: cmp.Or(w.Prepare, 2)},
		"speech":  {MaxWorkers: cmp.Or(w.Speech, 1)},
		"finish":  {MaxWorkers: cmp.Or(w.Finish, 2)},
		"deliver": {MaxWorkers: cmp.Or(w.Deliver, 256)},
		"erase":   {MaxWorkers: 1},
		"sweep":   {MaxWorkers: 1},
		"mail":    {MaxWorkers: 2},
	}
}

// client is what Run needs of a River client, whatever its transactions are.
type client interface {
	Start(context.Context) error
	Stop(context.Context) error
	StopAndCancel(context.Context) error
}

// work runs c until ctx ends. River takes the end of the context it was
// started with for a hard stop, so it gets one that does not end.
func (q *Queue) work(ctx context.Context, c client, stop *stopping) error {
	background := context.WithoutCancel(ctx)
	if err := c.Start(background); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	<-ctx.Done()
	soft, cancel := context.WithTimeout(background, q.timing.soft)
	defer cancel()
	if c.Stop(soft) == nil {
		return nil
	}
	stop.cancelled.Store(true)
	hard, cancel := context.WithTimeout(background, q.timing.hard)
	defer cancel()
	if c.StopAndCancel(hard) != nil {
		return errors.New("some jobs did not stop in time; they will be started again")
	}
	return nil
}

// warnings leaves out what River says about its everyday doings.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
