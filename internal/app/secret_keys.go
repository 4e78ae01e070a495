package app

import (
	"context"
	"fmt"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/wire"
)

const secretKeyPurpose = "secret_key"

func secretKeyPlace(id int64) string { return fmt.Sprintf("secret_keys/sealed/%d", id) }

// CreateSecretKey makes a secret key of a plugin; its value is shown here alone.
func (a *App) CreateSecretKey(ctx context.Context, who talkit.Caller, pluginID int64, description string) (wire.PluginSecretKey, error) {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return wire.PluginSecretKey{}, err
	}
	if err := talkit.CheckText("body.description", description, 500); err != nil {
		return wire.PluginSecretKey{}, err
	}
	value, _, last4 := auth.NewKey(auth.SecretKeyPrefix)
	now := talkit.Now()
	k := talkit.SecretKey{PluginID: pluginID, Description: description, Last4: last4, CreatedOn: now, UpdatedOn: now}
	var shown wire.PluginSecretKey
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := a.addSecretKey(ctx, tx, who, &k, value); err != nil {
			return err
		}
		shown = a.Wire.PluginSecretKey(k)
		shown.Value = value
		return keepAnswer(ctx, tx, shown)
	})
	return shown, err
}

func (a *App) addSecretKey(ctx context.Context, tx *store.Tx, who talkit.Caller, k *talkit.SecretKey, value string) error {
	if err := tx.LockPlugin(ctx, k.PluginID); err != nil {
		return err
	}
	living, err := tx.LivingSecretKeys(ctx, k.PluginID)
	if err != nil {
		return err
	}
	if len(living) >= talkit.MaxSecretKeys {
		return talkit.Errorf(talkit.Conflict, "A plugin has at most %d secret keys. Revoke one first.", talkit.MaxSecretKeys)
	}
	seal := func(id int64) ([]byte, error) {
		return a.Sealer.Seal(secretKeyPurpose, secretKeyPlace(id), []byte(value)), nil
	}
	if err := tx.AddSecretKey(ctx, k, seal); err != nil {
		return err
	}
	return a.audit(ctx, tx, who, "secret_key.created", "secret_key", k.ID, ofPlugin(k.PluginID))
}

// ListSecretKeys lists the living secret keys of a plugin without their values.
func (a *App) ListSecretKeys(ctx context.Context, who talkit.Caller, pluginID int64, p talkit.Page) (wire.List[wire.PluginSecretKey], error) {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return wire.List[wire.PluginSecretKey]{}, err
	}
	list, err := a.DB.SecretKeys(ctx, pluginID, p)
	return wire.ListOf(list, a.Wire.PluginSecretKey), err
}

// RevokeSecretKey ends a secret key: tokens it signed stop working at once.
func (a *App) RevokeSecretKey(ctx context.Context, who talkit.Caller, pluginID, id int64) error {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RevokeSecretKey(ctx, pluginID, id, talkit.Now()); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "secret_key.revoked", "secret_key", id, ofPlugin(pluginID))
	})
}
