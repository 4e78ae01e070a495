package talkit

// EarlyPiece is a piece of a dictation that was recognised while the rest was
// still spoken.
type EarlyPiece struct {
	Start    int64    `db:"start_byte"` // in the decoded sound
	SHA256   string   `db:"sha256"`     // of the piece's samples and its hints, lower-case hex
	Model    string   `db:"model"`      // that heard it
	Language string   `db:"language"`   // that it was heard in; "" where nobody speaks
	Segments Segments `db:"segments"`   // times from the start of the recording
}
