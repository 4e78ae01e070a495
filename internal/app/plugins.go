package app

import (
	"context"
	"fmt"
	"maps"
	"strings"

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

// OwnPlugin is a plugin as its developer's pages show it.
type OwnPlugin struct {
	wire.Plugin
	Unlisted bool   // an operator took it off the directory
	LogoKey  string // "" for none
}

func (a *App) showOwn(p talkit.Plugin) OwnPlugin {
	return OwnPlugin{a.Wire.Plugin(p), p.Unlisted, p.LogoKey}
}

// OwnPlugins lists all of the developer's plugins.
func (a *App) OwnPlugins(ctx context.Context, who talkit.Caller) (own []OwnPlugin, err error) {
	list, err := a.DB.PluginsOf(ctx, who.UserID, talkit.Page{Limit: maxPlugins})
	for _, p := range list.Items {
		own = append(own, a.showOwn(p))
	}
	return own, err
}

// OwnPlugin shows one of the developer's plugins.
func (a *App) OwnPlugin(ctx context.Context, who talkit.Caller, id int64) (OwnPlugin, error) {
	p, err := a.ownPlugin(ctx, who, id)
	return a.showOwn(p), err
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
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// CreatePlugin makes a plugin of the developer.
func (a *App) CreatePlugin(ctx context.Context, who talkit.Caller, c PluginChange) (wire.Plugin, error) {
	now := talkit.Now()
	p := talkit.Plugin{UserID: who.UserID, CreatedOn: now, UpdatedOn: now, Permissions: talkit.Permissions{}}
	c.apply(&p)
	if err := p.Validate(); err != nil {
		return wire.Plugin{}, err
	}
	if err := a.checkCRM(ctx, p.CRMIntegrationID); err != nil {
		return wire.Plugin{}, err
	}
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockUser(ctx, who.UserID); err != nil {
			return err
		}
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
		if err := a.audit(ctx, tx, who, "plugin.created", "plugin", p.ID, ""); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, a.Wire.Plugin(p))
	})
	return a.Wire.Plugin(p), err
}

// ChangePlugin changes a plugin of the developer.
func (a *App) ChangePlugin(ctx context.Context, who talkit.Caller, id int64, c PluginChange) (wire.Plugin, error) {
	if _, err := a.ownPlugin(ctx, who, id); err != nil {
		return wire.Plugin{}, err
	}
	if err := a.checkCRM(ctx, c.CRMIntegrationID); err != nil {
		return wire.Plugin{}, err
	}
	p, err := a.changePlugin(ctx, who, id, "plugin.changed", func(_ *store.Tx, p *talkit.Plugin) (string, error) {
		before := *p
		c.apply(p)
		return changed(before, *p), p.Validate()
	})
	return a.Wire.Plugin(p), err
}

// changed names what became of a plugin, for the audit log, which keeps no
// words of people.
func changed(before, after talkit.Plugin) string {
	var words []string
	add := func(is bool, word string) {
		if is {
			words = append(words, word)
		}
	}
	add(before.Published != after.Published, fmt.Sprintf("published=%t", after.Published))
	add(before.Disabled != after.Disabled, fmt.Sprintf("disabled=%t", after.Disabled))
	add(!maps.Equal(before.Permissions, after.Permissions), strings.Join(append([]string{"permissions"}, after.Permissions.Asked()...), " "))
	add(before.Name != after.Name, "name")
	add(before.Description != after.Description, "description")
	add(before.SetupURI != after.SetupURI, "setup_uri")
	return strings.Join(words, " ")
}

// changePlugin locks a plugin, changes it and keeps it: what others change
// at the same time stays. change tells for the audit log what it does.
func (a *App) changePlugin(ctx context.Context, who talkit.Caller, id int64, action string, change func(*store.Tx, *talkit.Plugin) (string, error)) (p talkit.Plugin, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.LockPlugin(ctx, id); err != nil {
			return err
		}
		if p, err = tx.Plugin(ctx, id); err != nil {
			return err
		}
		detail, err := change(tx, &p)
		if err != nil {
			return err
		}
		p.UpdatedOn = talkit.Now()
		if err := tx.SetPlugin(ctx, p); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, action, "plugin", id, detail)
	})
	return p, err
}

// DeletePlugin takes a plugin of the developer away, with its keys, webhooks
// and installations.
func (a *App) DeletePlugin(ctx context.Context, who talkit.Caller, id int64) error {
	if _, err := a.ownPlugin(ctx, who, id); err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error { return a.deletePlugin(ctx, tx, who, id) })
}

func (a *App) deletePlugin(ctx context.Context, tx *store.Tx, who talkit.Caller, id int64) error {
	if err := tx.LockPlugin(ctx, id); err != nil {
		return err
	}
	p, err := tx.Plugin(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.DeletePlugin(ctx, id); err != nil {
		return err
	}
	if err := a.loosen(ctx, tx, p.LogoKey); err != nil {
		return err
	}
	return a.audit(ctx, tx, who, "plugin.deleted", "plugin", id, "")
}
