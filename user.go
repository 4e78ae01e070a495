package talkit

import (
	"net/mail"
	"strings"
)

// User is a person with an account: someone who dictates, who may also build
// plugins (Developer) or run the server (Admin).
type User struct {
	ID               int64  `db:"id"`
	Email            string `db:"email"` // lower case, unique
	FirstName        string `db:"first_name"`
	LastName         string `db:"last_name"`
	PasswordHash     string `db:"password_hash"` // PHC string; "" for none yet
	Developer        bool   `db:"developer"`
	Admin            bool   `db:"admin"`
	Disabled         bool   `db:"disabled"`
	Review           bool   `db:"review"`       // keeps transcripts back until the person releases them
	Language         string `db:"language"`     // spoken where a recording does not say; "" to detect it
	Dictated         bool   `db:"dictated"`     // punctuation and layout: "comma", "new paragraph"
	Hints            bool   `db:"hints"`        // engines are told the words of the person's Vocabulary
	ReviewBelow      int    `db:"review_below"` // as Review, for texts of less Confidence: percent, 0 for none
	AudioDays        int    `db:"audio_days"`   // how long audio is kept: KeepAudio, UntilTranscribed, or so many days
	CRMIntegrationID *int64 `db:"crm_integration_id"`
	CreatedOn        Time   `db:"created_on"`
	UpdatedOn        Time   `db:"updated_on"`
	DeletedOn        Time   `db:"deleted_on"` // since then it is being erased; such a person is Disabled as well
}

// KeepAudio and UntilTranscribed are the values of User.AudioDays that are no
// number of days.
const (
	KeepAudio        = -1
	UntilTranscribed = 0
)

// maxAudioDays is the longest time in days that can be asked for.
const maxAudioDays = 3650

// NormalizeEmail checks an address and returns it in lower case.
func NormalizeEmail(email string) (string, error) {
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != strings.TrimSpace(email) || len(email) > 254 {
		return "", InvalidField("email", "must be an e-mail address")
	}
	return strings.ToLower(address.Address), nil
}

// Reviews tells whether the person wants to read what an engine heard before it
// is released. What it left out, and what it does not say how sure it is of,
// nobody can be sure of.
func (u User) Reviews(heard Segments) bool {
	if u.Review || u.ReviewBelow == 0 {
		return u.Review
	}
	sure, known := heard.Confidence()
	return !known || heard.HasHoles() || sure*100 < float64(u.ReviewBelow)
}

// Validate checks what a person or an operator set.
func (u *User) Validate() error {
	if err := CheckText("first_name", u.FirstName, 100); err != nil {
		return err
	}
	if u.AudioDays < KeepAudio || u.AudioDays > maxAudioDays {
		return InvalidField("audio_days", "must be -1 (for ever), 0 (until transcribed), or up to %d days", maxAudioDays)
	}
	if u.Language != "" && LanguageCode(u.Language) != u.Language {
		return InvalidField("language", "must be the code of a language, like en, or empty to have it detected")
	}
	if u.ReviewBelow < 0 || u.ReviewBelow > 100 {
		return InvalidField("review_below", "must be from 0 (never) to 100 percent")
	}
	return CheckText("last_name", u.LastName, 100)
}

// KeyKind tells the two kinds of bearer keys apart that are stored as hashes.
type KeyKind string

// The kinds of keys.
const (
	UserKey      KeyKind = "user"      // a person's own, for the command line and scripts
	DeveloperKey KeyKind = "developer" // names a developer and the plugins they own
)

// Key is a bearer key; its value is shown once and kept as a hash.
type Key struct {
	ID        int64   `db:"id"`
	UserID    int64   `db:"user_id"`
	Kind      KeyKind `db:"kind"`
	Name      string  `db:"name"`
	Hash      []byte  `db:"hash"`
	Last4     string  `db:"last4"`
	RevokedOn Time    `db:"revoked_on"`
	CreatedOn Time    `db:"created_on"`
}

// CRMIntegration is a customer system under which a person files notes.
type CRMIntegration struct {
	ID        int64  `db:"id"`
	Name      string `db:"name"`
	LogoKey   string `db:"logo_key"`
	CreatedOn Time   `db:"created_on"`
}
