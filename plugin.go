package talkit

import (
	"database/sql/driver"
	"net/url"
	"slices"
	"strings"
)

// Plugin is an integration built by a developer, which users install.
type Plugin struct {
	ID               int64       `db:"id"`
	UserID           int64       `db:"user_id"` // the developer who owns it
	Name             string      `db:"name"`
	Description      string      `db:"description"`
	Permissions      Permissions `db:"permissions"` // what installing it asks for
	Published        bool        `db:"published"`   // listed for everyone; else for its developer only
	Unlisted         bool        `db:"unlisted"`    // an operator took it off the directory: as if not published
	Disabled         bool        `db:"disabled"`    // tokens and webhooks are off
	CRMIntegrationID *int64      `db:"crm_integration_id"`
	LogoKey          string      `db:"logo_key"` // blob of the picture, "" for none
	SetupURI         string      `db:"setup_uri"`
	CreatedOn        Time        `db:"created_on"`
	UpdatedOn        Time        `db:"updated_on"`
}

// Listed tells whether everyone may see and install it.
func (p *Plugin) Listed() bool { return p.Published && !p.Unlisted && !p.Disabled }

// Validate checks what a developer set.
func (p *Plugin) Validate() error {
	if err := CheckName("body.name", p.Name, 100); err != nil {
		return err
	}
	if err := CheckText("body.description", p.Description, 2000); err != nil {
		return err
	}
	if err := p.Permissions.Validate("body.permissions"); err != nil {
		return err
	}
	return checkSetupURI(p.SetupURI)
}

func checkSetupURI(uri string) error {
	if uri == "" {
		return nil
	}
	if err := CheckText("body.setup_uri", uri, 2000); err != nil {
		return err
	}
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && !isLocalHTTP(u)) {
		return InvalidField("body.setup_uri", "must be an https address without a user name (http only for localhost)")
	}
	return nil
}

func isLocalHTTP(u *url.URL) bool {
	host := u.Hostname()
	return u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}

// Resources and access levels of Permissions.
const (
	ResourceUser       = "user"
	ResourceTranscript = "transcript"
	ResourceAudio      = "audio"
	ResourceRecording  = "recording"

	AccessNone  = "none"
	AccessRead  = "read"
	AccessWrite = "write"
)

// permissionLevels are the levels each resource has, lowest first.
var permissionLevels = map[string][]string{
	ResourceUser:       {AccessNone, AccessRead},
	ResourceTranscript: {AccessNone, AccessRead, AccessWrite},
	ResourceAudio:      {AccessNone, AccessRead},
	ResourceRecording:  {AccessNone, AccessWrite},
}

// Permissions maps a resource to an access level; what is not named is "none".
type Permissions map[string]string

// Validate checks that resources and levels exist.
func (p Permissions) Validate(location string) error {
	for resource, level := range p {
		levels, ok := permissionLevels[resource]
		if !ok {
			return InvalidField(location, "may name user, transcript, audio and recording only")
		}
		if !slices.Contains(levels, level) {
			return InvalidField(location+"."+resource, "must be one of %s", strings.Join(levels, ", "))
		}
	}
	return nil
}

// Level is the access granted to resource, "none" where nothing is said.
func (p Permissions) Level(resource string) string {
	if level, ok := p[resource]; ok {
		return level
	}
	return AccessNone
}

// Allows tells whether the access granted to resource reaches level.
func (p Permissions) Allows(resource, level string) bool {
	levels := permissionLevels[resource]
	return slices.Index(levels, p.Level(resource)) >= slices.Index(levels, level)
}

// Value and Scan keep Permissions as a JSON object.
func (p Permissions) Value() (driver.Value, error) { return jsonValue(p, "{}", len(p) == 0) }

// Scan implements sql.Scanner.
func (p *Permissions) Scan(src any) error { return scanPairs(src, p) }

// MaxSecretKeys is how many living secret keys a plugin may have.
const MaxSecretKeys = 10

// SecretKey signs the installation tokens of a plugin. Its value is sealed.
type SecretKey struct {
	ID          int64  `db:"id"`
	PluginID    int64  `db:"plugin_id"`
	Description string `db:"description"`
	Sealed      []byte `db:"sealed"`
	Last4       string `db:"last4"`
	RevokedOn   Time   `db:"revoked_on"`
	CreatedOn   Time   `db:"created_on"`
	UpdatedOn   Time   `db:"updated_on"`
}
