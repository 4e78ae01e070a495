package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"talkit"
)

// AddRun starts a new run of r and makes it the latest.
func (tx *Tx) AddRun(ctx context.Context, r *talkit.Recording) (err error) {
	r.Run = talkit.Run{Language: r.Language, Model: r.Run.Model, Hints: r.Run.Hints}
	if err := tx.addRun(ctx, *r, &r.Run); err != nil {
		return err
	}
	return tx.change(ctx, "recording", "UPDATE recordings SET run_id = ? WHERE id = ?", r.Run.ID, r.ID)
}

// AddAgain starts a run that turns r into text once more, while its text stays.
// r.Again says its language, model and hints.
func (tx *Tx) AddAgain(ctx context.Context, r *talkit.Recording) error {
	r.Again = talkit.Run{Language: r.Again.Language, Model: r.Again.Model, Hints: r.Again.Hints}
	if err := tx.addRun(ctx, *r, &r.Again); err != nil {
		return err
	}
	return tx.change(ctx, "recording", "UPDATE recordings SET again_id = ? WHERE id = ?", r.Again.ID, r.ID)
}

func (tx *Tx) addRun(ctx context.Context, r talkit.Recording, run *talkit.Run) (err error) {
	run.RecordingID, run.UserID, run.Status, run.CreatedOn, run.WorkChannels = r.ID, r.UserID, talkit.RunQueued, r.UpdatedOn, 1
	run.ID, err = tx.insert(ctx, "INSERT INTO runs (recording_id, user_id, status, language, model, hints, created_on) VALUES (?, ?, ?, ?, ?, ?, ?)",
		r.ID, r.UserID, run.Status, run.Language, run.Model, run.Hints, run.CreatedOn)
	return err
}

// TakeAgain makes the run that turned r into text once more the one its text is of.
func (tx *Tx) TakeAgain(ctx context.Context, r *talkit.Recording) error {
	r.Run, r.Again = r.Again, talkit.Run{}
	return tx.change(ctx, "recording", "UPDATE recordings SET run_id = ?, again_id = 0 WHERE id = ?", r.Run.ID, r.ID)
}

// DropAgain has a recording's text come from the run it came from.
func (tx *Tx) DropAgain(ctx context.Context, recordingID int64) error {
	return tx.change(ctx, "recording", "UPDATE recordings SET again_id = 0 WHERE id = ?", recordingID)
}

// Run reads a run.
func (q queries) Run(ctx context.Context, id int64) (talkit.Run, error) {
	return one[talkit.Run](ctx, q, "run", `SELECT id, recording_id, user_id, status, engine, language, model, hints, error, work_key, work_channels, channels_apart,
		pieces, pieces_left, away_since, created_on, started_on, completed_on FROM runs WHERE id = ?`, id)
}

