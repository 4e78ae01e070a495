package store

import (
	"context"

	"talkit"
)

// inWork are runs that are not over; it has the words of the index runs_in_work.
const inWork = "status IN ('queued', 'running')"

// ModelInWork is a model that runs need which are not over.
type ModelInWork struct {
	Model string      `db:"model"`
	First talkit.Time `db:"first"` // since when the earliest of them waits for its engine, 0 where one does not
	Last  talkit.Time `db:"last"`  // and the latest, 0 where none does
}

// ModelsInWork reads those of all runs.
func (q queries) ModelsInWork(ctx context.Context) ([]ModelInWork, error) {
	return many[ModelInWork](ctx, q, "SELECT model, MIN(away_since) AS first, MAX(away_since) AS last FROM runs WHERE "+inWork+" GROUP BY model ORDER BY model")
}

// Owned is a recording and whose it is.
type Owned struct {
	ID     int64 `db:"id"`
	UserID int64 `db:"user_id"`
}

// SetModelAway notes on all runs of a model that its engine is away, and returns
// the recordings of which that is news.
func (tx *Tx) SetModelAway(ctx context.Context, model string, now talkit.Time) ([]Owned, error) {
	news, err := many[Owned](ctx, tx.queries, `UPDATE recordings SET updated_on = ?,
			waiting_for = CASE WHEN status IN ('queued', 'processing') THEN ? ELSE waiting_for END
		WHERE id IN (SELECT recording_id FROM runs WHERE `+inWork+` AND model = ? AND away_since = 0) RETURNING id, user_id`, now, talkit.WaitingForEngine, model)
	if err == nil {
		_, err = tx.exec(ctx, "UPDATE runs SET away_since = ? WHERE "+inWork+" AND model = ? AND away_since = 0", now, model)
	}
	return news, err
}

// SetModelBack is SetModelAway once it is there again.
func (tx *Tx) SetModelBack(ctx context.Context, model string, now talkit.Time) ([]Owned, error) {
	news, err := many[Owned](ctx, tx.queries, `UPDATE recordings SET updated_on = ?, waiting_for = CASE WHEN waiting_for = ? THEN '' ELSE waiting_for END
		WHERE id IN (SELECT recording_id FROM runs WHERE `+inWork+` AND model = ? AND away_since <> 0) RETURNING id, user_id`, now, talkit.WaitingForEngine, model)
	if err == nil {
		_, err = tx.exec(ctx, "UPDATE runs SET "+backAgain+" WHERE "+inWork+" AND model = ? AND away_since <> 0", now, model)
	}
	return news, err
}

// backAgain takes a run's mark away. The time that its engine was away is none
// of its pace.
const backAgain = "away_since = 0, paced_on = CASE WHEN paced_on = 0 THEN paced_on ELSE ? END"

// SetWaiting notes what a recording in work waits for; it tells whether that is
// news. One that has its text waits for nothing but its person, while the run
// that turns it into text again may wait for its engine.
func (tx *Tx) SetWaiting(ctx context.Context, id int64, what talkit.WaitingFor, now talkit.Time) (bool, error) {
	own, err := tx.exec(ctx, "UPDATE recordings SET waiting_for = ?, updated_on = ? WHERE id = ? AND waiting_for <> ? AND status IN ('queued', 'processing')",
		what, now, id, what)
	if err != nil {
		return false, err
	}
	query := "UPDATE runs SET " + backAgain + " WHERE recording_id = ? AND " + inWork + " AND away_since <> 0"
	if what == talkit.WaitingForEngine {
		query = "UPDATE runs SET away_since = ? WHERE recording_id = ? AND " + inWork + " AND away_since = 0"
	}
	runs, err := tx.exec(ctx, query, now, id)
	if err == nil && own == 0 && runs > 0 {
		err = tx.TouchRecording(ctx, id, now)
	}
	return own+runs > 0, err
}

// RunsAway are runs whose engine has been away since before a time.
func (q queries) RunsAway(ctx context.Context, model string, before talkit.Time) ([]int64, error) {
	return many[int64](ctx, q, "SELECT id FROM runs WHERE "+inWork+" AND model = ? AND away_since > 0 AND away_since < ?", model, before)
}

// RestartPace has no run be slow for the time that nobody worked.
func (tx *Tx) RestartPace(ctx context.Context, now talkit.Time) error {
	_, err := tx.exec(ctx, "UPDATE runs SET paced_on = ? WHERE "+inWork+" AND paced_on > 0", now)
	return err
}
