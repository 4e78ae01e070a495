package store

import (
	"context"

	"talkit"
)

// Answer is what was answered to a request with an Idempotency-Key.
type Answer struct {
	Owner       string      `db:"owner"` // whose credential it was: "user 7"
	Method      string      `db:"method"`
	Path        string      `db:"path"`
	Key         string      `db:"key"`
	Token       string      `db:"token"` // of the request that runs or ran
	LeasedUntil talkit.Time `db:"leased_until"`
	Fingerprint []byte      `db:"fingerprint"`  // of the request's content
	Status      int         `db:"status"`       // 0 while the request runs
	Sealed      []byte      `db:"sealed"`       // nil once what it showed was erased
	RecordingID int64       `db:"recording_id"` // that it shows, 0 for none
	CreatedOn   talkit.Time `db:"created_on"`
}

const answerKey = " WHERE owner = ? AND method = ? AND path = ? AND key = ?"

// Answer reads what is kept under a key.
func (q queries) Answer(ctx context.Context, a Answer) (Answer, error) {
	return one[Answer](ctx, q, "answer", `SELECT owner, method, path, key, token, leased_until, fingerprint, status, sealed, recording_id, created_on
		FROM kept_answers`+answerKey, a.Owner, a.Method, a.Path, a.Key)
}

// ReserveAnswer makes a the request that runs under its key. It returns false
// when another runs, or has been answered, since expired.
func (tx *Tx) ReserveAnswer(ctx context.Context, a Answer, expired talkit.Time) (bool, error) {
	n, err := tx.exec(ctx, `INSERT INTO kept_answers (owner, method, path, key, token, leased_until, created_on) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (owner, method, path, key) DO UPDATE SET token = excluded.token, leased_until = excluded.leased_until,
			created_on = excluded.created_on, status = 0, sealed = NULL, fingerprint = NULL, recording_id = 0
		WHERE kept_answers.created_on < ? OR (kept_answers.status = 0 AND kept_answers.leased_until < excluded.created_on)`,
		a.Owner, a.Method, a.Path, a.Key, a.Token, a.LeasedUntil, a.CreatedOn, expired)
	return n > 0, err
}

// RenewAnswer says that the request still runs.
func (tx *Tx) RenewAnswer(ctx context.Context, a Answer) error {
	return tx.change(ctx, "answer", "UPDATE kept_answers SET leased_until = ?"+answerKey+" AND token = ?",
		a.LeasedUntil, a.Owner, a.Method, a.Path, a.Key, a.Token)
}

// KeepAnswer ends the request with its answer.
func (tx *Tx) KeepAnswer(ctx context.Context, a Answer) error {
	return tx.change(ctx, "answer", "UPDATE kept_answers SET status = ?, sealed = ?, fingerprint = ?, recording_id = ?"+answerKey+" AND token = ?",
		a.Status, a.Sealed, a.Fingerprint, a.RecordingID, a.Owner, a.Method, a.Path, a.Key, a.Token)
}

// DropAnswer ends the request without one: the key is free again.
func (tx *Tx) DropAnswer(ctx context.Context, a Answer) error {
	_, err := tx.exec(ctx, "DELETE FROM kept_answers"+answerKey+" AND token = ?", a.Owner, a.Method, a.Path, a.Key, a.Token)
	return err
}

// DropAnswersBefore forgets old ones.
func (tx *Tx) DropAnswersBefore(ctx context.Context, t talkit.Time) error {
	_, err := tx.exec(ctx, "DELETE FROM kept_answers WHERE created_on < ?", t)
	return err
}

// EraseAnswers empties what is kept about a recording. The keys stay taken.
func (tx *Tx) EraseAnswers(ctx context.Context, recordingID int64) error {
	_, err := tx.exec(ctx, "UPDATE kept_answers SET sealed = NULL, fingerprint = NULL WHERE recording_id = ? AND recording_id <> 0", recordingID)
	return err
}

// DropAnswersOf forgets all that is kept for an owner.
func (tx *Tx) DropAnswersOf(ctx context.Context, owner string) error {
	_, err := tx.exec(ctx, "DELETE FROM kept_answers WHERE owner = ?", owner)
	return err
}
