package app

import (
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestWebhooksNow: of what is sent again, by the server or by hand, the lag says
// nothing.
func TestWebhooksNow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, rows := testApp(t, db), storetest.RowsOf(t, db)
		p := rows.Plugin(rows.User())
		busy, failing, quiet := rows.Webhook(p), rows.Webhook(p), rows.Webhook(p)
		rows.Do(func(tx *store.Tx) error {
			return tx.SetWebhookFailing(t.Context(), failing.ID, talkit.Now().Add(-time.Hour))
		})
		d := rows.Delivery(p, busy)
		for number, late := range []time.Duration{time.Second, 9 * time.Minute} {
			rows.Do(func(tx *store.Tx) error {
				if number > 0 {
					if err := tx.ReopenDelivery(t.Context(), busy.ID, d.ID, talkit.Now()); err != nil {
						return err
					}
				}
				d.Status = talkit.DeliverySucceeded
				_, err := tx.FinishAttempt(t.Context(), d, talkit.Attempt{DeliveryID: d.ID, Number: number + 1, StatusCode: 200, CreatedOn: d.CreatedOn.Add(late)}, nil)
				return err
			})
		}
		o, err := a.Overview(t.Context(), talkit.Operator, talkit.Now())
		if err != nil || len(o.Webhooks) != 2 || o.Webhooks[0].ID != failing.ID || o.Webhooks[1].ID != busy.ID {
			t.Fatalf("%+v %v, and not webhook %d", o.Webhooks, err, quiet.ID)
		}
		if w := o.Webhooks[1]; w.Attempts != 2 || w.Succeeded != 1 || w.Lag != time.Second || o.Lag != time.Second {
			t.Errorf("%+v, lag %v", w, o.Lag)
		}
	})
}
