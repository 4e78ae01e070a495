package store

import (
	"context"

	"talkit"
)

const (
	recordingSelect = `SELECT r.id, r.user_id, r.installation_id, r.name, r.type, r.language, r.metadata, r.status, r.waiting_for, r.error,
	r.transcript_id, r.withdrawn, r.created_on, r.updated_on, r.audio_sha256 AS "audio.sha256", ` + audioColumns + `, ` + runColumns + `,
	n.recording_id AS "run.recording_id", n.user_id AS "run.user_id", n.model AS "run.model", n.hints AS "run.hints", n.error AS "run.error",
	n.work_key AS "run.work_key", n.work_channels AS "run.work_channels", n.channels_apart AS "run.channels_apart",
	n.pieces AS "run.pieces", n.pieces_left AS "run.pieces_left", n.pace_seconds AS "run.pace_seconds", n.pace_pieces AS "run.pace_pieces",
	n.away_since AS "run.away_since", ` + againColumns + `
	FROM recordings r JOIN runs n ON n.id = r.run_id LEFT JOIN runs g ON g.id = r.again_id`

	// againColumns are of the run g that turns a recording into text again, zero where none does.
	againColumns = `COALESCE(g.id, 0) AS "again.id", COALESCE(g.status, '') AS "again.status", COALESCE(g.engine, '') AS "again.engine",
	COALESCE(g.language, '') AS "again.language", COALESCE(g.model, '') AS "again.model", g.hints AS "again.hints", COALESCE(g.error, '') AS "again.error",
	COALESCE(g.work_key, '') AS "again.work_key", COALESCE(g.pieces, 0) AS "again.pieces", COALESCE(g.pieces_left, 0) AS "again.pieces_left",
	COALESCE(g.work_channels, 0) AS "again.work_channels", COALESCE(g.channels_apart, FALSE) AS "again.channels_apart",
	COALESCE(g.pace_seconds, 0) AS "again.pace_seconds", COALESCE(g.pace_pieces, 0) AS "again.pace_pieces",
	COALESCE(g.away_since, 0) AS "again.away_since",
	COALESCE(g.created_on, 0) AS "again.created_on", COALESCE(g.started_on, 0) AS "again.started_on", COALESCE(g.completed_on, 0) AS "again.completed_on"`
)

// Recording reads one, with its latest run.
func (q queries) Recording(ctx context.Context, id int64) (talkit.Recording, error) {
	return one[talkit.Recording](ctx, q, "recording", recordingSelect+" WHERE r.id = ?", id)
}

// RecordingOfRun reads the recording whose latest run that is, or that it turns
// into text again.
func (q queries) RecordingOfRun(ctx context.Context, runID int64) (talkit.Recording, error) {
	return one[talkit.Recording](ctx, q, "recording",
		recordingSelect+" WHERE r.id = (SELECT recording_id FROM runs WHERE id = ?) AND ? IN (r.run_id, r.again_id)", runID, runID)
}

// RecordingsOfUser reads a part of a user's recordings.
func (q queries) RecordingsOfUser(ctx context.Context, userID int64, p talkit.Page) (talkit.List[talkit.Recording], error) {
	return q.recordings(ctx, recordingsOfUser, "r.user_id", userID, p)
}

// RecordingsOfInstallation reads a part of those an installation submitted.
func (q queries) RecordingsOfInstallation(ctx context.Context, installationID int64, p talkit.Page) (talkit.List[talkit.Recording], error) {
	return q.recordings(ctx, recordingsOfInstallation, "r.installation_id", installationID, p)
}

func (q queries) recordings(ctx context.Context, list counted, column string, owner int64, p talkit.Page) (talkit.List[talkit.Recording], error) {
	total, err := q.total(ctx, list, owner)
	if err != nil {
		return talkit.List[talkit.Recording]{}, err
	}
	return listed[talkit.Recording](ctx, q, p, total, recordingSelect+" WHERE "+column+" = ?", "r.id", owner)
}

