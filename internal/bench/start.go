package bench

import (
	"context"
	"slices"
	"time"
)

// starts is how often the start is measured; the middle one counts.
const starts = 9

// start measures how soon the server answers, and what it holds when nobody
// asks it anything.
func (b *bench) start(ctx context.Context) error {
	data, err := b.folder()
	if err != nil {
		return err
	}
	first, err := b.timeStart(ctx, data)
	if err != nil {
		return err
	}
	again := make([]time.Duration, starts)
	for i := range again {
		if again[i], err = b.timeStart(ctx, data); err != nil {
			return err
		}
	}
	slices.Sort(again)
	b.add("start to first answer, median of 9", millis(again[starts/2]), "ms", goal{most: 100})
	b.add("the slowest of them", millis(again[starts-1]), "ms", goal{})
	b.add("start on an empty data folder", millis(first), "ms", goal{})
	return b.idle(ctx, data)
}

func (b *bench) timeStart(ctx context.Context, data string) (time.Duration, error) {
	c, err := b.serve(ctx, data)
	if err != nil {
		return 0, err
	}
	return c.took, c.stop()
}

// idleTime lets what belongs to the start come to rest.
const idleTime = 3 * time.Second

func (b *bench) idle(ctx context.Context, data string) error {
	c, err := b.serve(ctx, data)
	if err != nil {
		return err
	}
	select {
	case <-time.After(idleTime):
	case <-ctx.Done():
	}
	b.add("idle memory, the engine not started", resident(c.Process.Pid), "MiB", goal{most: 40})
	return c.stop()
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
