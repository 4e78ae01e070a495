package app

import (
	"context"
	"slices"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// DeliveryFilter narrows the log of a webhook; what is zero does not.
type DeliveryFilter struct {
	Status      talkit.DeliveryStatus
	Type        talkit.EventType
	From, Until talkit.Time
	Before      int64
}

// DeliveryLog is a part of what was sent to a webhook, newest first.
type DeliveryLog struct {
	Deliveries []wire.Delivery
	Older      int64 // the position of the next part, 0 for none
}

// logPage is how many deliveries a page of the log shows.
const logPage = 50

// DeliveryLog reads the log of a webhook.
func (a *App) DeliveryLog(ctx context.Context, who talkit.Caller, pluginID, webhookID int64, f DeliveryFilter) (DeliveryLog, error) {
	if _, err := a.ownWebhook(ctx, who, pluginID, webhookID); err != nil {
		return DeliveryLog{}, err
	}
	found, more, err := a.DB.DeliveryLog(ctx, webhookID, store.DeliveryFilter{Status: f.Status, Type: f.Type, From: f.From, Until: f.Until,
		Before: f.Before, Limit: logPage})
	log := DeliveryLog{}
	for _, d := range found {
		log.Deliveries = append(log.Deliveries, a.showDelivery(d))
	}
	if more {
		log.Older = found[len(found)-1].ID
	}
	return log, err
}

// WebhookHealth is how a webhook fared in the last day, an hour a point.
type WebhookHealth struct {
	Attempts  int           // 0 leaves the rest without meaning
	Succeeded float64       // the part of the attempts, 0 to 1
	P95       time.Duration // of the answers
	Waiting   int64         // deliveries still to be sent
	Partly    int           // of how many deliveries this is, the last ones, where there were more; 0 for all

	// FailingSince is the first failure after the last success, 0 for none;
	// DisableOn is when the next failure disables the webhook.
	FailingSince, DisableOn talkit.Time

	ByHour [24]HealthHour
}

// HealthHour is one hour of it, the oldest first.
type HealthHour struct {
	Attempts, Failed int
	P95              time.Duration
}

// healthDeliveries bounds how many deliveries of a busy webhook's day are looked at.
const healthDeliveries = 2000

// WebhookHealth looks at the attempts of the last day.
func (a *App) WebhookHealth(ctx context.Context, who talkit.Caller, pluginID, webhookID int64) (WebhookHealth, error) {
	w, err := a.ownWebhook(ctx, who, pluginID, webhookID)
	if err != nil {
		return WebhookHealth{}, err
	}
	now := talkit.Now()
	pulses, err := a.DB.Pulses(ctx, webhookID, now.Add(-24*time.Hour), healthDeliveries)
	if err != nil {
		return WebhookHealth{}, err
	}
	h := healthOf(pulses, now)
	if h.FailingSince = w.FailingSince; h.FailingSince != 0 {
		h.DisableOn = h.FailingSince.Add(maxFailing)
	}
	h.Waiting, err = a.DB.WaitingDeliveries(ctx, webhookID)
	return h, err
}

func healthOf(pulses []store.Pulse, now talkit.Time) WebhookHealth {
	var h WebhookHealth
	var all []time.Duration
	var hours [24][]time.Duration
	good, deliveries := 0, map[int64]bool{}
	for _, p := range pulses {
		deliveries[p.DeliveryID] = true
		age := now.Sub(p.On)
		if age < 0 || age >= 24*time.Hour {
			continue
		}
		hour := 23 - int(age/time.Hour)
		took := time.Duration(p.DurationUS) * time.Microsecond
		all, hours[hour] = append(all, took), append(hours[hour], took)
		h.ByHour[hour].Attempts++
		if p.StatusCode >= 200 && p.StatusCode < 300 {
			good++
		} else {
			h.ByHour[hour].Failed++
		}
	}
	if len(deliveries) >= healthDeliveries {
		h.Partly = healthDeliveries
	}
	for i := range hours {
		h.ByHour[i].P95 = p95(hours[i])
	}
	if h.Attempts = len(all); h.Attempts > 0 {
		h.Succeeded, h.P95 = float64(good)/float64(len(all)), p95(all)
	}
	return h
}

func p95(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)*95/100, len(took)-1)]
}
