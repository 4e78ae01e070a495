package talkit

import (
	"math"
	"regexp"
	"time"
)

// Recording is sound that a person or an installation submitted, and how far
// it has come.
type Recording struct {
	ID             int64           `db:"id"`
	UserID         int64           `db:"user_id"`
	InstallationID *int64          `db:"installation_id"` // who submitted it, nil for the person
	Name           string          `db:"name"`            // as given, "" when it is to be made from the text
	Type           TranscriptType  `db:"type"`
	Language       string          `db:"language"` // as given, "" when it is to be detected
	Metadata       Metadata        `db:"metadata"`
	Status         RecordingStatus `db:"status"`
	WaitingFor     WaitingFor      `db:"waiting_for"`
	Error          string          `db:"error"` // why it failed, in words for the person
	TranscriptID   *int64          `db:"transcript_id"`
	Withdrawn      bool            `db:"withdrawn"` // its transcript is, as read
	CreatedOn      Time            `db:"created_on"`
	UpdatedOn      Time            `db:"updated_on"`

	Audio Audio `db:"audio"`
	Run   Run   `db:"run"`
	Again Run   `db:"again"` // turns it into text once more while its text stays: under way, or failed; ID 0 for none
}

// RecordingStatus is how far a recording has come.
type RecordingStatus string

// The states of a recording.
const (
	RecordingQueued     RecordingStatus = "queued"
	RecordingProcessing RecordingStatus = "processing"
	RecordingReview     RecordingStatus = "review" // the text is there, or to be written, and waits for a person
	RecordingCompleted  RecordingStatus = "completed"
	RecordingFailed     RecordingStatus = "failed"
)

// WaitingFor is what keeps a recording from going on.
type WaitingFor string

// What a recording can wait for.
const (
	WaitingForNothing WaitingFor = ""
	WaitingForEngine  WaitingFor = "engine"
	WaitingForReview  WaitingFor = "review"
)

// Message says in words what is waited for.
func (w WaitingFor) Message() string {
	switch w {
	case WaitingForEngine:
		return "No speech engine is ready: none is installed, its files are damaged, or the server that is to recognise speech cannot be used now. " +
			"The recording is kept and goes on by itself once there is one. Whoever runs this server finds out why with talkit doctor; " +
			"an engine that is missing or damaged is mended with talkit engine install."
	case WaitingForReview:
		return "A person has to read the text and release it."
	}
	return ""
}

// Progress is the part of the work that is done, 0 to 1.
func (r *Recording) Progress() float64 {
	switch {
	case r.Status == RecordingCompleted || r.Status == RecordingReview:
		return 1
	case r.Run.Pieces == 0:
		return 0
	}
	return r.Run.Progress()
}

// Audio is the stored sound of a recording.
type Audio struct {
	Key         string `db:"key"`    // of the blob; "" once it is erased
	Size        int64  `db:"size"`   // bytes
	SHA256      string `db:"sha256"` // lower-case hex
	ContentType string `db:"content_type"`
	DurationMS  int64  `db:"duration_ms"` // 0 until it was decoded, where the header does not say
}

// Seconds is the length of the sound.
func (a Audio) Seconds() float64 { return float64(a.DurationMS) / 1000 }

// Length is Seconds as a time.
func (a Audio) Length() time.Duration { return time.Duration(a.DurationMS) * time.Millisecond }

// Expected is about how long the sound is, also where nobody knows yet.
func (a Audio) Expected() time.Duration {
	if a.DurationMS == 0 {
		return time.Duration(a.Size/expectedRate) * time.Millisecond
	}
	return a.Length()
}

const expectedRate = 27 // bytes a millisecond

// Run is one time a recording was turned into text.
type Run struct {
	ID          int64     `db:"id"`
	RecordingID int64     `db:"recording_id"`
	UserID      int64     `db:"user_id"`
	Status      RunStatus `db:"status"`
	Engine      string    `db:"engine"` // "whisper base"; "" until it started
	Language    string    `db:"language"`
	Model       string    `db:"model"`       // asked for; "" for the server's own
	Hints       *bool     `db:"hints"`       // the person's words are given to the engine; nil: as their settings say
	Error       string    `db:"error"`       // why it failed, in words for the person
	WorkKey     string    `db:"work_key"`    // blob of the decoded sound, while the run needs it
	Pieces      int       `db:"pieces"`      // how many the sound was split into
	PiecesLeft  int       `db:"pieces_left"` // not yet recognised
	CreatedOn   Time      `db:"created_on"`
	StartedOn   Time      `db:"started_on"`
	CompletedOn Time      `db:"completed_on"`

	AwaySince   Time    `db:"away_since"`   // since when it waits for its engine, 0 while it does not
	PaceSeconds float64 `db:"pace_seconds"` // that lately went by between the ends
	PacePieces  float64 `db:"pace_pieces"`  // of so many pieces

	WorkChannels  int  `db:"work_channels"`  // of the decoded sound
	ChannelsApart bool `db:"channels_apart"` // each holds a speaker of its own
}