// AddRecording sets the ids of r and of its first run.
func (tx *Tx) AddRecording(ctx context.Context, r *talkit.Recording) error {
	if err := tx.countRecording(ctx, *r, 1); err != nil {
		return err
	}
	var err error
	r.ID, err = tx.insert(ctx, `INSERT INTO recordings (user_id, installation_id, name, type, language, metadata, status, waiting_for,
		audio_key, audio_size, audio_sha256, audio_content_type, audio_duration_ms, created_on, updated_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.UserID, r.InstallationID, r.Name, r.Type, r.Language, r.Metadata, r.Status, r.WaitingFor,
		r.Audio.Key, r.Audio.Size, r.Audio.SHA256, r.Audio.ContentType, r.Audio.DurationMS, r.CreatedOn, r.UpdatedOn)
	if err != nil {
		return err
	}
	return tx.AddRun(ctx, r)
}

func (tx *Tx) countRecording(ctx context.Context, r talkit.Recording, by int) error {
	if err := tx.count(ctx, recordingsOfUser, r.UserID, by); err != nil || r.InstallationID == nil {
		return err
	}
	return tx.count(ctx, recordingsOfInstallation, *r.InstallationID, by)
}

// SetRecording changes how far a recording has come.
func (tx *Tx) SetRecording(ctx context.Context, r talkit.Recording) error {
	return tx.change(ctx, "recording", `UPDATE recordings SET status = ?, waiting_for = ?, error = ?, transcript_id = ?,
		audio_duration_ms = ?, audio_content_type = ?, updated_on = ? WHERE id = ?`,
		r.Status, r.WaitingFor, r.Error, r.TranscriptID, r.Audio.DurationMS, r.Audio.ContentType, r.UpdatedOn, r.ID)
}

// SetRecordingDetails changes what was said of a recording when it was submitted.
func (tx *Tx) SetRecordingDetails(ctx context.Context, r talkit.Recording) error {
	return tx.change(ctx, "recording", "UPDATE recordings SET name = ?, type = ?, metadata = ? WHERE id = ?", r.Name, r.Type, r.Metadata, r.ID)
}

// LockRecording reads a recording and keeps others from changing it until the
// transaction ends.
func (tx *Tx) LockRecording(ctx context.Context, id int64) (talkit.Recording, error) {
	if err := tx.change(ctx, "recording", "UPDATE recordings SET id = id WHERE id = ?", id); err != nil {
		return talkit.Recording{}, err
	}
	return tx.Recording(ctx, id)
}

// DeleteRecording takes a recording away with its runs, texts and transcript.
func (tx *Tx) DeleteRecording(ctx context.Context, r talkit.Recording) error {
	if err := tx.change(ctx, "recording", "DELETE FROM recordings WHERE id = ?", r.ID); err != nil {
		return err
	}
	return tx.countRecording(ctx, r, -1)
}

// WorkKeys are the blobs of decoded sound of a recording.
func (q queries) WorkKeys(ctx context.Context, recordingID int64) ([]string, error) {
	return many[string](ctx, q, "SELECT work_key FROM runs WHERE recording_id = ? AND work_key <> ''", recordingID)
}

// AddLooseBlob notes a blob that no row refers to: it is swept away at sweepOn.
func (tx *Tx) AddLooseBlob(ctx context.Context, key string, sweepOn talkit.Time) error {
	_, err := tx.exec(ctx, "INSERT INTO loose_blobs (key, sweep_on) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET sweep_on = excluded.sweep_on", key, sweepOn)
	return err
}

// RemoveLooseBlob is called when a row refers to the blob, or it is gone. An
// unknown key is talkit.Missing: the sweep had it.
func (tx *Tx) RemoveLooseBlob(ctx context.Context, key string) error {
	return tx.change(ctx, "blob", "DELETE FROM loose_blobs WHERE key = ?", key)
}

// HastenLooseBlob lets the sweep have a blob now, if it is still loose.
func (tx *Tx) HastenLooseBlob(ctx context.Context, key string, sweepOn talkit.Time) error {
	_, err := tx.exec(ctx, "UPDATE loose_blobs SET sweep_on = ? WHERE key = ?", sweepOn, key)
	return err
}

// LooseBlobs reads keys whose time is over.
func (q queries) LooseBlobs(ctx context.Context, now talkit.Time, limit int) ([]string, error) {
	return many[string](ctx, q, "SELECT key FROM loose_blobs WHERE sweep_on <= ? ORDER BY sweep_on LIMIT ?+0", now, limit)
}
