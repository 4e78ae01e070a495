package app

import (
	"context"

	"talkit"
)

// Example chooses what a developer can try the API with: the plugin of theirs
// that they have installed themselves, the newest, else their newest and whoever
// has that. 0 and "" stand for none.
func (a *App) Example(ctx context.Context, who talkit.Caller) (pluginID int64, uuid string, err error) {
	mine, err := a.MyInstallations(ctx, who)
	if err != nil {
		return 0, "", err
	}
	for _, o := range mine {
		reads := o.Installation.Permissions.Allows(talkit.ResourceTranscript, talkit.AccessRead)
		if o.UserID == who.UserID && o.ID > pluginID && !o.Disabled && !o.Installation.Disabled && reads {
			pluginID, uuid = o.ID, o.Installation.UUID
		}
	}
	if pluginID != 0 {
		return pluginID, uuid, nil
	}
	own, err := a.OwnPlugins(ctx, who)
	if err != nil {
		return 0, "", err
	}
	for _, p := range own {
		if !p.Disabled {
			pluginID = max(pluginID, p.ID)
		}
	}
	if pluginID == 0 {
		return 0, "", nil
	}
	installed, err := a.ListInstallations(ctx, who, pluginID, talkit.Page{Limit: 100})
	for _, i := range installed.Data {
		if !i.Disabled && uuid == "" {
			uuid = i.UUID
		}
	}
	return pluginID, uuid, err
}
