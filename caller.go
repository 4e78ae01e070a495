package talkit

// CallerKind tells who asks.
type CallerKind string

// The kinds of callers.
const (
	CallerUser         CallerKind = "user"
	CallerDeveloper    CallerKind = "developer"
	CallerInstallation CallerKind = "installation"
	CallerOperator     CallerKind = "operator" // the command line on the server itself
)

// Caller is who asks, made in one place from a credential. Every use case
// takes it first.
type Caller struct {
	Kind      CallerKind
	UserID    int64  // the person; for an installation the one who installed it
	Person    User   // the same, with id and names alone, as read with the credential
	KeyID     int64  // the key that was shown, for user and developer
	SessionID int64  // the browser's session, where that was shown
	From      string // the network address, for the audit log

	Installation *Installation // for CallerInstallation
}

// Operator is the command line on the server itself.
var Operator = Caller{Kind: CallerOperator, From: "command line"}

// Require is Forbidden, naming the permission, unless an installation was
// granted it. Other callers are not bound by permissions.
func (c Caller) Require(resource, level string) error {
	if c.Kind != CallerInstallation || c.Installation.Permissions.Allows(resource, level) {
		return nil
	}
	return Errorf(Forbidden, "This installation lacks the permission %s: %s. Its user grants permissions when installing the plugin.", resource, level)
}
