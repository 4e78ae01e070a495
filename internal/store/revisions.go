package store

import (
	"context"

	"talkit"
)

const (
	revisionSelect = "SELECT v.id, v.recording_id, v.number, v.run_id, v.user_id, v.text, v.segments, v.parts, v.created_on, " + runOfRevision + revisionsOf
	revisionTexts  = "SELECT v.id, v.recording_id, v.number, v.run_id, v.user_id, v.text, v.created_on, " + runOfRevision + revisionsOf
	revisionHeads  = "SELECT v.id, v.recording_id, v.number, v.run_id, v.user_id, v.created_on, " + runOfRevision + revisionsOf

	revisionsOf = " FROM revisions v LEFT JOIN runs n ON n.id = v.run_id WHERE v.recording_id = ?"

	// runOfRevision is the run n that made a revision, zero where none did.
	runOfRevision = `COALESCE(n.id, 0) AS "run.id", COALESCE(n.status, '') AS "run.status", COALESCE(n.engine, '') AS "run.engine",
		COALESCE(n.language, '') AS "run.language", COALESCE(n.created_on, 0) AS "run.created_on",
		COALESCE(n.started_on, 0) AS "run.started_on", COALESCE(n.completed_on, 0) AS "run.completed_on"`
)

// RevisionRun is a revision with the run that made it, if one did.
type RevisionRun struct {
	talkit.Revision
	Run   talkit.Run `db:"run"`
	Parts int        `db:"parts"` // of its segments that stand apart
}

// CurrentRevision reads the newest text of a recording.
func (q queries) CurrentRevision(ctx context.Context, recordingID int64) (talkit.Revision, error) {
	v, err := q.wholeRevision(ctx, "transcript", revisionSelect+" ORDER BY v.number DESC LIMIT 1", recordingID)
	return v.Revision, err
}

// TextAlone is CurrentRevision without its segments.
func (q queries) TextAlone(ctx context.Context, recordingID int64) (talkit.Revision, error) {
	v, err := one[RevisionRun](ctx, q, "transcript", revisionTexts+" ORDER BY v.number DESC LIMIT 1", recordingID)
	return v.Revision, err
}

// RevisionText is Revision without its segments.
func (q queries) RevisionText(ctx context.Context, recordingID int64, number int) (RevisionRun, error) {
	return one[RevisionRun](ctx, q, "revision", revisionTexts+" AND v.number = ?", recordingID, number)
}

// Revision reads one text of a recording.
func (q queries) Revision(ctx context.Context, recordingID int64, number int) (RevisionRun, error) {
	return q.wholeRevision(ctx, "revision", revisionSelect+" AND v.number = ?", recordingID, number)
}

func (q queries) wholeRevision(ctx context.Context, thing, query string, args ...any) (RevisionRun, error) {
	v, err := one[RevisionRun](ctx, q, thing, query, args...)
	if err != nil || v.Parts == 0 {
		return v, err
	}
	parts, err := many[talkit.Segments](ctx, q, "SELECT segments FROM revision_parts WHERE revision_id = ? ORDER BY number", v.ID)
	if err == nil && len(parts) != v.Parts { // deleted meanwhile
		err = talkit.Missing(thing)
	}
	for _, part := range parts {
		v.Segments = append(v.Segments, part...)
	}
	return v, err
}

// RevisionHeads reads a part of a recording's texts, newest first, without
// their text: those with a number below before.
func (q queries) RevisionHeads(ctx context.Context, recordingID int64, before, limit int) ([]RevisionRun, error) {
	return many[RevisionRun](ctx, q, revisionHeads+" AND v.number < ? ORDER BY v.number DESC LIMIT ?+0", recordingID, before, limit)
}

// Revisions reads a part of a recording's texts, without their segments.
func (q queries) Revisions(ctx context.Context, recordingID int64, p talkit.Page) (talkit.List[RevisionRun], error) {
	var total int64
	if err := q.on.get(ctx, &total, "SELECT COUNT(*) FROM revisions WHERE recording_id = ?", recordingID); err != nil {
		return talkit.List[RevisionRun]{}, err
	}
	return listed[RevisionRun](ctx, q, p, total, revisionTexts, "v.id", recordingID)
}

// Opening reads how the current text of a recording begins, enough for a title.
func (q queries) Opening(ctx context.Context, recordingID int64) (string, error) {
	return one[string](ctx, q, "transcript", "SELECT SUBSTR(text, 1, 1000) FROM revisions WHERE recording_id = ? ORDER BY number DESC LIMIT 1", recordingID)
}

// AddRevision sets v's id and number. The recording is locked by the caller.
func (tx *Tx) AddRevision(ctx context.Context, v *talkit.Revision) (err error) {
	if err := tx.on.get(ctx, &v.Number, "SELECT COALESCE(MAX(number), 0) + 1 FROM revisions WHERE recording_id = ?", v.RecordingID); err != nil {
		return err
	}
	parts := partsOf(v.Segments)
	v.ID, err = tx.insert(ctx, "INSERT INTO revisions (recording_id, number, run_id, user_id, text, segments, parts, created_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		v.RecordingID, v.Number, v.RunID, v.UserID, v.Text, parts[0], len(parts)-1, v.CreatedOn)
	if err != nil {
		return err
	}
	for i, part := range parts[1:] {
		if _, err := tx.exec(ctx, "INSERT INTO revision_parts (revision_id, number, segments) VALUES (?, ?, ?)", v.ID, i, part); err != nil {
			return err
		}
	}
	return nil
}

// partWords is how many words make a part: a quarter of an hour, or 200 KiB.
const partWords = 2500

// partsOf cuts segments, into one part at least.
func partsOf(all talkit.Segments) []talkit.Segments {
	var parts []talkit.Segments
	from, words := 0, 0
	for i, segment := range all {
		if words += len(segment.Words) + 1; words > partWords && i > from {
			parts = append(parts, all[from:i])
			from, words = i, len(segment.Words)+1
		}
	}
	return append(parts, all[from:])
}
