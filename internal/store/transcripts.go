package store

import (
	"context"

	"talkit"
)

const (
	runColumns = `n.id AS "run.id", n.status AS "run.status", n.engine AS "run.engine", n.language AS "run.language",
	n.created_on AS "run.created_on", n.started_on AS "run.started_on", n.completed_on AS "run.completed_on"`

	audioColumns = `r.audio_key AS "audio.key", r.audio_size AS "audio.size", r.audio_content_type AS "audio.content_type",
	r.audio_duration_ms AS "audio.duration_ms"`

	transcriptColumns = `SELECT t.id, t.recording_id, t.user_id, t.name, t.description, t.text, t.type, t.disabled, t.crm_integration_id,
	t.metadata, t.created_on, t.updated_on, ` + audioColumns + `, ` + runColumns

	transcriptSelect = transcriptColumns + ` FROM transcripts t JOIN recordings r ON r.id = t.recording_id JOIN runs n ON n.id = t.run_id`
)

// Transcript reads a transcript of a user.
func (q queries) Transcript(ctx context.Context, userID, id int64) (talkit.Transcript, error) {
	return one[talkit.Transcript](ctx, q, "transcript", transcriptSelect+" WHERE t.user_id = ? AND t.id = ?", userID, id)
}

// TranscriptOfRecording reads what was released of a recording.
func (q queries) TranscriptOfRecording(ctx context.Context, recordingID int64) (talkit.Transcript, error) {
	return one[talkit.Transcript](ctx, q, "transcript", transcriptSelect+" WHERE t.recording_id = ?", recordingID)
}

// Transcripts reads a part of a user's transcripts.
func (q queries) Transcripts(ctx context.Context, userID int64, p talkit.Page) (talkit.List[talkit.Transcript], error) {
	// The page is read before the total, so that a transcript that comes
	// between them is counted rather than shown and not counted.
	items, more, err := page[talkit.Transcript](ctx, q, p, transcriptSelect+" WHERE t.user_id = ?", "t.id", userID)
	if err != nil {
		return talkit.List[talkit.Transcript]{}, err
	}
	total, err := q.total(ctx, transcriptsOfUser, userID)
	return talkit.List[talkit.Transcript]{Items: items, HasMore: more, Total: total}, err
}

// AddTranscript sets t's id: the user's counter is taken first, so that ids
// of one user become visible in order.
func (tx *Tx) AddTranscript(ctx context.Context, t *talkit.Transcript) error {
	if err := tx.count(ctx, transcriptsOfUser, t.UserID, 1); err != nil {
		return err
	}
	var err error
	t.ID, err = tx.insert(ctx, `INSERT INTO transcripts (recording_id, user_id, run_id, name, description, text, type, disabled,
		crm_integration_id, metadata, created_on, updated_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.RecordingID, t.UserID, t.Run.ID, t.Name, t.Description, t.Text, t.Type, t.Disabled,
		t.CRMIntegrationID, t.Metadata, t.CreatedOn, t.UpdatedOn)
	return err
}

// SetTranscript changes text, what a person said of it, and standing.
func (tx *Tx) SetTranscript(ctx context.Context, t talkit.Transcript) error {
	return tx.change(ctx, "transcript", `UPDATE transcripts SET run_id = ?, name = ?, description = ?, text = ?, type = ?, metadata = ?,
		disabled = ?, updated_on = ? WHERE id = ?`,
		t.Run.ID, t.Name, t.Description, t.Text, t.Type, t.Metadata, t.Disabled, t.UpdatedOn, t.ID)
}

// DeleteTranscript takes a transcript out of the list.
func (tx *Tx) DeleteTranscript(ctx context.Context, t talkit.Transcript) error {
	if err := tx.change(ctx, "transcript", "DELETE FROM transcripts WHERE id = ?", t.ID); err != nil {
		return err
	}
	return tx.count(ctx, transcriptsOfUser, t.UserID, -1)
}
