package wire

import "talkit"

// Account is a person as they get themselves, in the export of all they have.
type Account struct {
	ID               int64  `json:"id"`
	Email            string `json:"email"`
	FirstName        string `json:"first_name"`
	LastName         string `json:"last_name"`
	Developer        bool   `json:"developer"`
	Admin            bool   `json:"admin"`
	Review           bool   `json:"review"`
	Language         string `json:"language"` // empty where it is detected
	Dictated         bool   `json:"dictated_punctuation"`
	Hints            bool   `json:"hints"`
	ReviewBelow      int    `json:"review_below"` // percent of confidence
	AudioDays        int    `json:"audio_days"`   // -1 for ever, 0 until transcribed
	CRMIntegrationID *int64 `json:"crm_integration_id"`
	CreatedOn        string `json:"created_on"`
	UpdatedOn        string `json:"updated_on"`
}

// Account shows u.
func (Maker) Account(u talkit.User) Account {
	return Account{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Developer: u.Developer, Admin: u.Admin,
		Review: u.Review, Language: u.Language, Dictated: u.Dictated, Hints: u.Hints, ReviewBelow: u.ReviewBelow, AudioDays: u.AudioDays, CRMIntegrationID: u.CRMIntegrationID,
		CreatedOn: u.CreatedOn.String(), UpdatedOn: u.UpdatedOn.String(),
	}
}

// AccountKey is a bearer key of a person, without its value.
type AccountKey struct {
	ID        int64  `json:"id"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Last4     string `json:"last4"`
	CreatedOn string `json:"created_on"`
}

// AccountKey shows k.
func (Maker) AccountKey(k talkit.Key) AccountKey {
	return AccountKey{ID: k.ID, Kind: string(k.Kind), Name: k.Name, Last4: k.Last4, CreatedOn: k.CreatedOn.String()}
}

// AccountInstallation is what a person installed, with its plugin's name.
type AccountInstallation struct {
	PluginInstallation
	PluginName string `json:"plugin_name"`
}

// AccountPlugin is a developer's plugin with all that belongs to it, no secrets.
type AccountPlugin struct {
	Plugin
	SecretKeys []PluginSecretKey `json:"secret_keys"`
	Webhooks   []PluginWebhook   `json:"webhooks"`
}
