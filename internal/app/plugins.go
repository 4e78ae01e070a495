package app

import (
	"context"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// maxPlugins is how many plugins a developer may have.
const maxPlugins = 100

// ownPlugin reads a plugin of the developer who asks.
func (a *App) ownPlugin(ctx context.Context, who talkit.Caller, id int64) (talkit.Plugin, error) {
	p, err := a.DB.Plugin(ctx, id)
	if err == nil && p.UserID != who.UserID {
		return talkit.Plugin{}, talkit.Missing("plugin")
	}
	return p, err
}

// ListPlugins lists the developer's plugins.
func (a *App) ListPlugins(ctx context.Context, who talkit.Caller, p talkit.Page) (wire.List[wire.Plugin], error) {
	list, err := a.DB.PluginsOf(ctx, who.UserID, p)
	return wire.ListOf(list, a.Wire.Plugin), err
}

// FetchPlugin shows one of the developer's plugins.
func (a *App) FetchPlugin(ctx context.Context, who talkit.Caller, id int64) (wire.Plugin, error) {
	p, err := a.ownPlugin(ctx, who, id)
	return a.Wire.Plugin(p), err
}

// PluginChange is what a developer says of a plugin; nil leaves a value as it is.
type PluginChange struct {
	Name, Description, SetupURI *string
	Permissions                 talkit.Permissions
	Published, Disabled         *bool
	SetCRM                      bool // CRMIntegrationID was named, perhaps to be nil
	CRMIntegrationID            *int64
}

func (c PluginChange) apply(p *talkit.Plugin) {
	set(&p.Name, c.Name)
	set(&p.Description, c.Description)
	set(&p.SetupURI, c.SetupURI)
	set(&p.Published, c.Published)
	set(&p.Disabled, c.Disabled)
	if c.Permissions != nil {
		p.Permissions = c.Permissions
	}
	if c.SetCRM {
		p.CRMIntegrationID = c.CRMIntegrationID
	}
	p.UpdatedOn = talkit.Now()
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// CreatePlugin makes a plugin of the developer.
func (a *App) CreatePlugin(ctx context.Context, who talkit.Caller, c PluginChange) (wire.Plugin, error) {
	p := talkit.Plugin{UserID: who.UserID, CreatedOn: talkit.Now(), Permissions: talkit.Permissions{}}
	c.apply(&p)
	if err := a.checkPlugin(ctx, p); err != nil {
		return wire.Plugin{}, err
	}
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		n, err := tx.CountPluginsOf(ctx, who.UserID)
		if err != nil {
			return err
		}
		if n >= maxPlugins {
			return talkit.Errorf(talkit.Conflict, "A developer has at most %d plugins. Delete one first.", maxPlugins)
		}
		if err := tx.AddPlugin(ctx, &p); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "plugin.created", "plugin", p.ID, p.Name)
	})
	return a.Wire.Plugin(p), err
}

// ChangePlugin changes a plugin of the developer.
func (a *App) ChangePlugin(ctx context.Context, who talkit.Caller, id int64, c PluginChange) (wire.Plugin, error) {
	var p talkit.Plugin
	err := a.changePlugin(ctx, who, id, func(changed *talkit.Plugin) error {
		c.apply(changed)
		p = *changed
		return a.checkPlugin(ctx, p)
	})
	return a.Wire.Plugin(p), err
}

// changePlugin reads, changes and keeps a plugin. change may read the
// database only by what checkPlugin asks, which is done outside of a transaction.
func (a *App) changePlugin(ctx context.Context, who talkit.Caller, id int64, change func(*talkit.Plugin) error) error {
	p, err := a.ownPlugin(ctx, who, id)
	if err != nil {
		return err
	}
	if err := change(&p); err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SetPlugin(ctx, p); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "plugin.changed", "plugin", p.ID, p.Name)
	})
}

func (a *App) checkPlugin(ctx context.Context, p talkit.Plugin) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return a.checkCRM(ctx, p.CRMIntegrationID)
}

// DeletePlugin takes a plugin of the developer away, with its keys, webhooks
// and installations.
func (a *App) DeletePlugin(ctx context.Context, who talkit.Caller, id int64) error {
	p, err := a.ownPlugin(ctx, who, id)
	if err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.DeletePlugin(ctx, id); err != nil {
			return err
		}
		if err := a.loosen(ctx, tx, p.LogoKey); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "plugin.deleted", "plugin", id, p.Name)
	})
}