// InWork tells whether it is under way, or will be.
func (r Run) InWork() bool { return r.Status == RunQueued || r.Status == RunRunning }

// Progress is the part of its work that is done, 0 to 1.
func (r Run) Progress() float64 {
	if r.Pieces == 0 {
		return 0
	}
	return RoundMillis(float64(r.Pieces-r.PiecesLeft) / float64(r.Pieces+1))
}

// fairPace is from how many pieces on it is told how long the others may take.
const fairPace = 1.5

// WaitingFor is what keeps it from going on.
func (r Run) WaitingFor() WaitingFor {
	if r.InWork() && r.AwaySince != 0 {
		return WaitingForEngine
	}
	return WaitingForNothing
}

// SecondsLeft is how long it will take at the speed that it had lately; false
// where that is not known, or it does not go on at all.
func (r Run) SecondsLeft() (float64, bool) {
	if r.Status != RunRunning || r.AwaySince != 0 || r.PacePieces < fairPace {
		return 0, false
	}
	return math.Ceil(r.PaceSeconds / r.PacePieces * float64(r.PiecesLeft)), true
}

// RunStatus is how far a run has come.
type RunStatus string

// The states of a run.
const (
	RunQueued    RunStatus = "queued"
	RunRunning   RunStatus = "running"
	RunCompleted RunStatus = "completed"
	RunFailed    RunStatus = "failed"
)

// Sound as the engines hear it: 16 kHz, mono, 16-bit signed little endian.
const (
	SampleRate     = 16000
	BytesPerSample = 2
	BytesPerSecond = SampleRate * BytesPerSample
)

// MaxDuration is the longest sound that is taken.
const MaxDuration = 24 * time.Hour

// Piece is a stretch of a run's decoded sound that is recognised by itself. Its
// bytes count one channel of it.
type Piece struct {
	ID        int64    `db:"id"`
	RunID     int64    `db:"run_id"`
	Number    int      `db:"number"` // from 0
	Start     int64    `db:"start_byte"`
	End       int64    `db:"end_byte"`
	Status    string   `db:"status"`
	ClaimedBy int64    `db:"claimed_by"` // the job that works on it
	Attempts  int      `db:"attempts"`
	Channel   int      `db:"channel"`  // of the decoded sound, 0 for all of them mixed
	LeftOut   bool     `db:"left_out"` // no try gave its text
	Segments  Segments `db:"segments"` // times from the start of the recording
}

// The states of a piece.
const (
	PieceQueued  = "queued"
	PieceRunning = "running"
	PieceDone    = "done"
)

// MaxPieceAttempts is how often a piece is tried before it is left out.
const MaxPieceAttempts = 3

// Inaudible stands in a text for sound that no try gave a text.
const Inaudible = "[inaudible]"

// NotHeard is what stands for a piece that is left out, from second to second:
// one word, of which nobody can be sure.
func NotHeard(from, to float64) Segments {
	return Segments{{Start: from, End: to, Text: Inaudible, Words: []Word{{Word: " " + Inaudible, Start: from, End: to}}}}
}

// Place is where it stands in its recording, in seconds.
func (p Piece) Place() (from, to float64) {
	return RoundMillis(float64(p.Start) / BytesPerSecond), RoundMillis(float64(p.End) / BytesPerSecond)
}

var languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)

// ValidateSubmission checks what was sent with the sound.
func (r *Recording) ValidateSubmission() error {
	if err := CheckText("body.name", r.Name, 200); err != nil {
		return err
	}
	if err := r.Type.Validate("body.type"); err != nil {
		return err
	}
	if r.Language != "" && !languageCode.MatchString(r.Language) {
		return InvalidField("body.language", "must be an ISO 639 code of two or three lower-case letters, like en")
	}
	return r.Metadata.Validate("body.metadata")
}
