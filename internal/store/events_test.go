package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// finish ends the attempt with that number on d.
func finish(t *testing.T, db *store.DB, d talkit.Delivery, a talkit.Attempt, about *int64) answer[bool] {
	t.Helper()
	return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.FinishAttempt(ctx, d, a, about) })
}

func TestDeliveries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		p := rows.Plugin(rows.User())
		w := rows.Webhook(p)
		first, second := rows.Delivery(p, w), rows.Delivery(p, w)
		elsewhere := rows.Delivery(p, rows.Webhook(p))

		failed := talkit.Attempt{Number: 1, StatusCode: 500, Error: "e", DurationUS: 12, RequestBody: "{\"a\":\"é\"}", ResponseBody: "no\r\n", CreatedOn: 40}
		first.NextAttemptOn, first.UpdatedOn = 99, 41
		finish(t, db, first, failed, nil).is(t, "first attempt", true)
		first.Status, first.Reason, first.NextAttemptOn = talkit.DeliverySucceeded, "r", 0
		finish(t, db, first, talkit.Attempt{Number: 2, StatusCode: 204}, nil).is(t, "second attempt", true)
		first.Attempts = 2

		list := read(db.Deliveries(ctx, w.ID, talkit.Page{Limit: 5})).must(t)
		same(t, "total", list.Total, 2)
		same(t, "deliveries", []talkit.Delivery{list.Items[0].Delivery, list.Items[1].Delivery}, []talkit.Delivery{first, second})
		same(t, "attempts", len(list.Items[0].Attempts)*10+len(list.Items[1].Attempts), 20)
		same(t, "bodies in the list", list.Items[0].Attempts[0].RequestBody+list.Items[0].Attempts[0].ResponseBody, "")
		one := read(db.Delivery(ctx, w.ID, first.ID)).must(t)
		failed.ID, failed.DeliveryID = one.Attempts[0].ID, first.ID
		same(t, "an attempt with its bodies", one.Attempts[0], failed)
		same(t, "the event's type", one.Event.Type, talkit.TestCompleted)
		read(db.Delivery(ctx, w.ID, elsewhere.ID)).fails(t, "of another webhook", talkit.NotFound)
		read(db.Deliveries(ctx, w.ID, talkit.Page{Limit: 5, AfterID: second.ID})).is(t, "after the last", talkit.List[store.EventDelivery]{
			Items: []store.EventDelivery{}, Total: 2})
	})
}

// TestFinishAttempt: an attempt made twice counts once, and one on a delivery
// that was settled meanwhile not at all.
func TestFinishAttempt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		p := rows.Plugin(rows.User())
		d := rows.Delivery(p, rows.Webhook(p))
		var won atomic.Int32
		var workers sync.WaitGroup
		for range 8 {
			workers.Go(func() {
				err := db.InTx(t.Context(), func(tx *store.Tx) error {
					ok, err := tx.FinishAttempt(t.Context(), d, talkit.Attempt{Number: 1}, nil)
					if ok {
						tx.AfterCommit(func() { won.Add(1) })
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		same(t, "jobs that made attempt 1", won.Load(), 1)
		finish(t, db, d, talkit.Attempt{Number: 3}, nil).is(t, "an attempt too far", false)

		end := func(status talkit.DeliveryStatus) {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.EndDelivery(ctx, d.ID, status, "why", 50) })
		}
		end(talkit.DeliveryCancelled)
		end(talkit.DeliveryFailed)
		finish(t, db, d, talkit.Attempt{Number: 2}, nil).is(t, "after it was cancelled", false)
		got := read(db.Delivery(t.Context(), d.WebhookID, d.ID)).must(t)
		same(t, "cancelled", fmt.Sprintln(got.Status, got.Reason, got.Delivery.Attempts, got.NextAttemptOn, len(got.Attempts)), "cancelled why 1 1970-01-01T00:00:00.000Z 1\n")

		reopen := func(webhook int64) error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.ReopenDelivery(ctx, webhook, d.ID, 60) })
		}
		wantKind(t, "reopened through another webhook", reopen(d.WebhookID+1), talkit.NotFound)
		same(t, "reopen", reopen(d.WebhookID), nil)
		finish(t, db, d, talkit.Attempt{Number: 2}, nil).is(t, "after it was opened again", true)
	})
}

