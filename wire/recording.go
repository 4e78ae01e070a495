package wire

import "talkit"

// Recording is submitted sound, and how far it has come.
type Recording struct {
	ID           int64             `json:"id"`
	Name         string            `json:"name"`
	Type         string            `json:"type" enum:"note,meeting,task,letter"`
	Language     string            `json:"language" doc:"ISO 639-1; empty until it is known"`
	Metadata     map[string]string `json:"metadata"`
	Status       string            `json:"status" enum:"queued,processing,review,completed,failed"`
	WaitingFor   *WaitingFor       `json:"waiting_for" doc:"What keeps it from going on; null when nothing does"`
	Progress     float64           `json:"progress" doc:"0 to 1" minimum:"0" maximum:"1"`
	Error        *string           `json:"error" doc:"Why it failed, and what to do"`
	TranscriptID *int64            `json:"transcript_id" doc:"Once it is released"`
	Job          *Job              `json:"job"`
	SecondsLeft  *float64          `json:"seconds_left" doc:"How long it may take still, at the speed of its last pieces; null where that is not known"`
	Again        *Again            `json:"again" doc:"The run that turns it into text once more while its text stays: under way, failed, or ended in a text that waits for its person; null for none"`
	Audio        *Audio            `json:"audio" doc:"Its uri is empty where the caller may not read the sound"`
	CreatedOn    string            `json:"created_on"`
	UpdatedOn    string            `json:"updated_on"`
}

// Again is a run that turns a recording into text once more.
type Again struct {
	Job         *Job        `json:"job"`
	Model       string      `json:"model" doc:"The one asked for; empty for the server's own"`
	WaitingFor  *WaitingFor `json:"waiting_for" doc:"What keeps it from going on; null when nothing does"`
	Progress    float64     `json:"progress" doc:"0 to 1" minimum:"0" maximum:"1"`
	SecondsLeft *float64    `json:"seconds_left" doc:"As of a Recording"`
	Error       *string     `json:"error" doc:"Why it failed, or why its text was not released, and what to do; the text is as it was"`
}

func (m Maker) again(run talkit.Run) *Again {
	if run.ID == 0 {
		return nil
	}
	return &Again{Job: m.job(run), Model: run.Model, WaitingFor: waitingFor(run.WaitingFor()), Progress: run.Progress(), SecondsLeft: secondsLeft(run), Error: optional(run.Error)}
}

func secondsLeft(run talkit.Run) *float64 {
	if seconds, known := run.SecondsLeft(); known {
		return &seconds
	}
	return nil
}

// WaitingFor says what a recording waits for.
type WaitingFor struct {
	Code    string `json:"code" enum:"engine,review"`
	Message string `json:"message"`
}

func waitingFor(what talkit.WaitingFor) *WaitingFor {
	if what == talkit.WaitingForNothing {
		return nil
	}
	return &WaitingFor{Code: string(what), Message: what.Message()}
}

// Recording shows r.
func (m Maker) Recording(r talkit.Recording) Recording {
	shown := Recording{
		ID: r.ID, Name: r.Name, Type: string(r.Type), Language: r.Run.Language, Metadata: pairs(r.Metadata),
		SecondsLeft: secondsLeft(r.Run), Again: m.again(r.Again),
		Status: string(r.Status), Progress: r.Progress(), Error: optional(r.Error), TranscriptID: r.TranscriptID,
		WaitingFor: waitingFor(r.WaitingFor),
		Job:        m.job(r.Run), CreatedOn: r.CreatedOn.String(), UpdatedOn: r.UpdatedOn.String(),
	}
	if shown.Language == "" {
		shown.Language = r.Language
	}
	if r.Audio.Key != "" {
		shown.Audio = m.audio(r.ID, r.Audio)
		shown.Audio.URI = m.recordingAudio(r.ID)
	}
	return shown
}

// RecordingForPlugin shows r to the installation that submitted it: nothing
// that its person withdrew, and an address of the sound only where it may read that.
func (m Maker) RecordingForPlugin(r talkit.Recording, granted talkit.Permissions) Recording {
	shown := m.Recording(r)
	shown.Again = nil // its person's doing
	switch {
	case r.Withdrawn:
		shown.Metadata, shown.Audio = map[string]string{}, nil
	case shown.Audio == nil:
	case r.TranscriptID != nil && granted.Allows(talkit.ResourceAudio, talkit.AccessRead):
		shown.Audio.URI = m.transcriptAudio(*r.TranscriptID)
	default:
		shown.Audio.URI = ""
	}
	return shown
}

// Revision is one version of a recording's text.
type Revision struct {
	ID        int64  `json:"id"`
	Number    int    `json:"number" doc:"From 1; the highest is the current one"`
	Author    string `json:"author" enum:"engine,person"`
	Text      string `json:"text"`
	Job       *Job   `json:"job" doc:"The run that made it; null for a person's"`
	CreatedOn string `json:"created_on"`
}

// Revision shows r with the run that made it, if one did.
func (m Maker) Revision(r talkit.Revision, run talkit.Run) Revision {
	author := "person"
	if r.RunID != nil {
		author = "engine"
	}
	return Revision{ID: r.ID, Number: r.Number, Author: author, Text: r.Text, Job: m.job(run), CreatedOn: r.CreatedOn.String()}
}
