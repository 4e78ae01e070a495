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

// AccountSession is a browser in which a person is signed in.
type AccountSession struct {
	ID        int64  `json:"id"`
	Address   string `json:"address"`
	Browser   string `json:"browser"` // what it says it is
	CreatedOn string `json:"created_on"`
	SeenOn    string `json:"seen_on"`
	ExpiresOn string `json:"expires_on"`
}

// AccountSession shows s, without what would sign in.
func (Maker) AccountSession(s talkit.Session) AccountSession {
	return AccountSession{ID: s.ID, Address: s.Address, Browser: s.Agent, CreatedOn: s.CreatedOn.String(), SeenOn: s.SeenOn.String(), ExpiresOn: s.ExpiresOn.String()}
}

// AccountUpload is sound that began to come and is no recording yet.
type AccountUpload struct {
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	Language  string            `json:"language"`
	Metadata  map[string]string `json:"metadata"`
	Length    *int64            `json:"length"` // bytes in all, null where nobody said
	Offset    int64             `json:"offset"` // bytes that came
	File      string            `json:"file"`   // which has them, in the export
	CreatedOn string            `json:"created_on"`
	ExpiresOn string            `json:"expires_on"`
}

// AccountUpload shows u, whose bytes are in a file of the export. Its id, with
// which it could be gone on with, is left out.
func (Maker) AccountUpload(u talkit.Upload, file string) AccountUpload {
	shown := AccountUpload{Name: u.Name, Type: string(u.Type), Language: u.Language, Metadata: u.Metadata, Offset: u.Offset, File: file,
		CreatedOn: u.CreatedOn.String(), ExpiresOn: u.ExpiresOn.String()}
	if u.Length != talkit.UnknownLength {
		shown.Length = &u.Length
	}
	return shown
}
