package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"talkit"
	"talkit/wire"
)

// Feed finds what changed among a person's recordings since it was asked last.
// It is for one goroutine.
type Feed struct {
	app   *App
	since talkit.Time           // of the latest change it gave
	given map[int64]talkit.Time // what it gave, with the time of the change
}

const (
	// feedOverlap is how far a feed looks back behind what it gave already:
	// changes can become visible later than others that were made after them, in
	// transactions that take long and on machines whose clocks are behind.
	feedOverlap = time.Minute
	// feedMost is how many changes it finds at once; of more, the latest.
	feedMost = 1000
	// feedReach is how far back a feed can begin.
	feedReach = 24 * time.Hour
)

// NewFeed begins a feed at a time, of which it first gives a little from
// before; 0 is now.
func (a *App) NewFeed(since talkit.Time) *Feed {
	now := talkit.Now()
	if since <= 0 || since > now {
		since = now
	}
	return &Feed{a, max(since, now.Add(-feedReach)), map[int64]talkit.Time{}}
}

// Next gives the recordings of who that changed, the oldest change first, each
// as it is by now. None is no error.
func (f *Feed) Next(ctx context.Context, who talkit.Caller) ([]wire.Recording, error) {
	from := f.since.Add(-feedOverlap)
	maps.DeleteFunc(f.given, func(_ int64, on talkit.Time) bool { return on <= from })
	changed, err := f.app.DB.RecordingsChanged(ctx, who.UserID, from, feedMost)
	if err != nil {
		return nil, err
	}
	var shown []wire.Recording
	for _, c := range slices.Backward(changed) {
		if f.given[c.ID] >= c.UpdatedOn {
			continue
		}
		r, err := f.app.recording(ctx, who, c.ID)
		if talkit.IsNotFound(err) { // erased meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		f.given[c.ID] = r.UpdatedOn
		f.since = max(f.since, min(r.UpdatedOn, talkit.Now())) // a clock may be ahead of ours
		shown = append(shown, f.app.showRecording(who, r))
	}
	return shown, nil
}

// Since is where a feed has come to, to begin another one there.
func (f *Feed) Since() talkit.Time { return f.since }
