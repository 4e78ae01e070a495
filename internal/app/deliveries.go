package app

import (
	"context"
	"fmt"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// TestWebhook sends test.completed to a webhook, subscribed or not.
func (a *App) TestWebhook(ctx context.Context, who talkit.Caller, pluginID, id int64) (wire.Delivery, error) {
	if err := a.testable(ctx, who, pluginID, id); err != nil {
		return wire.Delivery{}, err
	}
	e := talkit.Event{Key: newEventKey(), Type: talkit.TestCompleted, PluginID: pluginID, CreatedOn: talkit.Now()}
	var d talkit.Delivery
	err := a.DB.InTx(ctx, func(tx *store.Tx) (err error) {
		if err := tx.AddEvent(ctx, &e); err != nil {
			return err
		}
		if d, err = a.deliver(ctx, tx, e, id); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, a.Wire.Delivery(d, e, nil))
	})
	return a.Wire.Delivery(d, e, nil), err
}

// testable says why a test of a webhook would not be sent.
func (a *App) testable(ctx context.Context, who talkit.Caller, pluginID, id int64) error {
	p, err := a.ownPlugin(ctx, who, pluginID)
	if err != nil {
		return err
	}
	w, err := a.DB.Webhook(ctx, pluginID, id)
	switch {
	case err != nil:
		return err
	case p.Disabled:
		return talkit.Errorf(talkit.Conflict, "This plugin is disabled. Enable it first.")
	case w.Disabled:
		return webhookIsOff()
	}
	return nil
}

func webhookIsOff() error {
	return talkit.Errorf(talkit.Conflict, "This webhook is disabled. Enable it first.")
}

// ListDeliveries lists what was sent to a webhook, the attempts without bodies.
func (a *App) ListDeliveries(ctx context.Context, who talkit.Caller, pluginID, id int64, p talkit.Page) (wire.List[wire.Delivery], error) {
	if _, err := a.ownWebhook(ctx, who, pluginID, id); err != nil {
		return wire.List[wire.Delivery]{}, err
	}
	list, err := a.DB.Deliveries(ctx, id, p)
	return wire.ListOf(list, a.showDelivery), err
}

func (a *App) showDelivery(d store.EventDelivery) wire.Delivery {
	return a.Wire.Delivery(d.Delivery, d.Event, d.Attempts)
}

// FetchDelivery shows one with all that was sent and answered.
func (a *App) FetchDelivery(ctx context.Context, who talkit.Caller, pluginID, webhookID, id int64) (wire.Delivery, error) {
	if _, err := a.ownWebhook(ctx, who, pluginID, webhookID); err != nil {
		return wire.Delivery{}, err
	}
	d, err := a.DB.Delivery(ctx, webhookID, id)
	return a.showDelivery(d), err
}

// Redeliver tries a delivery again now, whatever became of it. It shows the
// attempts without bodies: the answer may be kept, and they are a person's text.
func (a *App) Redeliver(ctx context.Context, who talkit.Caller, pluginID, webhookID, id int64) (wire.Delivery, error) {
	w, err := a.ownWebhook(ctx, who, pluginID, webhookID)
	if err != nil {
		return wire.Delivery{}, err
	}
	if w.Disabled {
		return wire.Delivery{}, webhookIsOff()
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.ReopenDelivery(ctx, webhookID, id, talkit.Now()); err != nil {
			return err
		}
		tx.Enqueue(talkit.DeliverJob{DeliveryID: id, WebhookID: webhookID})
		return a.audit(ctx, tx, who, "delivery.redelivered", "delivery", id, "")
	})
	if err != nil {
		return wire.Delivery{}, err
	}
	d, err := a.DB.Delivery(ctx, webhookID, id)
	for i := range d.Attempts {
		d.Attempts[i].RequestBody, d.Attempts[i].ResponseBody = "", ""
	}
	return a.showDelivery(d), err
}

// Shipment is one attempt at a delivery, ready to be sent.
type Shipment struct {
	store.DueDelivery
	Body    []byte
	Secrets []string // the current one first
}

// Ship makes the next attempt of a delivery from what is there and permitted
// now. ok is false when nothing is to be sent: the delivery is settled.
func (a *App) Ship(ctx context.Context, deliveryID int64) (s Shipment, ok bool, err error) {
	s.DueDelivery, err = a.DB.DueDelivery(ctx, deliveryID)
	if talkit.IsNotFound(err) || (err == nil && s.Delivery.Status != talkit.DeliveryPending) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	if reason := s.unsendable(); reason != "" {
		return s, false, a.cancelDelivery(ctx, deliveryID, reason)
	}
	data, err := a.eventData(ctx, s.DueDelivery)
	if talkit.IsNotFound(err) {
		return s, false, a.cancelDelivery(ctx, deliveryID, "What it is about was deleted.")
	}
	if err != nil {
		return s, false, err
	}
	if s.Body, err = wire.Encode(a.Wire.Event(s.Event, data)); err != nil {
		return s, false, err
	}
	s.Secrets, err = a.webhookSecrets(s.Webhook)
	return s, err == nil, err
}

// unsendable says why nothing may be sent, "" when it may.
func (s Shipment) unsendable() string {
	switch {
	case s.Webhook.Disabled:
		return "The webhook is disabled."
	case s.PluginDisabled || s.DeveloperBlocked:
		return "The plugin is disabled."
	case s.Event.Type == talkit.TestCompleted || s.Event.Type == talkit.InstallationDeleted:
		return ""
	case s.Installation.ID == 0:
		return "The plugin was uninstalled."
	case s.Installation.Disabled || s.User.Disabled:
		return "The installation is disabled."
	case s.Event.Type.AboutTranscript() && !s.Installation.Permissions.Allows(talkit.ResourceTranscript, talkit.AccessRead):
		return "The installation lacks the permission transcript: read."
	}
	return ""
}

