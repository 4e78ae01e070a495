package api

import (
	"context"
	"net/http"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

func (a *API) installationRoutes() {
	type list struct {
		PluginPath
		PageOf
	}
	op := operation(http.MethodGet, "/plugins/{id}/installations", tagInstallation, "List Plugin Installations for a Plugin",
		"Lists Plugin Installations for the Plugin selected by ID", app.DeveloperKey)
	register(a, described(op, "The maximum number of Plugin Installations to return", "The ID of the last Plugin Installations from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *list) (*out[wire.List[wire.PluginInstallation]], error) {
			return answer(a.App.ListInstallations(ctx, who, in.ID, in.page()))
		})
	register(a, operation(http.MethodGet, "/installation", tagInstallation, "Fetch the current Plugin Installation",
		"Fetch the Plugin Installation whose token this is, with what it was granted", app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, _ *struct{}) (*out[wire.PluginInstallation], error) {
			return answer(a.App.FetchInstallation(who), nil)
		})
	register(a, operation(http.MethodDelete, "/installation", tagInstallation, "Delete the current Plugin Installation",
		"Uninstall the Plugin from the User whose installation's token this is", app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, _ *struct{}) (*empty, error) {
			return done(a.App.Uninstall(ctx, who, *who.Installation))
		})
}
