package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func TestWebhooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		p := rows.Plugin(rows.User())
		w := talkit.Webhook{PluginID: p.ID, URI: "https://example.org", Events: talkit.AllEventTypes, CreatedOn: 1, UpdatedOn: 1}
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddWebhook(ctx, &w, func(id int64) ([]byte, error) { return fmt.Appendf(nil, "\x00%d", id), nil })
		})
		same(t, "sealed for its id", string(w.Secret), fmt.Sprintf("\x00%d", w.ID))
		read(db.Webhook(ctx, p.ID, w.ID)).is(t, "added", w)
		read(db.Webhook(ctx, p.ID+1, w.ID)).fails(t, "of another plugin", talkit.NotFound)

		w = talkit.Webhook{ID: w.ID, PluginID: p.ID, URI: "https://b.example.org", Events: talkit.EventTypes{talkit.TestCompleted}, Disabled: true,
			DisabledReason: "410", Secret: []byte{1}, OldSecret: []byte{2}, OldSecretUntil: 3, FailingSince: 4, CreatedOn: 1, UpdatedOn: 6}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetWebhook(ctx, w) })
		read(db.Webhook(ctx, p.ID, w.ID)).is(t, "changed", w)

		other := rows.Webhook(p)
		read(db.Webhooks(ctx, p.ID, talkit.Page{Limit: 1})).is(t, "list", talkit.List[talkit.Webhook]{Items: []talkit.Webhook{w}, HasMore: true, Total: 2})
		read(db.LivingWebhooks(ctx, p.ID)).is(t, "the living", []talkit.Webhook{other})

		d := rows.Delivery(p, other)
		remove := func(plugin int64) error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteWebhook(ctx, plugin, other.ID) })
		}
		wantKind(t, "deleted by another plugin", remove(p.ID+1), talkit.NotFound)
		same(t, "delete", remove(p.ID), nil)
		wantKind(t, "deleted twice", remove(p.ID), talkit.NotFound)
		read(db.DueDelivery(ctx, d.ID)).fails(t, "its delivery", talkit.NotFound)
		wantKind(t, "change a gone one", inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetWebhook(ctx, other) }), talkit.NotFound)
	})
}

func TestWebhookThatCannotBeSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		w := talkit.Webhook{PluginID: rows.Plugin(rows.User()).ID, URI: "https://example.org"}
		broken := errors.New("no entropy")
		err := inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddWebhook(ctx, &w, func(int64) ([]byte, error) { return nil, broken })
		})
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
		same(t, "webhooks kept", countRows(t, db, "webhooks"), 0)
	})
}

// TestWebhookFailing keeps the first failure since the last success.
func TestWebhookFailing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		w := rows.Webhook(rows.Plugin(rows.User()))
		for _, step := range []struct{ since, want talkit.Time }{{0, 0}, {100, 100}, {200, 100}, {0, 0}, {0, 0}, {300, 300}} {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetWebhookFailing(ctx, w.ID, step.since) })
			same(t, fmt.Sprintf("after %d", step.since), read(db.Webhook(t.Context(), w.PluginID, w.ID)).must(t).FailingSince, step.want)
		}
	})
}

func TestDisableWebhook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		w := rows.Webhook(rows.Plugin(rows.User()))
		disable := func(reason string, now talkit.Time) answer[bool] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) {
				return tx.DisableWebhook(ctx, w.ID, reason, now)
			})
		}
		disable("410 Gone", 50).is(t, "disable", true)
		disable("again", 60).is(t, "disable again", false)
		w.Disabled, w.DisabledReason, w.UpdatedOn = true, "410 Gone", 50
		read(db.Webhook(t.Context(), w.PluginID, w.ID)).is(t, "disabled", w)
	})
}

// TestDisableFailingWebhook: one that another attempt found well stays.
func TestDisableFailingWebhook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		w := rows.Webhook(rows.Plugin(rows.User()))
		disable := func(since talkit.Time) (news bool) {
			do(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				news, err = tx.DisableFailingWebhook(ctx, w.ID, since, "down", 9)
				return err
			})
			return news
		}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetWebhookFailing(ctx, w.ID, 5) })
		same(t, "failing since another time", disable(4), false)
		same(t, "failing since then", disable(5), true)
		same(t, "again", disable(5), false)
	})
}
