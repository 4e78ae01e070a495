package store

import (
	"context"

	"talkit"
)

// DeliveryFilter narrows the log of a webhook; what is zero does not.
type DeliveryFilter struct {
	Status      talkit.DeliveryStatus
	Type        talkit.EventType
	From, Until talkit.Time // Until is not included
	Before      int64       // deliveries older than this one
	Limit       int
}

// DeliveryLog reads deliveries of a webhook, newest first, with their attempts
// without bodies; more tells whether there are older ones.
func (q queries) DeliveryLog(ctx context.Context, webhookID int64, f DeliveryFilter) (log []EventDelivery, more bool, err error) {
	query, args := eventDeliverySelect+" WHERE d.webhook_id = ?", []any{webhookID}
	for _, condition := range []struct {
		wanted bool
		sql    string
		value  any
	}{
		{f.Status != "", " AND d.status = ?", f.Status}, {f.Type != "", " AND e.type = ?", f.Type},
		{f.From != 0, " AND d.created_on >= ?", f.From}, {f.Until != 0, " AND d.created_on < ?", f.Until},
		{f.Before != 0, " AND d.id < ?", f.Before},
	} {
		if condition.wanted {
			query, args = query+condition.sql, append(args, condition.value)
		}
	}
	log, err = many[EventDelivery](ctx, q, query+" ORDER BY d.id DESC LIMIT ?+0", append(args, f.Limit+1)...)
	if err != nil {
		return nil, false, err
	}
	if more = len(log) > f.Limit; more {
		log = log[:f.Limit]
	}
	return log, more, q.addAttempts(ctx, log)
}

// Pulse is one of the last attempts to a webhook.
type Pulse struct {
	On         talkit.Time `db:"created_on"`
	DurationUS int64       `db:"duration_us"`
	StatusCode int         `db:"status_code"`
	Waited     int64       `db:"waited"` // µs from the event to the attempt's end
	Number     int         `db:"number"` // 1 for a delivery's first
	DeliveryID int64       `db:"delivery_id"`
	WebhookID  int64       `db:"webhook_id"`
}

// Pulses reads the attempts since a time of a webhook's last deliveries, and of
// those that are still tried; at most so many of both: a busy webhook's day is
// not read whole, nor is a quiet one's past.
func (q queries) Pulses(ctx context.Context, webhookID int64, since talkit.Time, most int) ([]Pulse, error) {
	return many[Pulse](ctx, q, `SELECT a.created_on, a.duration_us, a.status_code, a.created_on + a.duration_us - d.created_on AS waited, a.number, a.delivery_id, d.webhook_id
		FROM (SELECT * FROM (SELECT id, webhook_id, created_on FROM deliveries WHERE webhook_id = ? ORDER BY id DESC LIMIT ?+0) AS latest
			UNION SELECT * FROM (SELECT id, webhook_id, created_on FROM deliveries WHERE webhook_id = ? AND status = 'pending' ORDER BY id LIMIT ?+0) AS tried) d
		JOIN attempts a ON a.delivery_id = d.id WHERE a.created_on > ? ORDER BY a.created_on`, webhookID, most, webhookID, most, since)
}

// WaitingDeliveries counts those of a webhook that are still to be sent.
func (q queries) WaitingDeliveries(ctx context.Context, webhookID int64) (n int64, err error) {
	err = q.on.get(ctx, &n, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ? AND status = 'pending'", webhookID)
	return n, err
}
