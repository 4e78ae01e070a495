package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"talkit"
	"talkit/internal/store"
)

// Offer is a plugin as a person sees it who may install it, or has.
type Offer struct {
	talkit.Plugin
	Developer    talkit.User          // id, names, e-mail
	Installation *talkit.Installation // the person's own, nil for none
	installable  bool
}

func offer(p store.ListedPlugin, who talkit.Caller, i *talkit.Installation) Offer {
	return Offer{Plugin: p.Plugin, Developer: p.Developer, Installation: i, installable: installable(p, who.UserID)}
}

// installable tells whether a person may install a plugin: everyone one that
// is listed, and its developer it in any case, unless it is switched off.
func installable(p store.ListedPlugin, userID int64) bool {
	return !p.Disabled && !p.Developer.Disabled && (p.Listed() || p.UserID == userID)
}

// Installable tells whether the person may install it, or grant it more.
func (o Offer) Installable() bool { return o.installable }

// Living tells whether it is installed, and not switched off.
func (o Offer) Living() bool {
	return o.Installation != nil && !o.Installation.Disabled && !o.Disabled && !o.Developer.Disabled
}

// New is what it asks for beyond what was granted: all, where it is not installed.
func (o Offer) New() talkit.Permissions {
	if o.Installation == nil || o.Installation.Disabled {
		return o.Permissions.Beyond(nil)
	}
	return o.Permissions.Beyond(o.Installation.Permissions)
}

// SetupHost names where the person goes right after installing, "" for nowhere.
func (o Offer) SetupHost() string {
	u, err := url.Parse(o.SetupURI)
	if err != nil {
		return ""
	}
	return u.Host
}

// Terms is a fingerprint of what a person is asked to agree to.
func (o Offer) Terms() string {
	terms := fmt.Sprintf("%d\n%d\n%q\n%q\n%s", o.ID, o.UserID, o.Name, o.SetupHost(), strings.Join(o.Permissions.Asked(), "\n"))
	sum := sha256.Sum256([]byte(terms))
	return hex.EncodeToString(sum[:16])
}

// FetchOffer shows a plugin to a person who may install it, or has installed it.
func (a *App) FetchOffer(ctx context.Context, who talkit.Caller, pluginID int64) (Offer, error) {
	p, err := a.DB.PluginWithDeveloper(ctx, pluginID)
	if err != nil {
		return Offer{}, err
	}
	i, err := a.DB.InstallationOf(ctx, who.UserID, pluginID)
	switch {
	case err == nil:
		return offer(p, who, &i), nil
	case !talkit.IsNotFound(err):
		return Offer{}, err
	}
	o := offer(p, who, nil)
	if !o.installable && p.UserID != who.UserID {
		return Offer{}, talkit.Missing("plugin")
	}
	return o, nil
}

// ErrAskAgain says that a plugin asks for something else than the person agreed to.
var ErrAskAgain = talkit.Errorf(talkit.Conflict, "What this plugin asks for has changed just now. Nothing was installed: look at it again.")

// Agree installs a plugin for the person who asks, or grants it what it asks
// for now, if that is still what they saw.
func (a *App) Agree(ctx context.Context, who talkit.Caller, pluginID int64, terms string) (o Offer, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.LockPlugin(ctx, pluginID); err != nil {
			return err
		}
		p, err := tx.PluginWithDeveloper(ctx, pluginID)
		if err != nil {
			return err
		}
		o = offer(p, who, nil)
		if !o.installable {
			return notInstallable(o, who)
		}
		if o.Terms() != terms {
			return ErrAskAgain
		}
		i, err := a.grant(ctx, tx, who, p.Plugin, who.UserID)
		o.Installation = &i
		return err
	})
	return o, err
}

func notInstallable(o Offer, who talkit.Caller) error {
	if o.UserID == who.UserID {
		return talkit.Errorf(talkit.Conflict, "This plugin is disabled. Enable it among your plugins first.")
	}
	return talkit.Missing("plugin")
}

// MyInstallations lists what the person has installed, in the order of names.
func (a *App) MyInstallations(ctx context.Context, who talkit.Caller) ([]Offer, error) {
	list, err := a.DB.InstalledPlugins(ctx, who.UserID)
	var offers []Offer
	for _, p := range list {
		offers = append(offers, offer(p.ListedPlugin, who, &p.Installation))
	}
	return offers, err
}

// UninstallMine takes an installation of the person who asks away.
func (a *App) UninstallMine(ctx context.Context, who talkit.Caller, installationID int64) error {
	i, err := a.DB.Installation(ctx, installationID)
	if err == nil && i.UserID != who.UserID {
		err = talkit.Missing("installation")
	}
	if err != nil {
		return err
	}
	return a.Uninstall(ctx, who, i)
}

// DirectoryFilter asks for a part of the directory.
type DirectoryFilter struct {
	Search string // text in name or description, "" for all
	After  string // Directory.Next of the part before
}

// Directory is a part of the published plugins, in the order of names.
type Directory struct {
	Plugins []Offer
	Next    string // where the next part begins, "" at the end
}

const (
	directoryPage = 24
	maxSearch     = 100 // characters
)

// Directory lists the published plugins, with what of them the person has
// installed.
func (a *App) Directory(ctx context.Context, who talkit.Caller, f DirectoryFilter) (Directory, error) {
	page := store.DirectoryPage{Search: strings.TrimSpace(f.Search), Limit: directoryPage}
	if err := talkit.CheckText("q", page.Search, maxSearch); err != nil {
		return Directory{}, err
	}
	if err := talkit.CheckText("after", f.After, 200); err != nil {
		return Directory{}, err
	}
	fmt.Sscanf(f.After, "%d", &page.AfterID) // what is no position begins at the start
	_, page.AfterName, _ = strings.Cut(f.After, " ")
	list, more, err := a.DB.Directory(ctx, page)
	if err != nil {
		return Directory{}, err
	}
	mine, err := a.DB.InstalledPlugins(ctx, who.UserID)
	if err != nil {
		return Directory{}, err
	}
	installed := map[int64]*talkit.Installation{}
	for _, p := range mine {
		installed[p.ID] = &p.Installation
	}
	var d Directory
	for _, p := range list {
		d.Plugins = append(d.Plugins, offer(p, who, installed[p.ID]))
	}
	if more {
		last := list[len(list)-1]
		d.Next = fmt.Sprintf("%d %s", last.ID, last.SortName)
	}
	return d, nil
}

// MyUnlisted lists the developer's own plugins that are not in the directory.
func (a *App) MyUnlisted(ctx context.Context, who talkit.Caller) ([]talkit.Plugin, error) {
	list, err := a.DB.PluginsOf(ctx, who.UserID, talkit.Page{Limit: maxPlugins})
	var unlisted []talkit.Plugin
	for _, p := range list.Items {
		if !p.Listed() && !p.Disabled {
			unlisted = append(unlisted, p)
		}
	}
	return unlisted, err
}
