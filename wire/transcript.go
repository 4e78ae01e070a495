package wire

import (
	"fmt"
	"strconv"

	"talkit"
)

// Transcript is the text of a recording. The fields of the published
// reference page come first.
type Transcript struct {
	ID               string            `json:"id" doc:"A decimal integer"`
	Name             string            `json:"name"`
	Description      string            `json:"description" doc:"A short abstract: the first sentence, cut at 200 characters"`
	LogoURI          string            `json:"logo_uri" doc:"Logo of the CRM integration it is filed under, else empty"`
	Permissions      map[string]string `json:"permissions" doc:"What the calling installation may do with it"`
	Disabled         bool              `json:"disabled" doc:"Withdrawn by the user: text, a title made from it, abstract, metadata and audio are gone from it"`
	Published        bool              `json:"published" doc:"Released to plugins"`
	UserID           int64             `json:"user_id"`
	CRMIntegrationID *int64            `json:"crm_integration_id"`
	CreatedOn        string            `json:"created_on"`
	UpdatedOn        string            `json:"updated_on"`

	Headline string            `json:"headline" doc:"The same as name"`
	Text     string            `json:"text"`
	Type     string            `json:"type" enum:"note,meeting,task,letter"`
	User     *User             `json:"user" doc:"null without the permission user: read"`
	Metadata map[string]string `json:"metadata"`
	Job      *Job              `json:"job" doc:"The run that made this text"`
	Audio    *Audio            `json:"audio" doc:"null without the permission audio: read"`
}

// Job is a run that made a text.
type Job struct {
	ID          int64   `json:"id"`
	Status      string  `json:"status" enum:"queued,running,completed,failed"`
	Engine      string  `json:"engine"`
	Language    string  `json:"language"`
	CreatedOn   string  `json:"created_on"`
	StartedOn   *string `json:"started_on"`
	CompletedOn *string `json:"completed_on"`
}

// Audio is the sound of a recording.
type Audio struct {
	ID          int64   `json:"id" doc:"The id of the recording"`
	Duration    float64 `json:"duration" doc:"Seconds; 0 until it is known"`
	ContentType string  `json:"content_type"`
	Size        int64   `json:"size" doc:"Bytes"`
	URI         string  `json:"uri"`
}

// TranscriptOf is what a Transcript is shown from.
type TranscriptOf struct {
	talkit.Transcript
	User    talkit.User
	LogoKey string // of the CRM integration
}

// Transcript shows t as an installation may see it.
func (m Maker) Transcript(t TranscriptOf, granted talkit.Permissions) Transcript {
	t.Transcript = t.ForPlugins()
	shown := m.whole(t)
	shown.Permissions = map[string]string{
		talkit.ResourceTranscript: granted.Level(talkit.ResourceTranscript),
		talkit.ResourceAudio:      granted.Level(talkit.ResourceAudio),
	}
	shown.Audio.URI = m.transcriptAudio(t.ID)
	if !granted.Allows(talkit.ResourceUser, talkit.AccessRead) {
		shown.User = nil
	}
	if !granted.Allows(talkit.ResourceAudio, talkit.AccessRead) || t.Audio.Key == "" {
		shown.Audio = nil
	}
	return shown
}

// OwnTranscript shows t to the person whose it is, released or not.
func (m Maker) OwnTranscript(t TranscriptOf) Transcript {
	shown := m.whole(t)
	shown.Permissions = map[string]string{
		talkit.ResourceTranscript: talkit.AccessWrite,
		talkit.ResourceAudio:      talkit.AccessRead,
	}
	shown.Audio.URI = m.recordingAudio(t.RecordingID)
	if t.Audio.Key == "" {
		shown.Audio = nil
	}
	return shown
}

func (m Maker) whole(t TranscriptOf) Transcript {
	user := m.User(t.User)
	shown := Transcript{
		Name: t.Name, Description: t.Description, LogoURI: m.logo(t.LogoKey),
		Disabled: t.Disabled, Published: t.ID != 0, UserID: t.UserID, CRMIntegrationID: t.CRMIntegrationID,
		CreatedOn: t.CreatedOn.String(), UpdatedOn: t.UpdatedOn.String(),
		Headline: t.Name, Text: t.Text, Type: string(t.Type), User: &user, Metadata: pairs(t.Metadata),
		Job: m.job(t.Run), Audio: m.audio(t.RecordingID, t.Audio),
	}
	if t.ID != 0 {
		shown.ID = strconv.FormatInt(t.ID, 10)
	}
	return shown
}

func (Maker) job(r talkit.Run) *Job {
	if r.ID == 0 {
		return nil
	}
	return &Job{
		ID: r.ID, Status: string(r.Status), Engine: r.Engine, Language: r.Language,
		CreatedOn: r.CreatedOn.String(), StartedOn: optionalTime(r.StartedOn), CompletedOn: optionalTime(r.CompletedOn),
	}
}

func (m Maker) audio(recordingID int64, a talkit.Audio) *Audio {
	return &Audio{ID: recordingID, Duration: a.Seconds(), ContentType: a.ContentType, Size: a.Size}
}

func (m Maker) transcriptAudio(id int64) string {
	return fmt.Sprintf("%s/transcripts/%d/audio", m.URL, id)
}

func (m Maker) recordingAudio(recordingID int64) string {
	return fmt.Sprintf("%s/recordings/%d/audio", m.URL, recordingID)
}

// Segment is a stretch of speech with its words; times are seconds to the
// millisecond.
type Segment struct {
	ID      int     `json:"id" doc:"From 1, in order"`
	Start   float64 `json:"start"`
	End     float64 `json:"end"`
	Channel *int    `json:"channel" doc:"1 or 2; null where the sound is one"`
	Speaker *string `json:"speaker" doc:"null until someone or something says who speaks"`
	Text    string  `json:"text"`
	Words   []Word  `json:"words" nullable:"false"`
}

// Word is one word as it was recognised.
type Word struct {
	Word        string  `json:"word"`
	Start       float64 `json:"start"`
	End         float64 `json:"end"`
	Probability float64 `json:"probability" doc:"0 to 1; 1 for words a person changed"`
}

// Segments shows all of them.
func (Maker) Segments(segments talkit.Segments) []Segment {
	shown := make([]Segment, len(segments))
	for i, s := range segments {
		shown[i] = Segment{
			ID: i + 1, Start: s.Start, End: s.End, Channel: s.Channel, Speaker: s.Speaker, Text: s.Text,
			Words: make([]Word, len(s.Words)),
		}
		for j, w := range s.Words {
			shown[i].Words[j] = Word(w)
		}
	}
	return shown
}

// SegmentList are the timed words of a transcript.
type SegmentList struct {
	Data []Segment `json:"data" nullable:"false"`
}

// Export is export.json: the transcript with its timed words.
type Export struct {
	Transcript
	Segments []Segment `json:"segments" nullable:"false"`
}
