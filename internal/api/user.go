package api

import (
	"context"
	"net/http"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

func (a *API) userRoutes() {
	type input struct {
		ID int64 `path:"id" doc:"The ID of the User to fetch"`
	}
	register(a, operation(http.MethodGet, "/users/{id}", tagUser, "Fetch a User", "Fetch details about a User", app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, in *input) (*out[wire.User], error) {
			return answer(a.App.FetchUser(ctx, who, in.ID))
		})
}

func (a *API) crmRoutes() {
	op := operation(http.MethodGet, "/crm_integrations", tagCRM, "List CRM Integrations",
		"List the customer systems that notes can be filed under", app.DeveloperKey)
	register(a, described(op, "The maximum number of CRM Integrations to return", "The ID of the last CRM Integration from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *struct{ PageOf }) (*out[wire.List[wire.CRMIntegration]], error) {
			return answer(a.App.CRMIntegrations(ctx, in.page()))
		})
}
