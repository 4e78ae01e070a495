package jobs

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/webhook"
)

// Lanes keep one webhook from taking every worker: a healthy one gets a share
// of them, one that just failed a few.
type Lanes struct {
	mu      sync.Mutex
	workers int
	lanes   map[int64]*lane
}

type lane struct {
	busy    int
	failing bool
}

// failingLane is how many workers may try a webhook that just failed.
const failingLane = 4

// NewLanes shares out so many workers.
func NewLanes(workers int) *Lanes { return &Lanes{workers: workers, lanes: map[int64]*lane{}} }

// enter takes a place, if there is one for this webhook.
func (l *Lanes) enter(webhookID int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.lanes[webhookID]
	if own == nil {
		own = &lane{}
		l.lanes[webhookID] = own
	}
	places := max(failingLane, l.workers/2)
	if own.failing {
		places = failingLane
	}
	if own.busy >= places {
		return false
	}
	own.busy++
	return true
}

// leave gives the place back and notes how the webhook fares.
func (l *Lanes) leave(webhookID int64, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.lanes[webhookID]
	own.busy--
	own.failing = failed
	if own.busy == 0 && !failed {
		delete(l.lanes, webhookID)
	}
}

// deliver makes one attempt to send one event to one webhook.
func (w *Work) deliver(ctx context.Context, _ int64, job talkit.DeliverJob) (err error) {
	if !w.Lanes.enter(job.WebhookID) {
		return Snooze(time.Second + rand.N(2*time.Second))
	}
	failed := false
	defer func() { w.Lanes.leave(job.WebhookID, failed) }()
	s, ok, err := w.App.Ship(ctx, job.DeliveryID)
	if err != nil || !ok {
		return err
	}
	if early := s.Delivery.NextAttemptOn.Sub(talkit.Now()); early > time.Second {
		return Snooze(early)
	}
	started := talkit.Now()
	result := w.Sender.Send(ctx, webhook.Request{URI: s.Webhook.URI, Key: s.Event.Key, Body: s.Body, Secrets: s.Secrets})
	if ctx.Err() != nil && !result.OK() {
		return ctx.Err() // our stop is no failure of theirs
	}
	failed = !result.OK()
	o := outcome(s, result)
	o.StartedOn = started
	again, err := w.App.Shipped(ctx, s, o)
	w.logAttempt(ctx, s, o, err)
	if err != nil || !again {
		return err
	}
	return Snooze(o.RetryIn)
}

func outcome(s app.Shipment, r webhook.Result) app.Outcome {
	o := app.Outcome{StatusCode: r.StatusCode, Error: r.Error, Duration: r.Duration, Succeeded: r.OK(),
		Gone: r.StatusCode == http.StatusGone, RequestBody: webhook.Excerpt(s.Body), ResponseBody: r.ResponseBody}
	if wait, more := webhook.Backoff(s.Delivery.Attempts + 1); more && !o.Succeeded && !o.Gone {
		o.RetryIn = max(wait, r.RetryAfter)
	}
	return o
}

// logAttempt writes the one line of an attempt.
func (w *Work) logAttempt(ctx context.Context, s app.Shipment, o app.Outcome, err error) {
	w.Log.InfoContext(ctx, "delivery attempt", "delivery_id", s.Delivery.ID, "webhook_id", s.Webhook.ID, "event", s.Event.Key,
		"type", s.Event.Type, "attempt", s.Delivery.Attempts+1, "status", o.StatusCode, "refused", o.Error,
		"duration_ms", o.Duration.Milliseconds(), "retry_in_ms", o.RetryIn.Milliseconds(), "error", err)
}
