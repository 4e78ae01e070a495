package store

import (
	"context"

	"talkit"
)

const pluginColumns = `id, user_id, name, description, permissions, published, unlisted, disabled, crm_integration_id, logo_key, setup_uri,
	created_on, updated_on`

// Plugin reads a plugin.
func (q queries) Plugin(ctx context.Context, id int64) (talkit.Plugin, error) {
	return one[talkit.Plugin](ctx, q, "plugin", "SELECT "+pluginColumns+" FROM plugins WHERE id = ?", id)
}

// PluginsOf reads a part of a developer's plugins.
func (q queries) PluginsOf(ctx context.Context, userID int64, p talkit.Page) (talkit.List[talkit.Plugin], error) {
	total, err := q.CountPluginsOf(ctx, userID)
	if err != nil {
		return talkit.List[talkit.Plugin]{}, err
	}
	return listed[talkit.Plugin](ctx, q, p, total, "SELECT "+pluginColumns+" FROM plugins WHERE user_id = ?", "id", userID)
}

// CountPluginsOf counts a developer's plugins.
func (q queries) CountPluginsOf(ctx context.Context, userID int64) (n int64, err error) {
	err = q.on.get(ctx, &n, "SELECT COUNT(*) FROM plugins WHERE user_id = ?", userID)
	return n, err
}

// AddPlugin sets p's id.
func (tx *Tx) AddPlugin(ctx context.Context, p *talkit.Plugin) (err error) {
	p.ID, err = tx.insert(ctx, `INSERT INTO plugins (user_id, name, description, permissions, published, disabled, crm_integration_id,
		logo_key, setup_uri, created_on, updated_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.UserID, p.Name, p.Description, p.Permissions, p.Published, p.Disabled, p.CRMIntegrationID,
		p.LogoKey, p.SetupURI, p.CreatedOn, p.UpdatedOn)
	return err
}

// SetPlugin changes all that a developer may change.
func (tx *Tx) SetPlugin(ctx context.Context, p talkit.Plugin) error {
	return tx.change(ctx, "plugin", `UPDATE plugins SET name = ?, description = ?, permissions = ?, published = ?, disabled = ?,
		crm_integration_id = ?, logo_key = ?, setup_uri = ?, updated_on = ? WHERE id = ?`,
		p.Name, p.Description, p.Permissions, p.Published, p.Disabled, p.CRMIntegrationID, p.LogoKey, p.SetupURI, p.UpdatedOn, p.ID)
}

// DeletePlugin takes a plugin away with all that hangs on it.
func (tx *Tx) DeletePlugin(ctx context.Context, id int64) error {
	owners := map[counted]string{recordingsOfInstallation: "installations", deliveriesOfWebhook: "webhooks"}
	below := map[counted][]int64{}
	for list, table := range owners {
		ids, err := many[int64](ctx, tx.queries, "SELECT b.id FROM "+table+" b JOIN counters c ON c.list = ? AND c.owner_id = b.id WHERE b.plugin_id = ?", list, id)
		if err != nil {
			return err
		}
		below[list] = ids
	}
	if err := tx.change(ctx, "plugin", "DELETE FROM plugins WHERE id = ?", id); err != nil {
		return err
	}
	for list, ids := range below {
		for _, owner := range ids {
			if err := tx.dropCounters(ctx, owner, list); err != nil {
				return err
			}
		}
	}
	return tx.dropCounters(ctx, id, installationsOfPlugin, eventsOfPlugin)
}

const secretKeyColumns = "id, plugin_id, description, sealed, last4, revoked_on, created_on, updated_on"

// SecretKeys reads a part of the living secret keys of a plugin.
func (q queries) SecretKeys(ctx context.Context, pluginID int64, p talkit.Page) (talkit.List[talkit.SecretKey], error) {
	var total int64
	if err := q.on.get(ctx, &total, "SELECT COUNT(*) FROM secret_keys WHERE plugin_id = ? AND revoked_on = 0", pluginID); err != nil {
		return talkit.List[talkit.SecretKey]{}, err
	}
	return listed[talkit.SecretKey](ctx, q, p, total,
		"SELECT "+secretKeyColumns+" FROM secret_keys WHERE plugin_id = ? AND revoked_on = 0", "id", pluginID)
}

// LivingSecretKeys reads those that verify tokens.
func (q queries) LivingSecretKeys(ctx context.Context, pluginID int64) ([]talkit.SecretKey, error) {
	return many[talkit.SecretKey](ctx, q, "SELECT id, sealed FROM secret_keys WHERE plugin_id = ? AND revoked_on = 0", pluginID)
}

// AddSecretKey sets k's id. What is sealed is bound to the id, so it is made by seal.
func (tx *Tx) AddSecretKey(ctx context.Context, k *talkit.SecretKey, seal func(id int64) ([]byte, error)) (err error) {
	k.ID, err = tx.insert(ctx, `INSERT INTO secret_keys (plugin_id, description, sealed, last4, created_on, updated_on)
		VALUES (?, ?, ?, ?, ?, ?)`, k.PluginID, k.Description, []byte{}, k.Last4, k.CreatedOn, k.UpdatedOn)
	if err != nil {
		return err
	}
	if k.Sealed, err = seal(k.ID); err != nil {
		return err
	}
	return tx.change(ctx, "secret key", "UPDATE secret_keys SET sealed = ? WHERE id = ?", k.Sealed, k.ID)
}

// RevokeSecretKey ends a living secret key of a plugin.
func (tx *Tx) RevokeSecretKey(ctx context.Context, pluginID, id int64, now talkit.Time) error {
	return tx.change(ctx, "secret key", "UPDATE secret_keys SET revoked_on = ?, updated_on = ? WHERE plugin_id = ? AND id = ? AND revoked_on = 0",
		now, now, pluginID, id)
}

// LockPlugin keeps others from changing a plugin, or what is counted on it,
// until the transaction ends.
func (tx *Tx) LockPlugin(ctx context.Context, id int64) error {
	return tx.change(ctx, "plugin", "UPDATE plugins SET id = id WHERE id = ?", id)
}

// IsLogo tells whether a blob is a picture that everyone may see.
func (q queries) IsLogo(ctx context.Context, key string) (is bool, err error) {
	err = q.on.get(ctx, &is, `SELECT EXISTS (SELECT 1 FROM plugins WHERE logo_key = ?)
		OR EXISTS (SELECT 1 FROM crm_integrations WHERE logo_key = ?)`, key, key)
	return is, err
}
