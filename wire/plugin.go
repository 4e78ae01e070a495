package wire

import "talkit"

// Plugin is an integration as its developer sees it.
type Plugin struct {
	ID               int64             `json:"id"`
	Name             string            `json:"name"`
	Description      string            `json:"description"`
	Permissions      map[string]string `json:"permissions" doc:"What installing it asks for: user, transcript, audio and recording, each with its access level"`
	Published        bool              `json:"published" doc:"Listed for everyone; an unpublished plugin can be installed by its own developer only"`
	Disabled         bool              `json:"disabled" doc:"Its tokens do not work and its webhooks are not sent"`
	CRMIntegrationID *int64            `json:"crm_integration_id"`
	LogoURI          string            `json:"logo_uri"`
	UserID           int64             `json:"user_id" doc:"The developer who owns it"`
	CreatedOn        string            `json:"created_on"`
	UpdatedOn        string            `json:"updated_on"`
	SetupURI         string            `json:"setup_uri" doc:"Where a person goes right after installing"`
}

// Plugin shows p.
func (m Maker) Plugin(p talkit.Plugin) Plugin {
	return Plugin{
		ID: p.ID, Name: p.Name, Description: p.Description, Permissions: pairs(p.Permissions),
		Published: p.Published, Disabled: p.Disabled, CRMIntegrationID: p.CRMIntegrationID,
		LogoURI: m.logo(p.LogoKey), UserID: p.UserID,
		CreatedOn: p.CreatedOn.String(), UpdatedOn: p.UpdatedOn.String(), SetupURI: p.SetupURI,
	}
}

// PluginSecretKey signs the installation tokens of a plugin.
type PluginSecretKey struct {
	ID          int64  `json:"id"`
	Description string `json:"description"`
	Value       string `json:"value" doc:"The whole key when it is created; afterwards its last four characters"`
	PluginID    int64  `json:"plugin_id"`
	CreatedOn   string `json:"created_on"`
	UpdatedOn   string `json:"updated_on"`
}

// PluginSecretKey shows k without its value.
func (Maker) PluginSecretKey(k talkit.SecretKey) PluginSecretKey {
	return PluginSecretKey{
		ID: k.ID, Description: k.Description, Value: k.Last4, PluginID: k.PluginID,
		CreatedOn: k.CreatedOn.String(), UpdatedOn: k.UpdatedOn.String(),
	}
}

// PluginInstallation is a plugin installed by a user.
type PluginInstallation struct {
	ID          int64             `json:"id"`
	UUID        string            `json:"uuid"`
	PluginID    int64             `json:"plugin_id"`
	UserID      int64             `json:"user_id"`
	Permissions map[string]string `json:"permissions" doc:"What the user granted when installing"`
	Disabled    bool              `json:"disabled"`
	CreatedOn   string            `json:"created_on"`
	UpdatedOn   string            `json:"updated_on"`
}

// PluginInstallation shows i.
func (Maker) PluginInstallation(i talkit.Installation) PluginInstallation {
	return PluginInstallation{
		ID: i.ID, UUID: i.UUID, PluginID: i.PluginID, UserID: i.UserID, Permissions: pairs(i.Permissions),
		Disabled: i.Disabled, CreatedOn: i.CreatedOn.String(), UpdatedOn: i.UpdatedOn.String(),
	}
}
