package jobs

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
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
	waiting []chan struct{} // each is closed when its turn comes
}

const (
	// failingLane is how many workers may try a webhook that just failed.
	failingLane = 4

	// laneWait is how long a worker waits for a place in a healthy lane. Where
	// answers are quick it gets one, and a backlog goes at full speed; where
	// they are not, it makes room for other webhooks.
	laneWait = 100 * time.Millisecond
)

// NewLanes shares out so many workers.
func NewLanes(workers int) *Lanes { return &Lanes{workers: workers, lanes: map[int64]*lane{}} }

func (l *Lanes) hasPlace(own *lane) bool {
	if own.failing {
		return own.busy < failingLane
	}
	return own.busy < max(failingLane, l.workers/2)
}

// enter takes a place, if this webhook has or soon gets one.
func (l *Lanes) enter(webhookID int64) bool {
	l.mu.Lock()
	own := l.lanes[webhookID]
	if own == nil {
		own = &lane{}
		l.lanes[webhookID] = own
	}
	if l.hasPlace(own) {
		own.busy++
		l.mu.Unlock()
		return true
	}
	if own.failing {
		l.mu.Unlock()
		return false
	}
	turn := make(chan struct{})
	own.waiting = append(own.waiting, turn)
	l.mu.Unlock()
	return l.await(own, turn)
}

func (l *Lanes) await(own *lane, turn chan struct{}) bool {
	enough := time.NewTimer(laneWait)
	defer enough.Stop()
	select {
	case <-turn:
		return true
	case <-enough.C:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.Index(own.waiting, turn)
	if at < 0 {
		return true // the turn came just now
	}
	own.waiting = slices.Delete(own.waiting, at, at+1)
	return false
}

// leave gives the place to whoever waits for it, and notes how the webhook fares.
func (l *Lanes) leave(webhookID int64, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.lanes[webhookID]
	own.busy--
	own.failing = failed
	for len(own.waiting) > 0 && l.hasPlace(own) {
		close(own.waiting[0])
		own.waiting = own.waiting[1:]
		own.busy++
	}
	if own.busy == 0 && !failed && len(own.waiting) == 0 {
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
