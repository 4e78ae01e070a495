package talkit

import "time"

// Session is a browser in which a person is signed in.
type Session struct {
	ID        int64  `db:"id"`
	UserID    int64  `db:"user_id"`
	Hash      []byte `db:"hash"` // of the cookie's value
	Address   string `db:"address"`
	Agent     string `db:"agent"` // what the browser says it is; hostile text
	CreatedOn Time   `db:"created_on"`
	SeenOn    Time   `db:"seen_on"`
	ExpiresOn Time   `db:"expires_on"`
}

// SessionLife is how long a browser stays signed in that is not used.
const SessionLife = 30 * 24 * time.Hour

// Link is an address that works once: to set the server up, where UserID is
// nil, else to sign in as that person and set a password.
type Link struct {
	ID        int64  `db:"id"`
	UserID    *int64 `db:"user_id"`
	Hash      []byte `db:"hash"`
	CreatedOn Time   `db:"created_on"`
	ExpiresOn Time   `db:"expires_on"`
}

// How long links work.
const (
	SetupLife      = time.Hour
	RecoveryLife   = 24 * time.Hour
	InvitationLife = 7 * 24 * time.Hour
)
