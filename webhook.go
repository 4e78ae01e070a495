package talkit

import (
	"database/sql/driver"
	"net/url"
	"slices"
	"strings"
)

// Webhook is an address of a plugin that is told of events.
type Webhook struct {
	ID             int64      `db:"id"`
	PluginID       int64      `db:"plugin_id"`
	URI            string     `db:"uri"`
	Events         EventTypes `db:"events"`
	Disabled       bool       `db:"disabled"`
	DisabledReason string     `db:"disabled_reason"` // why the server disabled it, "" when a person did
	Secret         []byte     `db:"secret"`          // sealed
	OldSecret      []byte     `db:"old_secret"`      // sealed; signs as well until OldSecretUntil
	OldSecretUntil Time       `db:"old_secret_until"`
	FailingSince   Time       `db:"failing_since"` // first failure after the last success
	CreatedOn      Time       `db:"created_on"`
	UpdatedOn      Time       `db:"updated_on"`
}

// MaxWebhooks is how many webhooks a plugin may have.
const MaxWebhooks = 50

// CheckWebhookURI checks the form of an address; where it leads is checked on
// the address that is really dialled.
func CheckWebhookURI(uri string) error {
	if err := CheckName("body.uri", uri, 2000); err != nil {
		return err
	}
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return InvalidField("body.uri", "must be an http or https address")
	}
	if u.User != nil {
		return InvalidField("body.uri", "must not contain a user name or password")
	}
	return nil
}

// EventType names what happened.
type EventType string

// The events that webhooks can be told of.
const (
	TranscriptCompleted EventType = "transcript.completed"
	TranscriptUpdated   EventType = "transcript.updated"
	TranscriptDisabled  EventType = "transcript.disabled"
	InstallationCreated EventType = "plugin_installation.created"
	InstallationDeleted EventType = "plugin_installation.deleted"
	TestCompleted       EventType = "test.completed"
)

// AllEventTypes are the types a webhook may subscribe to.
var AllEventTypes = []EventType{TranscriptCompleted, TranscriptUpdated, TranscriptDisabled,
	InstallationCreated, InstallationDeleted, TestCompleted}

// AboutTranscript tells whether such events carry a transcript, and so need
// the permission to read it.
func (t EventType) AboutTranscript() bool { return strings.HasPrefix(string(t), "transcript.") }

// EventTypes are the types a webhook subscribed to.
type EventTypes []EventType

// Validate checks that the types exist, are named once, and are not none.
func (t EventTypes) Validate(location string) error {
	if len(t) == 0 {
		return InvalidField(location, "must name at least one event type")
	}
	for i, name := range t {
		if !slices.Contains(AllEventTypes, name) {
			return InvalidField(location, "must name types that exist: %s", joinTypes(AllEventTypes))
		}
		if slices.Contains(t[:i], name) {
			return InvalidField(location, "must name each type once")
		}
	}
	return nil
}

func joinTypes(types []EventType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// Value and Scan keep EventTypes as a JSON array.
func (t EventTypes) Value() (driver.Value, error) { return jsonValue(t, "[]", len(t) == 0) }

// Scan implements sql.Scanner.
func (t *EventTypes) Scan(src any) error { return jsonScan(src, t) }
