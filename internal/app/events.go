package app

import (
	"context"
	"slices"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/wire"
)

// emit records what happened to an installation, with a delivery for each
// webhook that subscribed to it, in the transaction that caused it.
func (a *App) emit(ctx context.Context, tx *store.Tx, i talkit.Installation, what talkit.EventType, transcriptID *int64) error {
	hooks, err := tx.LivingWebhooks(ctx, i.PluginID)
	if err != nil {
		return err
	}
	e := talkit.Event{Key: newEventKey(), Type: what, PluginID: i.PluginID, InstallationID: &i.ID, InstallationUUID: i.UUID,
		UserID: &i.UserID, TranscriptID: transcriptID, CreatedOn: talkit.Now()}
	if err := tx.AddEvent(ctx, &e); err != nil {
		return err
	}
	for _, hook := range hooks {
		if slices.Contains(hook.Events, what) {
			if _, err := a.deliver(ctx, tx, e, hook.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func newEventKey() string { return "evt_" + auth.NewID() }

// emitTranscript tells all installations that may read the user's transcripts.
func (a *App) emitTranscript(ctx context.Context, tx *store.Tx, t talkit.Transcript, what talkit.EventType) error {
	installations, err := tx.LivingInstallationsOfUser(ctx, t.UserID)
	if err != nil {
		return err
	}
	for _, i := range installations {
		if !i.Permissions.Allows(talkit.ResourceTranscript, talkit.AccessRead) {
			continue
		}
		if err := a.emit(ctx, tx, i, what, &t.ID); err != nil {
			return err
		}
	}
	return nil
}

// ListEvents lists what happened to a plugin's installations, each with what a
// webhook would carry now.
func (a *App) ListEvents(ctx context.Context, who talkit.Caller, pluginID int64, p talkit.Page) (wire.List[wire.PluginEvent], error) {
	plugin, err := a.ownPlugin(ctx, who, pluginID)
	if err != nil {
		return wire.List[wire.PluginEvent]{}, err
	}
	list, err := a.DB.EventsOfPlugin(ctx, pluginID, p)
	if err != nil {
		return wire.List[wire.PluginEvent]{}, err
	}
	data := make(map[int64]any, len(list.Items))
	for _, due := range list.Items {
		due.PluginDisabled = plugin.Disabled
		if due.Event.Type == talkit.TestCompleted || (Shipment{DueDelivery: due}).unsendable() != "" {
			continue // a test is about one webhook and carries nothing else
		}
		carried, err := a.eventData(ctx, due)
		if err != nil && !talkit.IsNotFound(err) {
			return wire.List[wire.PluginEvent]{}, err
		}
		if err == nil {
			data[due.Event.ID] = carried
		}
	}
	return wire.ListOf(list, func(due store.DueDelivery) wire.PluginEvent { return a.Wire.PluginEvent(due.Event, data[due.Event.ID]) }), nil
}

func (a *App) deliver(ctx context.Context, tx *store.Tx, e talkit.Event, webhookID int64) (talkit.Delivery, error) {
	d := talkit.Delivery{EventID: e.ID, WebhookID: webhookID, Status: talkit.DeliveryPending, NextAttemptOn: e.CreatedOn,
		CreatedOn: e.CreatedOn, UpdatedOn: e.CreatedOn}
	if err := tx.AddDelivery(ctx, &d); err != nil {
		return d, err
	}
	tx.Enqueue(talkit.DeliverJob{DeliveryID: d.ID, WebhookID: webhookID})
	return d, nil
}
