package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// PluginPath names a plugin. Inputs embed it; huma fills exported fields alone.
type PluginPath struct {
	ID int64 `path:"id" json:"-" doc:"The ID of the Plugin"`
}

func (p PluginPath) permitted(ctx context.Context, a *app.App, who talkit.Caller) error {
	_, err := a.FetchPlugin(ctx, who, p.ID)
	return err
}

// PluginFields are what a developer may say of a plugin beside its name.
type PluginFields struct {
	Description      *string            `json:"description,omitempty" maxLength:"2000"`
	Permissions      talkit.Permissions `json:"permissions,omitempty" doc:"What installing it asks for: user (none, read), transcript (none, read, write), audio (none, read), recording (none, write)"`
	Published        *bool              `json:"published,omitempty" doc:"Listed for everyone"`
	Disabled         *bool              `json:"disabled,omitempty" doc:"Turns its tokens and webhooks off"`
	CRMIntegrationID nullable[int64]    `json:"crm_integration_id,omitempty"`
	SetupURI         *string            `json:"setup_uri,omitempty" maxLength:"2000" doc:"Where a person goes right after installing; https, or http on localhost"`
}

type pluginBody struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
	PluginFields
}

type pluginChange struct {
	Name *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	PluginFields
}

func (f PluginFields) change(name *string) app.PluginChange {
	return app.PluginChange{Name: name, Description: f.Description, SetupURI: f.SetupURI, Permissions: f.Permissions,
		Published: f.Published, Disabled: f.Disabled, SetCRM: f.CRMIntegrationID.Set, CRMIntegrationID: f.CRMIntegrationID.Value}
}

func (a *API) pluginRoutes() {
	list := operation(http.MethodGet, "/plugins", tagPlugin, "List Plugins", "List all Plugins for the current developer", app.DeveloperKey)
	register(a, described(list, "The maximum number of Plugins to return", "The ID of the last Plugin from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *struct{ PageOf }) (*out[wire.List[wire.Plugin]], error) {
			return answer(a.App.ListPlugins(ctx, who, in.page()))
		})
	register(a, operation(http.MethodGet, "/plugins/{id}", tagPlugin, "Get a Plugin", "Get a Plugin by ID", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *PluginPath) (*out[wire.Plugin], error) {
			return answer(a.App.FetchPlugin(ctx, who, in.ID))
		})
	type create struct{ Body pluginBody }
	register(a, created(conflicts(operation(http.MethodPost, "/plugins", tagPlugin, "Create a Plugin", "Create a Plugin of the current developer", app.DeveloperKey), 409)),
		func(ctx context.Context, who talkit.Caller, in *create) (*out[wire.Plugin], error) {
			return answer(a.App.CreatePlugin(ctx, who, in.Body.change(&in.Body.Name)))
		})
	type change struct {
		PluginPath
		Body pluginChange
	}
	register(a, operation(http.MethodPatch, "/plugins/{id}", tagPlugin, "Change a Plugin", "Change what is named, leave the rest", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *change) (*out[wire.Plugin], error) {
			return answer(a.App.ChangePlugin(ctx, who, in.ID, in.Body.change(in.Body.Name)))
		})
	register(a, operation(http.MethodDelete, "/plugins/{id}", tagPlugin, "Delete a Plugin",
		"Delete a Plugin with its keys, webhooks and installations", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *PluginPath) (*empty, error) {
			return done(a.App.DeletePlugin(ctx, who, in.ID))
		})
	a.logoRoutes()
	a.secretKeyRoutes()
}

// created makes the success of an operation 201.
func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

type secretKeyBody struct {
	Description string `json:"description,omitempty" maxLength:"500" doc:"What it is for"`
}

func (a *API) secretKeyRoutes() {
	type create struct {
		PluginPath
		Body *secretKeyBody `required:"false"`
	}
	register(a, created(conflicts(operation(http.MethodPost, "/plugins/{id}/secret_keys", tagPlugin, "Create a Plugin Secret Key",
		"Create a Plugin Secret Key for the Plugin selected by ID", app.DeveloperKey), 409)),
		func(ctx context.Context, who talkit.Caller, in *create) (*out[wire.PluginSecretKey], error) {
			description := ""
			if in.Body != nil {
				description = in.Body.Description
			}
			return answer(a.App.CreateSecretKey(ctx, who, in.ID, description))
		})
	type list struct {
		PluginPath
		PageOf
	}
	op := operation(http.MethodGet, "/plugins/{id}/secret_keys", tagPlugin, "List Plugin Secret Keys",
		"List the living Secret Keys of the Plugin selected by ID, without their values", app.DeveloperKey)
	register(a, described(op, "The maximum number of Plugin Secret Keys to return", "The ID of the last Plugin Secret Key from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *list) (*out[wire.List[wire.PluginSecretKey]], error) {
			return answer(a.App.ListSecretKeys(ctx, who, in.ID, in.page()))
		})
	type one struct {
		PluginPath
		KeyID int64 `path:"key_id" doc:"The ID of the Plugin Secret Key"`
	}
	register(a, operation(http.MethodDelete, "/plugins/{id}/secret_keys/{key_id}", tagPlugin, "Revoke a Plugin Secret Key",
		"Tokens that it signed stop working at once", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *one) (*empty, error) {
			return done(a.App.RevokeSecretKey(ctx, who, in.ID, in.KeyID))
		})
}

// picture is a body that is read as it is.
type picture struct {
	PluginPath
	content []byte
}

// Resolve implements huma.Resolver.
func (p *picture) Resolve(ctx huma.Context) []error {
	r, w := humago.Unwrap(ctx)
	var err error
	if p.content, err = readWhole(w, r, app.MaxLogo); err != nil {
		return []error{readError(err)}
	}
	return nil
}

func (a *API) logoRoutes() {
	op := operation(http.MethodPut, "/plugins/{id}/logo", tagPlugin, "Set the Logo of a Plugin",
		"A PNG, JPEG or WebP picture of at most 2 MiB and 4096 pixels a side; it is encoded anew", app.DeveloperKey)
	op = conflicts(op, 413, 415, 507)
	register(a, op, func(ctx context.Context, who talkit.Caller, in *picture) (*out[wire.Plugin], error) {
		return answer(a.App.SetLogo(ctx, who, in.ID, in.content))
	})
	body := binary("", "image/png", "image/jpeg", "image/webp")
	operationAt(a.huma.OpenAPI(), op.Method, op.Path).RequestBody = &huma.RequestBody{Required: true, Content: body.Content}
}
