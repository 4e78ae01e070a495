package store

import (
	"context"

	"talkit"
)

const webhookColumns = `id, plugin_id, uri, events, disabled, disabled_reason, secret, old_secret, old_secret_until, failing_since,
	created_on, updated_on`

// Webhook reads a webhook of a plugin.
func (q queries) Webhook(ctx context.Context, pluginID, id int64) (talkit.Webhook, error) {
	return one[talkit.Webhook](ctx, q, "webhook", "SELECT "+webhookColumns+" FROM webhooks WHERE plugin_id = ? AND id = ?", pluginID, id)
}

// AnyWebhook reads a webhook, of whatever plugin it is.
func (q queries) AnyWebhook(ctx context.Context, id int64) (talkit.Webhook, error) {
	return one[talkit.Webhook](ctx, q, "webhook", "SELECT "+webhookColumns+" FROM webhooks WHERE id = ?", id)
}

// Webhooks reads a part of a plugin's webhooks.
func (q queries) Webhooks(ctx context.Context, pluginID int64, p talkit.Page) (talkit.List[talkit.Webhook], error) {
	var total int64
	if err := q.on.get(ctx, &total, "SELECT COUNT(*) FROM webhooks WHERE plugin_id = ?", pluginID); err != nil {
		return talkit.List[talkit.Webhook]{}, err
	}
	return listed[talkit.Webhook](ctx, q, p, total, "SELECT "+webhookColumns+" FROM webhooks WHERE plugin_id = ?", "id", pluginID)
}

// LivingWebhooks reads those of a plugin that are not disabled.
func (q queries) LivingWebhooks(ctx context.Context, pluginID int64) ([]talkit.Webhook, error) {
	return many[talkit.Webhook](ctx, q, "SELECT "+webhookColumns+" FROM webhooks WHERE plugin_id = ? AND NOT disabled ORDER BY id", pluginID)
}

// AddWebhook sets w's id. What is sealed is bound to the id, so it is made by seal.
func (tx *Tx) AddWebhook(ctx context.Context, w *talkit.Webhook, seal func(id int64) ([]byte, error)) (err error) {
	w.ID, err = tx.insert(ctx, `INSERT INTO webhooks (plugin_id, uri, events, disabled, secret, created_on, updated_on)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, w.PluginID, w.URI, w.Events, w.Disabled, []byte{}, w.CreatedOn, w.UpdatedOn)
	if err != nil {
		return err
	}
	if w.Secret, err = seal(w.ID); err != nil {
		return err
	}
	return tx.SetWebhook(ctx, *w)
}

// SetWebhook changes all of a webhook.
func (tx *Tx) SetWebhook(ctx context.Context, w talkit.Webhook) error {
	return tx.change(ctx, "webhook", `UPDATE webhooks SET uri = ?, events = ?, disabled = ?, disabled_reason = ?, secret = ?, old_secret = ?,
		old_secret_until = ?, failing_since = ?, updated_on = ? WHERE id = ?`, w.URI, w.Events, w.Disabled, w.DisabledReason, w.Secret,
		w.OldSecret, w.OldSecretUntil, w.FailingSince, w.UpdatedOn, w.ID)
}

// SetWebhookFailing notes the first failure after a success, or with 0 a success.
func (tx *Tx) SetWebhookFailing(ctx context.Context, id int64, since talkit.Time) error {
	_, err := tx.exec(ctx, "UPDATE webhooks SET failing_since = ? WHERE id = ? AND (failing_since = 0) = ?", since, id, since != 0)
	return err
}

// DisableWebhook is the server's doing; reason is for the developer.
func (tx *Tx) DisableWebhook(ctx context.Context, id int64, reason string, now talkit.Time) (bool, error) {
	return tx.disableWebhook(ctx, "", reason, now, id)
}

// DisableFailingWebhook is DisableWebhook for one that still fails since then:
// another attempt may have succeeded meanwhile.
func (tx *Tx) DisableFailingWebhook(ctx context.Context, id int64, since talkit.Time, reason string, now talkit.Time) (bool, error) {
	return tx.disableWebhook(ctx, " AND failing_since = ?", reason, now, id, since)
}

func (tx *Tx) disableWebhook(ctx context.Context, condition string, args ...any) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE webhooks SET disabled = TRUE, disabled_reason = ?, updated_on = ? WHERE id = ? AND NOT disabled"+condition, args...)
	return n > 0, err
}

// DeleteWebhook takes a webhook away with its deliveries.
func (tx *Tx) DeleteWebhook(ctx context.Context, pluginID, id int64) error {
	return tx.change(ctx, "webhook", "DELETE FROM webhooks WHERE plugin_id = ? AND id = ?", pluginID, id)
}
