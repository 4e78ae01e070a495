package talkit

import "time"

// Upload is sound that comes in portions, by whatever way, until it is whole
// and becomes a recording. Type, language and so on are what the recording
// will have.
type Upload struct {
	ID             string         `db:"id"` // 128 random bits: who does not know it cannot guess it
	UserID         int64          `db:"user_id"`
	InstallationID *int64         `db:"installation_id"` // who began it, nil for the person
	Name           string         `db:"name"`
	Type           TranscriptType `db:"type"`
	Language       string         `db:"language"`
	Metadata       Metadata       `db:"metadata"`
	Described      string         `db:"described"`    // how the client wrote all that, to be given back to it
	Length         int64          `db:"length"`       // bytes in all, UnknownLength until the client says
	Offset         int64          `db:"stored"`       // bytes that came and are safe
	RecordingID    *int64         `db:"recording_id"` // what it became
	CreatedOn      Time           `db:"created_on"`
	ExpiresOn      Time           `db:"expires_on"` // then it is swept away; the recording stays
}

// UnknownLength is the length of an upload whose client does not know it yet.
const UnknownLength = -1

// UploadTime is how long an upload may take from its beginning, and how long
// afterwards its client can learn what it became.
const UploadTime = 24 * time.Hour

// UploadPart is a stretch of an upload that is stored by itself.
type UploadPart struct {
	Start int64  `db:"start_byte"`
	Size  int64  `db:"size"`
	Key   string `db:"key"` // of the blob
}

// MaxUploadPart is the most bytes of a part: what a crash can cost at most.
const MaxUploadPart = 4 << 20

// Whole tells whether all of it is here.
func (u Upload) Whole() bool { return u.Length != UnknownLength && u.Offset == u.Length }

// Recording is what it is to become, without the sound.
func (u Upload) Recording() Recording {
	return Recording{Name: u.Name, Type: u.Type, Language: u.Language, Metadata: u.Metadata}
}