// SetRun changes how far a run has come, from a status it must have. It
// returns false, and changes nothing, when the run is not there any more.
func (tx *Tx) SetRun(ctx context.Context, run talkit.Run, from talkit.RunStatus) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE runs SET status = ?, engine = ?, language = ?, error = ?, work_key = ?, work_channels = ?, channels_apart = ?,
		started_on = ?, completed_on = ?, away_since = 0 WHERE id = ? AND status = ?`, run.Status, run.Engine, run.Language, run.Error, run.WorkKey,
		run.WorkChannels, run.ChannelsApart, run.StartedOn, run.CompletedOn, run.ID, from)
	return n > 0, err
}

// AddPieces gives a run its pieces.
func (tx *Tx) AddPieces(ctx context.Context, runID int64, userID int64, pieces []talkit.Piece) error {
	for i, p := range pieces {
		if _, err := tx.exec(ctx, "INSERT INTO pieces (run_id, number, start_byte, end_byte, channel, status) VALUES (?, ?, ?, ?, ?, 'queued')",
			runID, i, p.Start, p.End, p.Channel); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, "INSERT INTO speech_turns (user_id, served_on) VALUES (?, 0) ON CONFLICT (user_id) DO NOTHING", userID); err != nil {
		return err
	}
	return tx.change(ctx, "run", "UPDATE runs SET pieces = ?, pieces_left = ?, pieces_queued = ? WHERE id = ?", len(pieces), len(pieces), len(pieces), runID)
}

// ClaimedPiece is a piece with what is needed to recognise it.
type ClaimedPiece struct {
	talkit.Piece
	RecordingID int64  `db:"recording_id"`
	UserID      int64  `db:"user_id"`
	Language    string `db:"language"`
	Model       string `db:"model"`
	Hints       *bool  `db:"hints"`
	WorkKey     string `db:"work_key"`

	WorkChannels  int  `db:"work_channels"`
	ChannelsApart bool `db:"channels_apart"`
}

const claimedSelect = `SELECT p.id, p.run_id, p.number, p.start_byte, p.end_byte, p.channel, p.status, p.claimed_by, p.attempts,
	n.recording_id, n.user_id, n.language, n.model, n.hints, n.work_key, n.work_channels, n.channels_apart FROM pieces p JOIN runs n ON n.id = p.run_id`

// ClaimPiece gives a job the piece it had claimed before, or else the fairest
// next: of the user served longest ago, then of the run with least left, its
// longest. Missing says that there is none, or on PostgreSQL that others are
// just claiming what there is: see HasQueuedPiece.
//
// Pieces of the models named are left out, and one of them that the job held is
// given back.
func (tx *Tx) ClaimPiece(ctx context.Context, jobID int64, now talkit.Time, away ...string) (ClaimedPiece, error) {
	held, err := one[ClaimedPiece](ctx, tx.queries, "piece", claimedSelect+" WHERE p.claimed_by = ? AND p.status = 'running'", jobID)
	switch {
	case err == nil && slices.Contains(away, held.Model):
		err = tx.giveBack(ctx, held)
	case err == nil:
		return held, nil
	case talkit.IsNotFound(err):
		err = nil
	}
	if err != nil {
		return ClaimedPiece{}, err
	}
	condition, args := LeaveOut{Models: away}.models("n2.model")
	var id int64
	err = tx.on.get(ctx, &id, `SELECT p.id FROM pieces p
		JOIN runs n ON n.id = p.run_id JOIN speech_turns s ON s.user_id = n.user_id
		WHERE p.status = 'queued' AND n.pieces_queued > 0 AND n.id = (
			SELECT n2.id FROM runs n2 JOIN speech_turns s2 ON s2.user_id = n2.user_id
			WHERE n2.pieces_queued > 0`+condition+` ORDER BY s2.served_on, n2.pieces_left, n2.id LIMIT 1)
		ORDER BY p.end_byte - p.start_byte DESC, p.number LIMIT 1`+tx.skipLocked(), args...)
	if errors.Is(err, sql.ErrNoRows) {
		return ClaimedPiece{}, talkit.Missing("piece")
	}
	if err != nil {
		return ClaimedPiece{}, err
	}
	return tx.claim(ctx, id, jobID, now)
}

// giveBack lets another job have a piece.
func (tx *Tx) giveBack(ctx context.Context, p ClaimedPiece) error {
	n, err := tx.exec(ctx, "UPDATE pieces SET status = 'queued', claimed_by = 0 WHERE id = ? AND claimed_by = ? AND status = 'running'", p.ID, p.ClaimedBy)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE runs SET pieces_queued = pieces_queued + 1 WHERE id = ?", p.RunID)
	return err
}

// skipLocked keeps claims from waiting for each other.
func (tx *Tx) skipLocked() string {
	if tx.dialect == Postgres {
		return " FOR UPDATE OF p SKIP LOCKED"
	}
	return ""
}

// HasQueuedPiece tells whether any piece waits to be claimed.
func (q queries) HasQueuedPiece(ctx context.Context) (has bool, err error) {
	err = q.on.get(ctx, &has, "SELECT EXISTS (SELECT 1 FROM runs WHERE pieces_queued > 0)")
	return has, err
}

func (tx *Tx) claim(ctx context.Context, id, jobID int64, now talkit.Time) (ClaimedPiece, error) {
	if err := tx.change(ctx, "piece", "UPDATE pieces SET status = 'running', claimed_by = ? WHERE id = ? AND status = 'queued'", jobID, id); err != nil {
		return ClaimedPiece{}, err
	}
	piece, err := one[ClaimedPiece](ctx, tx.queries, "piece", claimedSelect+" WHERE p.id = ?", id)
	if err != nil {
		return piece, err
	}
	if _, err := tx.exec(ctx, "UPDATE runs SET pieces_queued = pieces_queued - 1 WHERE id = ?", piece.RunID); err != nil {
		return piece, err
	}
	_, err = tx.exec(ctx, "UPDATE speech_turns SET served_on = ? WHERE user_id = ?", now, piece.UserID)
	return piece, err
}

// SetRunLanguage keeps the language found on the first speech, unless another
// piece was quicker; it returns the one that holds.
func (tx *Tx) SetRunLanguage(ctx context.Context, runID int64, language string) (string, error) {
	if _, err := tx.exec(ctx, "UPDATE runs SET language = ? WHERE id = ? AND language = ''", language, runID); err != nil {
		return "", err
	}
	run, err := tx.Run(ctx, runID)
	return run.Language, err
}

// FinishPiece keeps what was heard and returns how many pieces its run has
// left. It returns false when the piece is not this job's any more.
func (tx *Tx) FinishPiece(ctx context.Context, p talkit.Piece, jobID int64, now talkit.Time) (left int, ok bool, err error) {
	n, err := tx.exec(ctx, "UPDATE pieces SET status = 'done', left_out = ?, segments = ? WHERE id = ? AND claimed_by = ? AND status = 'running'",
		p.LeftOut, p.Segments, p.ID, jobID)
	if err != nil || n == 0 {
		return 0, false, err
	}
	if err := tx.pace(ctx, p.RunID, now); err != nil {
		return 0, true, err
	}
	err = tx.on.get(ctx, &left, "UPDATE runs SET pieces_left = pieces_left - 1 WHERE id = ? RETURNING pieces_left", p.RunID)
	return left, true, err
}

// pace notes that a piece of a run ended now. While it waits for its engine no
// time counts: see backAgain.
func (tx *Tx) pace(ctx context.Context, runID int64, now talkit.Time) error {
	_, err := tx.exec(ctx, `UPDATE runs SET pace_seconds = pace_seconds * 0.95 + (? - paced_on) / 1000000.0, pace_pieces = pace_pieces * 0.95 + 1
		WHERE id = ? AND paced_on > 0 AND away_since = 0`, now, runID)
	if err == nil {
		_, err = tx.exec(ctx, "UPDATE runs SET paced_on = ? WHERE id = ?", now, runID)
	}
	return err
}

// CountPieceAttempt counts a try that failed and returns how many there were.
func (tx *Tx) CountPieceAttempt(ctx context.Context, id, jobID int64) (attempts int, err error) {
	err = tx.on.get(ctx, &attempts, "UPDATE pieces SET attempts = attempts + 1 WHERE id = ? AND claimed_by = ? AND status = 'running' RETURNING attempts", id, jobID)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, talkit.Missing("piece")
	}
	return attempts, err
}

// Pieces reads the pieces of a run in order.
func (q queries) Pieces(ctx context.Context, runID int64) ([]talkit.Piece, error) {
	return many[talkit.Piece](ctx, q, "SELECT id, run_id, number, start_byte, end_byte, channel, status, left_out, segments FROM pieces WHERE run_id = ? ORDER BY number", runID)
}

// DropPieces forgets the pieces of a run that is over.
func (tx *Tx) DropPieces(ctx context.Context, runID int64) error {
	if _, err := tx.exec(ctx, "DELETE FROM pieces WHERE run_id = ?", runID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE runs SET pieces_queued = 0 WHERE id = ?", runID)
	return err
}
