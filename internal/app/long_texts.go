package app

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"talkit"
)

// The timed words of ten hours are some 10 MiB in memory, and what is made of
// them as much again. So they are joined, read and shown one at a time.
const (
	longText = time.Hour
	// holdLong is for how long one that is shown keeps others waiting: longer
	// takes only who reads it over a slow line.
	holdLong = 5 * time.Second
)

// longTexts lets one long text at a time into memory.
type longTexts struct {
	begin sync.Once
	place chan struct{}
}

// hold waits for the place where a text of so much sound is long. It is given
// back when ctx ends, which is that of a request or a job, or after holdLong.
func (l *longTexts) hold(ctx context.Context, sound time.Duration) error {
	if sound < longText {
		return nil
	}
	l.begin.Do(func() { l.place = make(chan struct{}, 1) })
	select {
	case l.place <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	over, end := context.WithTimeout(ctx, holdLong)
	context.AfterFunc(over, func() {
		end()
		debug.FreeOSMemory() // else the next would come to the garbage of this one
		<-l.place
	})
	return nil
}

// holdText is hold for the text of a person's recording.
func (a *App) holdText(ctx context.Context, who talkit.Caller, recordingID int64) error {
	r, err := a.recording(ctx, who, recordingID)
	if err != nil {
		return err
	}
	return a.longTexts.hold(ctx, r.Audio.Length())
}
