package app

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/wire"
)

// ListInstallations lists who installed a plugin.
func (a *App) ListInstallations(ctx context.Context, who talkit.Caller, pluginID int64, p talkit.Page) (wire.List[wire.PluginInstallation], error) {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return wire.List[wire.PluginInstallation]{}, err
	}
	list, err := a.DB.InstallationsOfPlugin(ctx, pluginID, p)
	return wire.ListOf(list, a.Wire.PluginInstallation), err
}

// FetchInstallation shows the calling installation to itself.
func (a *App) FetchInstallation(who talkit.Caller) wire.PluginInstallation {
	return a.Wire.PluginInstallation(*who.Installation)
}

// Install installs a plugin for a user, granting all it asks for. Repeated,
// it gives the same installation, with what the plugin asks for now.
// An unpublished plugin is for its own developer, unless an operator says so.
func (a *App) Install(ctx context.Context, who talkit.Caller, pluginID int64, u talkit.User) (talkit.Installation, error) {
	p, err := a.DB.Plugin(ctx, pluginID)
	if err != nil {
		return talkit.Installation{}, err
	}
	if (!p.Published || p.Unlisted) && p.UserID != u.ID && who.Kind != talkit.CallerOperator {
		return talkit.Installation{}, talkit.Missing("plugin")
	}
	if p.Disabled {
		return talkit.Installation{}, talkit.Errorf(talkit.Conflict, "This plugin is disabled.")
	}
	var i talkit.Installation
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.LockPlugin(ctx, p.ID); err != nil {
			return err
		}
		if p, err = tx.Plugin(ctx, p.ID); err != nil {
			return err
		}
		i, err = a.grant(ctx, tx, who, p, u.ID)
		return err
	})
	return i, err
}

// grant gives a plugin that is locked all it asks for.
func (a *App) grant(ctx context.Context, tx *store.Tx, who talkit.Caller, p talkit.Plugin, userID int64) (talkit.Installation, error) {
	i, err := tx.InstallationOf(ctx, userID, p.ID)
	if talkit.IsNotFound(err) {
		return a.addInstallation(ctx, tx, who, p, userID)
	}
	if err != nil || (maps.Equal(i.Permissions, p.Permissions) && !i.Disabled) {
		return i, err
	}
	i.Permissions, i.Disabled, i.UpdatedOn = p.Permissions, false, talkit.Now()
	if err := tx.SetInstallation(ctx, i); err != nil {
		return i, err
	}
	return i, a.audit(ctx, tx, who, "installation.granted", "installation", i.ID, granted(p))
}

// ofPlugin says in the audit log whose a key, webhook or installation is.
func ofPlugin(id int64) string { return fmt.Sprintf("plugin=%d", id) }

// granted says in the audit log what was granted to which plugin.
func granted(p talkit.Plugin) string {
	return strings.Join(append([]string{ofPlugin(p.ID)}, p.Permissions.Asked()...), " ")
}

func (a *App) addInstallation(ctx context.Context, tx *store.Tx, who talkit.Caller, p talkit.Plugin, userID int64) (talkit.Installation, error) {
	now := talkit.Now()
	i := talkit.Installation{UUID: auth.NewUUID(), PluginID: p.ID, UserID: userID, Permissions: p.Permissions, CreatedOn: now, UpdatedOn: now}
	if err := tx.AddInstallation(ctx, &i); err != nil {
		return i, err
	}
	if err := a.emit(ctx, tx, i, talkit.InstallationCreated, nil); err != nil {
		return i, err
	}
	return i, a.audit(ctx, tx, who, "installation.created", "installation", i.ID, granted(p))
}

// Uninstall takes an installation away: its tokens stop working at once.
func (a *App) Uninstall(ctx context.Context, who talkit.Caller, i talkit.Installation) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error { return a.uninstall(ctx, tx, who, i) })
}

func (a *App) uninstall(ctx context.Context, tx *store.Tx, who talkit.Caller, i talkit.Installation) error {
	if err := tx.LockPlugin(ctx, i.PluginID); err != nil {
		return err
	}
	if err := a.emit(ctx, tx, i, talkit.InstallationDeleted, nil); err != nil {
		return err
	}
	if err := tx.DeleteInstallation(ctx, i); err != nil {
		return err
	}
	if err := tx.DropAnswersOf(ctx, ownerOf(talkit.Caller{Kind: talkit.CallerInstallation, Installation: &i})); err != nil {
		return err
	}
	return a.audit(ctx, tx, who, "installation.deleted", "installation", i.ID, ofPlugin(i.PluginID))
}

// UninstallOf is Uninstall by plugin and user, for an operator.
func (a *App) UninstallOf(ctx context.Context, who talkit.Caller, pluginID int64, u talkit.User) error {
	i, err := a.DB.InstallationOf(ctx, u.ID, pluginID)
	if talkit.IsNotFound(err) {
		return talkit.Errorf(talkit.NotFound, "%s has not installed plugin %d.", u.Email, pluginID)
	}
	if err != nil {
		return err
	}
	return a.Uninstall(ctx, who, i)
}