func (a *App) cancelDelivery(ctx context.Context, id int64, reason string) error {
	return a.DB.InGroup(ctx, func(tx *store.Tx) error {
		return tx.EndDelivery(ctx, id, talkit.DeliveryCancelled, reason, talkit.Now())
	})
}

func (a *App) eventData(ctx context.Context, due store.DueDelivery) (any, error) {
	switch {
	case due.Event.Type == talkit.TestCompleted:
		return wire.Test{PluginID: due.Event.PluginID, WebhookID: due.Webhook.ID, Message: "This is a test of your webhook."}, nil
	case due.Event.Type == talkit.InstallationDeleted:
		return a.Wire.PluginInstallation(talkit.Installation{ID: *due.Event.InstallationID, UUID: due.Event.InstallationUUID,
			PluginID: due.Event.PluginID, UserID: *due.Event.UserID, Disabled: true,
			CreatedOn: due.Event.CreatedOn, UpdatedOn: due.Event.CreatedOn}), nil
	case due.Event.Type.AboutTranscript():
		t, err := a.DB.Transcript(ctx, due.Installation.UserID, *due.Event.TranscriptID)
		if err != nil {
			return nil, err
		}
		return a.showTranscript(ctx, due.User, due.Installation, t)
	}
	return a.Wire.PluginInstallation(due.Installation), nil
}

func (a *App) webhookSecrets(w talkit.Webhook) ([]string, error) {
	sealed := [][]byte{w.Secret}
	if w.OldSecretUntil > talkit.Now() {
		sealed = append(sealed, w.OldSecret)
	}
	secrets := make([]string, len(sealed))
	for i, s := range sealed {
		value, err := a.Sealer.Open(webhookPurpose, webhookPlace(w.ID), s)
		if err != nil {
			return nil, fmt.Errorf("secret of webhook %d: %w", w.ID, err)
		}
		secrets[i] = string(value)
	}
	return secrets, nil
}

// Outcome is what became of an attempt.
type Outcome struct {
	StatusCode   int
	Error        string
	Duration     time.Duration
	RequestBody  string // the first talkit.MaxLoggedBody bytes
	ResponseBody string // likewise
	StartedOn    talkit.Time
	Succeeded    bool
	Gone         bool          // the receiver wants no more (410)
	RetryIn      time.Duration // 0 gives up
}

// maxFailing is how long nothing but failures are borne before the webhook is
// disabled.
const maxFailing = 5 * 24 * time.Hour

// Shipped keeps an attempt and what follows from it. again tells whether the
// delivery is to be tried once more after o.RetryIn.
func (a *App) Shipped(ctx context.Context, s Shipment, o Outcome) (again bool, err error) {
	d, now := s.Delivery, talkit.Now()
	d.UpdatedOn, d.NextAttemptOn = now, 0
	switch {
	case o.Succeeded:
		d.Status = talkit.DeliverySucceeded
	case o.Gone:
		d.Status, d.Reason = talkit.DeliveryFailed, "The receiver answered 410 Gone."
	case o.RetryIn == 0:
		d.Status, d.Reason = talkit.DeliveryFailed, "No attempt succeeded."
	default:
		again, d.NextAttemptOn = true, now.Add(o.RetryIn)
	}
	attempt := talkit.Attempt{DeliveryID: d.ID, Number: d.Attempts + 1, StatusCode: o.StatusCode, Error: o.Error,
		DurationUS: o.Duration.Microseconds(), RequestBody: o.RequestBody, ResponseBody: o.ResponseBody, CreatedOn: o.StartedOn}
	err = a.DB.InGroup(ctx, func(tx *store.Tx) error {
		mine, err := tx.FinishAttempt(ctx, d, attempt, s.Event.TranscriptID)
		again = again && mine
		if err != nil || !mine {
			return err
		}
		return a.judgeWebhook(ctx, tx, s, o, now)
	})
	return again, err
}

// judgeWebhook keeps how a webhook fares, and disables one that is gone or
// has only failed for too long.
func (a *App) judgeWebhook(ctx context.Context, tx *store.Tx, s Shipment, o Outcome, now talkit.Time) error {
	failing := s.Webhook.FailingSince
	switch {
	case o.Succeeded && failing == 0:
		return nil
	case o.Succeeded:
		return tx.SetWebhookFailing(ctx, s.Webhook.ID, 0)
	case o.Gone:
		const reason = "The receiver answered 410 Gone."
		news, err := tx.DisableWebhook(ctx, s.Webhook.ID, reason, now)
		return a.webhookDisabled(ctx, tx, s, reason, news, err)
	case failing == 0:
		return tx.SetWebhookFailing(ctx, s.Webhook.ID, now)
	case now.Sub(failing) > maxFailing:
		const reason = "Every attempt of the last five days failed."
		news, err := tx.DisableFailingWebhook(ctx, s.Webhook.ID, failing, reason, now)
		return a.webhookDisabled(ctx, tx, s, reason, news, err)
	}
	return nil
}

// webhookDisabled tells of a webhook that was disabled, if that is news.
func (a *App) webhookDisabled(ctx context.Context, tx *store.Tx, s Shipment, reason string, news bool, err error) error {
	if err != nil || !news {
		return err
	}
	id := s.Webhook.ID
	a.writeTo(tx, s.DeveloperID, talkit.MailWebhookDisabled, id)
	tx.AfterCommit(func() { a.Log.Warn("webhook disabled", "webhook_id", id, "reason", reason) })
	return a.audit(ctx, tx, theServer, "webhook.disabled", "webhook", id, reason)
}
