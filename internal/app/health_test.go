package app

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// near tells whether two parts of a whole are the same.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// TestP95: of nothing none, of one that one, of many so long that 95 of 100 took
// no longer, in whatever order they came.
func TestP95(t *testing.T) {
	t.Parallel()
	if got := p95(nil); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	if got := p95([]time.Duration{7}); got != 7 {
		t.Errorf("of one: %v", got)
	}
	var took []time.Duration
	for _, i := range rand.Perm(1000) {
		took = append(took, time.Duration(i+1)*time.Millisecond)
	}
	if got := p95(took); got < 950*time.Millisecond || got > 951*time.Millisecond {
		t.Errorf("of 1 to 1000 ms: %v", got)
	}
}

// TestHealthOfADay: what was answered with 2xx succeeded; each attempt counts in
// the hour it was made in, the last hour last; what is a day old, or of a clock
// that goes ahead, does not count.
func TestHealthOfADay(t *testing.T) {
	t.Parallel()
	now := talkit.Now()
	var pulses []store.Pulse
	made := func(ago time.Duration, status int, took time.Duration) {
		pulses = append(pulses, store.Pulse{On: now.Add(-ago), StatusCode: status, DurationUS: took.Microseconds()})
	}
	made(24*time.Hour, 500, time.Hour)
	made(30*time.Hour, 200, time.Hour)
	made(-time.Second, 200, time.Hour)
	made(24*time.Hour-time.Second, 503, 5*time.Second)
	made(2*time.Hour-time.Second, 299, 2*time.Second)
	made(time.Hour, 302, time.Second)
	made(time.Hour-time.Second, 200, 3*time.Second)
	made(time.Minute, 0, 4*time.Second) // nothing answered
	made(0, 204, time.Second)

	h := healthOf(pulses, now)
	if h.Attempts != 6 || !near(h.Succeeded, 0.5) || h.P95 != 5*time.Second {
		t.Errorf("%d attempts, %v succeeded, p95 %v", h.Attempts, h.Succeeded, h.P95)
	}
	want := [24]HealthHour{0: {1, 1, 5 * time.Second}, 22: {2, 1, 2 * time.Second}, 23: {3, 1, 4 * time.Second}}
	if h.ByHour != want {
		t.Errorf("by hour %+v, want %+v", h.ByHour, want)
	}
	if h := healthOf(pulses[:3], now); h != (WebhookHealth{}) {
		t.Errorf("of nothing in the day: %+v", h)
	}
}

// TestHowTheServerDelivers: the part of the attempts that was answered with 2xx;
// none says nothing.
func TestHowTheServerDelivers(t *testing.T) {
	t.Parallel()
	var n Now
	n.judge(nil)
	if n.Attempts != 0 || n.Succeeded != 0 || n.Lag != 0 {
		t.Errorf("of nothing: %+v", n)
	}
	n.judge([]store.Pulse{{StatusCode: 199}, {StatusCode: 200}, {StatusCode: 299}, {StatusCode: 300}, {StatusCode: 500}, {}, {StatusCode: 410}, {StatusCode: 202}})
	if n.Attempts != 8 || !near(n.Succeeded, 3.0/8) {
		t.Errorf("%d attempts, %v succeeded", n.Attempts, n.Succeeded)
	}
}

// TestWebhookHealth is of one webhook's attempts of the last day, what still
// waits, and since when it fails; it is for its developer.
func TestWebhookHealth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		person := rows.User()
		plugin := rows.Plugin(person)
		hook, another := rows.Webhook(plugin), rows.Webhook(plugin)
		now := talkit.Now()
		attempt := func(w talkit.Webhook, ago time.Duration, status int, to talkit.DeliveryStatus) {
			t.Helper()
			on := now.Add(-ago)
			e := talkit.Event{Key: newEventKey(), Type: talkit.TestCompleted, PluginID: plugin.ID, CreatedOn: on}
			rows.Do(func(tx *store.Tx) error {
				if err := tx.AddEvent(ctx, &e); err != nil {
					return err
				}
				d := talkit.Delivery{EventID: e.ID, WebhookID: w.ID, Status: talkit.DeliveryPending, CreatedOn: on}
				if err := tx.AddDelivery(ctx, &d); err != nil {
					return err
				}
				d.Status = to
				_, err := tx.FinishAttempt(ctx, d, talkit.Attempt{Number: 1, StatusCode: status, DurationUS: 2e6, CreatedOn: on}, nil)
				return err
			})
		}
		attempt(hook, 25*time.Hour, 500, talkit.DeliveryFailed)
		attempt(hook, 3*time.Hour+time.Minute, 200, talkit.DeliverySucceeded)
		attempt(hook, time.Minute, 503, talkit.DeliveryPending)
		attempt(another, time.Minute, 500, talkit.DeliveryPending)
		since := now.Add(-time.Hour)
		rows.Do(func(tx *store.Tx) error { return tx.SetWebhookFailing(ctx, hook.ID, since) })

		h, err := a.WebhookHealth(ctx, talkit.Caller{Kind: talkit.CallerDeveloper, UserID: person.ID}, plugin.ID, hook.ID)
		if err != nil {
			t.Fatal(err)
		}
		if h.Attempts != 2 || !near(h.Succeeded, 0.5) || h.P95 != 2*time.Second || h.Waiting != 1 {
			t.Errorf("%+v", h)
		}
		if h.ByHour[20] != (HealthHour{1, 0, 2 * time.Second}) || h.ByHour[23] != (HealthHour{1, 1, 2 * time.Second}) {
			t.Errorf("by hour %+v", h.ByHour)
		}
		if h.FailingSince != since || h.DisableOn != since.Add(5*24*time.Hour) {
			t.Errorf("fails since %s, is disabled on %s", h.FailingSince, h.DisableOn)
		}
		if _, err := a.WebhookHealth(ctx, talkit.Caller{Kind: talkit.CallerDeveloper, UserID: rows.User().ID}, plugin.ID, hook.ID); !talkit.IsNotFound(err) {
			t.Errorf("for somebody else: %v", err)
		}
	})
}
