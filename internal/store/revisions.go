package store

import (
	"context"
)

// Revision reads one text of a recording.
func (q queries) Revision(ctx context.Context, recordingID int64, number int) (RevisionRun, error) {
	return one[RevisionRun](ctx, q, "revision", "SELECT v.id, v.recording_id, v.number, v.run_id, v.user_id, v.text, v.segments, v.created_on, "+runOfRevision+`
		FROM revisions v LEFT JOIN runs n ON n.id = v.run_id WHERE v.recording_id = ? AND v.number = ?`, recordingID, number)
}

// RevisionHeads reads a part of a recording's texts, newest first, without
// their text: those with a number below before.
func (q queries) RevisionHeads(ctx context.Context, recordingID int64, before, limit int) ([]RevisionRun, error) {
	return many[RevisionRun](ctx, q, "SELECT v.id, v.recording_id, v.number, v.run_id, v.user_id, v.created_on, "+runOfRevision+`
		FROM revisions v LEFT JOIN runs n ON n.id = v.run_id WHERE v.recording_id = ? AND v.number < ? ORDER BY v.number DESC LIMIT ?+0`,
		recordingID, before, limit)
}

// Opening reads how the current text of a recording begins, enough for a title.
func (q queries) Opening(ctx context.Context, recordingID int64) (string, error) {
	return one[string](ctx, q, "transcript", "SELECT SUBSTR(text, 1, 1000) FROM revisions WHERE recording_id = ? ORDER BY number DESC LIMIT 1", recordingID)
}
