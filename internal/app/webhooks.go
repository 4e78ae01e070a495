package app

import (
	"context"
	"fmt"
	"time"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/wire"
)

const webhookPurpose = "webhook"

func webhookPlace(id int64) string { return fmt.Sprintf("webhooks/secret/%d", id) }

// MaxOverlap is how long an old secret may go on signing, DefaultOverlap how
// long it does when nothing is said.
const (
	DefaultOverlap = 24 * time.Hour
	MaxOverlap     = 7 * 24 * time.Hour
)

func (a *App) ownWebhook(ctx context.Context, who talkit.Caller, pluginID, id int64) (talkit.Webhook, error) {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return talkit.Webhook{}, err
	}
	return a.DB.Webhook(ctx, pluginID, id)
}

// ListWebhooks lists the webhooks of a plugin.
func (a *App) ListWebhooks(ctx context.Context, who talkit.Caller, pluginID int64, p talkit.Page) (wire.List[wire.PluginWebhook], error) {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return wire.List[wire.PluginWebhook]{}, err
	}
	list, err := a.DB.Webhooks(ctx, pluginID, p)
	return wire.ListOf(list, a.Wire.PluginWebhook), err
}

// FetchWebhook shows one.
func (a *App) FetchWebhook(ctx context.Context, who talkit.Caller, pluginID, id int64) (wire.PluginWebhook, error) {
	w, err := a.ownWebhook(ctx, who, pluginID, id)
	return a.Wire.PluginWebhook(w), err
}

// CreateWebhook makes a webhook; its secret is shown here and when rotated alone.
// Without events it is told of transcript.completed.
func (a *App) CreateWebhook(ctx context.Context, who talkit.Caller, pluginID int64, uri string, events talkit.EventTypes) (wire.PluginWebhookWithSecret, error) {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return wire.PluginWebhookWithSecret{}, err
	}
	if events == nil {
		events = talkit.EventTypes{talkit.TranscriptCompleted}
	}
	now := talkit.Now()
	w := talkit.Webhook{PluginID: pluginID, URI: uri, Events: events, CreatedOn: now, UpdatedOn: now}
	if err := checkWebhook(w); err != nil {
		return wire.PluginWebhookWithSecret{}, err
	}
	secret := auth.NewWebhookSecret()
	var shown wire.PluginWebhookWithSecret
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := a.addWebhook(ctx, tx, who, &w, secret); err != nil {
			return err
		}
		shown = wire.PluginWebhookWithSecret{PluginWebhook: a.Wire.PluginWebhook(w), Secret: secret}
		return keepAnswer(ctx, tx, shown)
	})
	return shown, err
}

func checkWebhook(w talkit.Webhook) error {
	if err := talkit.CheckWebhookURI(w.URI); err != nil {
		return err
	}
	return w.Events.Validate("body.events")
}

func (a *App) addWebhook(ctx context.Context, tx *store.Tx, who talkit.Caller, w *talkit.Webhook, secret string) error {
	if err := tx.LockPlugin(ctx, w.PluginID); err != nil {
		return err
	}
	others, err := tx.Webhooks(ctx, w.PluginID, talkit.Page{Limit: 1})
	if err != nil {
		return err
	}
	if others.Total >= talkit.MaxWebhooks {
		return talkit.Errorf(talkit.Conflict, "A plugin has at most %d webhooks. Delete one first.", talkit.MaxWebhooks)
	}
	seal := func(id int64) ([]byte, error) { return a.sealWebhook(id, secret), nil }
	if err := tx.AddWebhook(ctx, w, seal); err != nil {
		return err
	}
	return a.audit(ctx, tx, who, "webhook.created", "webhook", w.ID, ofPlugin(w.PluginID))
}

func (a *App) sealWebhook(id int64, secret string) []byte {
	return a.Sealer.Seal(webhookPurpose, webhookPlace(id), []byte(secret))
}

// WebhookChange is what a developer says of a webhook; nil leaves a value as it is.
type WebhookChange struct {
	URI      *string
	Events   talkit.EventTypes
	Disabled *bool
}

// ChangeWebhook changes a webhook. Enabling it again forgets why it was disabled.
func (a *App) ChangeWebhook(ctx context.Context, who talkit.Caller, pluginID, id int64, c WebhookChange) (wire.PluginWebhook, error) {
	w, err := a.changeWebhook(ctx, who, pluginID, id, "webhook.changed", func(w *talkit.Webhook) error {
		set(&w.URI, c.URI)
		if c.Events != nil {
			w.Events = c.Events
		}
		if c.Disabled != nil && *c.Disabled != w.Disabled {
			w.Disabled, w.DisabledReason, w.FailingSince = *c.Disabled, "", 0
		}
		return checkWebhook(*w)
	}, func(w talkit.Webhook) any { return a.Wire.PluginWebhook(w) })
	return a.Wire.PluginWebhook(w), err
}

// changeWebhook locks, changes and keeps a webhook; show is what is answered.
func (a *App) changeWebhook(ctx context.Context, who talkit.Caller, pluginID, id int64, action string,
	change func(*talkit.Webhook) error, show func(talkit.Webhook) any) (w talkit.Webhook, err error) {
	if _, err := a.ownWebhook(ctx, who, pluginID, id); err != nil {
		return w, err
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.LockPlugin(ctx, pluginID); err != nil {
			return err
		}
		if w, err = tx.Webhook(ctx, pluginID, id); err != nil {
			return err
		}
		if err := change(&w); err != nil {
			return err
		}
		w.UpdatedOn = talkit.Now()
		if err := tx.SetWebhook(ctx, w); err != nil {
			return err
		}
		if err := a.audit(ctx, tx, who, action, "webhook", id, ofPlugin(pluginID)); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, show(w))
	})
	return w, err
}

// RotateWebhookSecret gives a webhook a new secret; the old one signs as well
// until overlap is over.
func (a *App) RotateWebhookSecret(ctx context.Context, who talkit.Caller, pluginID, id int64, overlap time.Duration) (wire.PluginWebhookWithSecret, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return wire.PluginWebhookWithSecret{}, talkit.InvalidField("body.overlap_seconds", "must be 0 to %d", int(MaxOverlap.Seconds()))
	}
	secret := auth.NewWebhookSecret()
	show := func(w talkit.Webhook) wire.PluginWebhookWithSecret {
		return wire.PluginWebhookWithSecret{PluginWebhook: a.Wire.PluginWebhook(w), Secret: secret}
	}
	w, err := a.changeWebhook(ctx, who, pluginID, id, "webhook.secret_rotated", func(w *talkit.Webhook) error {
		w.OldSecret, w.OldSecretUntil = nil, 0
		if overlap > 0 {
			w.OldSecret, w.OldSecretUntil = w.Secret, talkit.Now().Add(overlap)
		}
		w.Secret = a.sealWebhook(w.ID, secret)
		return nil
	}, func(w talkit.Webhook) any { return show(w) })
	return show(w), err
}

// DeleteWebhook takes a webhook away with its deliveries.
func (a *App) DeleteWebhook(ctx context.Context, who talkit.Caller, pluginID, id int64) error {
	if _, err := a.ownWebhook(ctx, who, pluginID, id); err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteWebhook(ctx, pluginID, id); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "webhook.deleted", "webhook", id, ofPlugin(pluginID))
	})
}
