package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"talkit/internal/store"
)

// webhooksShown bounds how many busy webhooks, and how many failing ones, an
// operator is shown.
const webhooksShown = 25

// WebhookNow is how a webhook fared in the last ten minutes.
type WebhookNow struct {
	store.WebhookEntry
	Attempts  int           // 0 leaves the rest without meaning
	Succeeded float64       // part of them, 0 to 1
	Lag       time.Duration // from an event to the end of its first attempt, p95
}

// webhooksNow tells of the busiest webhooks and of those that fail, which come
// first, the ones that have for longest at the top.
func (a *App) webhooksNow(ctx context.Context, pulses []store.Pulse) ([]WebhookNow, error) {
	of := map[int64][]store.Pulse{}
	for _, p := range pulses {
		of[p.WebhookID] = append(of[p.WebhookID], p)
	}
	busiest := slices.SortedFunc(maps.Keys(of), func(a, b int64) int { return cmp.Or(len(of[b])-len(of[a]), cmp.Compare(a, b)) })
	found, err := a.DB.WebhookEntries(ctx, busiest[:min(len(busiest), webhooksShown)], webhooksShown)
	var all []WebhookNow
	for _, w := range found {
		var n Now
		n.judge(of[w.ID])
		all = append(all, WebhookNow{w, n.Attempts, n.Succeeded, n.Lag})
	}
	slices.SortStableFunc(all, func(a, b WebhookNow) int {
		if a.FailingSince != 0 && b.FailingSince != 0 {
			return cmp.Compare(a.FailingSince, b.FailingSince)
		}
		return cmp.Compare(b.FailingSince, a.FailingSince) // 0 comes last
	})
	return all, err
}