// TestErasedBodies: what an attempt kept of a transcript goes with it, and an
// attempt that ends later keeps nothing.
func TestErasedBodies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		p := rows.Plugin(user)
		w, tr := rows.Webhook(p), rows.Transcript(user)
		about := func(id int64) talkit.Delivery {
			e := talkit.Event{Key: fmt.Sprint("evt_", w.ID, id, talkit.Now()), Type: talkit.TranscriptCompleted, PluginID: p.ID, TranscriptID: &id}
			d := talkit.Delivery{WebhookID: w.ID, Status: talkit.DeliveryPending}
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				if err := tx.AddEvent(ctx, &e); err != nil {
					return err
				}
				d.EventID = e.ID
				return tx.AddDelivery(ctx, &d)
			})
			return d
		}
		logged := func(d talkit.Delivery) (bodies string) {
			for _, a := range read(db.Delivery(t.Context(), w.ID, d.ID)).must(t).Attempts {
				bodies += a.RequestBody + a.ResponseBody + ";"
			}
			return bodies
		}
		attempt := talkit.Attempt{Number: 1, RequestBody: "req", ResponseBody: "res"}
		d, other := about(tr.ID), about(tr.ID+1)
		finish(t, db, d, attempt, &tr.ID).is(t, "attempt", true)
		finish(t, db, other, attempt, nil).is(t, "attempt about another", true)
		same(t, "logged", logged(d), "reqres;")
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.EraseLoggedBodies(ctx, tr.ID) })
		same(t, "logged after erasing", logged(d), ";")
		same(t, "logged of another", logged(other), "reqres;")

		tr.Disabled = true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetTranscript(ctx, tr) })
		attempt.Number = 2
		finish(t, db, d, attempt, &tr.ID).is(t, "attempt after it was withdrawn", true)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteTranscript(ctx, tr) })
		attempt.Number = 3
		finish(t, db, d, attempt, &tr.ID).is(t, "attempt after it was deleted", true)
		same(t, "logged at last", logged(d), ";;;")
	})
}

// TestDueDelivery reads all that decides about an attempt, and what is left of
// it once the installation is gone.
func TestDueDelivery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		dev, user := rows.User(), rows.User()
		p := rows.Plugin(dev)
		w, i, transcript := rows.Webhook(p), rows.Installation(p, user), int64(77)
		e := talkit.Event{Key: "evt_1", Type: talkit.TranscriptCompleted, PluginID: p.ID, InstallationID: &i.ID, InstallationUUID: i.UUID,
			UserID: &user.ID, TranscriptID: &transcript, CreatedOn: 5}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddEvent(ctx, &e) })
		d := talkit.Delivery{EventID: e.ID, WebhookID: w.ID, Status: talkit.DeliveryPending, NextAttemptOn: 6, CreatedOn: 5}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddDelivery(ctx, &d) })

		w.Events, w.CreatedOn, w.UpdatedOn = nil, 0, 0
		want := store.DueDelivery{Delivery: d, Event: e, Webhook: w, Installation: i, User: named(user), DeveloperID: dev.ID}
		read(db.DueDelivery(t.Context(), d.ID)).is(t, "all well", want)

		p.Disabled, user.Disabled, dev.Disabled = true, true, true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetPlugin(ctx, p) })
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUser(ctx, user) })
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUser(ctx, dev) })
		want.PluginDisabled, want.User.Disabled, want.DeveloperBlocked = true, true, true
		read(db.DueDelivery(t.Context(), d.ID)).is(t, "all disabled", want)

		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteInstallation(ctx, i) })
		want.Installation, want.User = talkit.Installation{Permissions: talkit.Permissions{}}, talkit.User{}
		read(db.DueDelivery(t.Context(), d.ID)).is(t, "installation gone", want)
		read(db.DueDelivery(t.Context(), d.ID+1)).fails(t, "no such delivery", talkit.NotFound)
	})
}

// named is as much of a user as is read beside other rows.
func named(u talkit.User) talkit.User {
	return talkit.User{ID: u.ID, FirstName: u.FirstName, LastName: u.LastName}
}
