package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"talkit"
)

// LeaveOut is what a claim does not take.
type LeaveOut struct {
	Models []string      // whose engines are away
	Longer time.Duration // sound that is longer, 0 for none
}

// models is a condition on a run's model, "" where there is none.
func (l LeaveOut) models(column string) (condition string, args []any) {
	if len(l.Models) == 0 {
		return "", nil
	}
	for _, model := range l.Models {
		args = append(args, model)
	}
	return " AND " + column + " NOT IN (?" + strings.Repeat(", ?", len(l.Models)-1) + ")", args
}

// expectedMS is talkit.Audio.Expected in SQL.
const expectedMS = "CASE WHEN r.audio_duration_ms > 0 THEN r.audio_duration_ms ELSE r.audio_size / 27 END"

// ClaimRun gives a job the queued run that it had claimed before, or else the
// fairest next to be decoded: of the user whose sound was decoded longest ago,
// the shortest. Missing says that there is none, or on PostgreSQL that others
// are just claiming what there is: see HasQueuedRun.
func (tx *Tx) ClaimRun(ctx context.Context, jobID int64, leave LeaveOut, now talkit.Time) (runID int64, err error) {
	held, err := one[int64](ctx, tx.queries, "run", "SELECT id FROM runs WHERE decoded_by = ? AND status = 'queued' ORDER BY id LIMIT 1", jobID)
	if err == nil || !talkit.IsNotFound(err) {
		return held, err
	}
	condition, args := leave.models("n.model")
	if leave.Longer > 0 {
		condition, args = condition+" AND "+expectedMS+" <= ?", append(args, leave.Longer.Milliseconds())
	}
	var next struct {
		ID     int64 `db:"id"`
		UserID int64 `db:"user_id"`
	}
	query := `SELECT n.id, n.user_id FROM runs n JOIN recordings r ON r.id = n.recording_id LEFT JOIN speech_turns s ON s.user_id = n.user_id
		WHERE n.status = 'queued' AND n.decoded_by = 0` + condition + ` ORDER BY COALESCE(s.decoded_on, 0), ` + expectedMS + `, n.id LIMIT 1`
	if tx.dialect == Postgres {
		query += " FOR UPDATE OF n SKIP LOCKED"
	}
	err = tx.on.get(ctx, &next, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, talkit.Missing("run")
	}
	if err != nil {
		return 0, err
	}
	if err := tx.change(ctx, "run", "UPDATE runs SET decoded_by = ? WHERE id = ? AND status = 'queued' AND decoded_by = 0", jobID, next.ID); err != nil {
		return 0, err
	}
	_, err = tx.exec(ctx, `INSERT INTO speech_turns (user_id, served_on, decoded_on) VALUES (?, 0, ?)
		ON CONFLICT (user_id) DO UPDATE SET decoded_on = excluded.decoded_on`, next.UserID, now)
	return next.ID, err
}

// ReleaseRun gives a claim of a job back, for others to take.
func (tx *Tx) ReleaseRun(ctx context.Context, runID, jobID int64) error {
	_, err := tx.exec(ctx, "UPDATE runs SET decoded_by = 0 WHERE id = ? AND decoded_by = ? AND status = 'queued'", runID, jobID)
	return err
}

// HasQueuedRun tells whether any run waits to be claimed.
func (q queries) HasQueuedRun(ctx context.Context) (has bool, err error) {
	err = q.on.get(ctx, &has, "SELECT EXISTS (SELECT 1 FROM runs WHERE status = 'queued' AND decoded_by = 0)")
	return has, err
}
