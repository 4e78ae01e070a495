package store

import (
	"context"
	"math"
	"strings"

	"talkit"
)

// OpenRecordings counts what is in work, and what failed and can be run again.
type OpenRecordings struct {
	Waiting int64 `db:"waiting"`
	Running int64 `db:"running"`
	Failed  int64 `db:"failed"`
}

// OpenRecordings reads them of everyone: those that get another text count too.
func (q queries) OpenRecordings(ctx context.Context) (OpenRecordings, error) {
	return one[OpenRecordings](ctx, q, "count", `SELECT
		(SELECT COUNT(*) FROM recordings WHERE status = 'queued' AND status IN ('queued', 'processing', 'failed')) +
		(SELECT COUNT(*) FROM runs g JOIN recordings r ON r.id = g.recording_id AND r.again_id = g.id
			WHERE g.status = 'queued' AND g.status IN ('queued', 'running')) AS waiting,
		(SELECT COUNT(*) FROM recordings WHERE status = 'processing' AND status IN ('queued', 'processing', 'failed')) +
		(SELECT COUNT(*) FROM runs g JOIN recordings r ON r.id = g.recording_id AND r.again_id = g.id
			WHERE g.status = 'running' AND g.status IN ('queued', 'running')) AS running,
		(SELECT COUNT(*) FROM recordings WHERE status = 'failed' AND status IN ('queued', 'processing', 'failed')) AS failed`)
}

// FailedSince counts the recordings of everyone whose text failed since.
func (q queries) FailedSince(ctx context.Context, since talkit.Time) (n int64, err error) {
	err = q.on.get(ctx, &n, `SELECT COUNT(*) FROM recordings r JOIN runs n ON n.id = r.run_id
		WHERE r.status = 'failed' AND r.status IN ('queued', 'processing', 'failed') AND n.completed_on >= ?`, since)
	return n, err
}

// FailedWith reads the ids of recordings of everyone that failed for the reason
// in these words and whose sound is kept, the oldest first.
func (q queries) FailedWith(ctx context.Context, words string, limit int) ([]int64, error) {
	return many[int64](ctx, q, `SELECT id FROM recordings WHERE status = 'failed' AND status IN ('queued', 'processing', 'failed')
		AND error = ? AND audio_key <> '' ORDER BY id LIMIT ?+0`, words, limit)
}

// QueueEntry is a recording as an operator sees it: nothing of what was said.
type QueueEntry struct {
	ID         int64                  `db:"id"`
	UserID     int64                  `db:"user_id"`
	Email      string                 `db:"email"`
	Status     talkit.RecordingStatus `db:"status"`
	WaitingFor talkit.WaitingFor      `db:"waiting_for"`
	Error      string                 `db:"error"`
	DurationMS int64                  `db:"duration_ms"`
	Pieces     int64                  `db:"pieces"`
	PiecesLeft int64                  `db:"pieces_left"`
	Kept       bool                   `db:"kept"`  // its sound is
	Again      bool                   `db:"again"` // it has a text, and gets another
	CreatedOn  talkit.Time            `db:"created_on"`
	UpdatedOn  talkit.Time            `db:"updated_on"`
}

// QueueEntries reads those of a state, the newest first; before is the id of
// the last one seen, 0 for none.
func (q queries) QueueEntries(ctx context.Context, status talkit.RecordingStatus, before int64, limit int) ([]QueueEntry, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return many[QueueEntry](ctx, q, `SELECT r.id AS id, r.user_id, u.email, r.status, r.waiting_for, r.error, r.audio_duration_ms AS duration_ms,
		n.pieces, n.pieces_left, r.audio_key <> '' AS kept, FALSE AS again, r.created_on, r.updated_on
		FROM recordings r JOIN users u ON u.id = r.user_id JOIN runs n ON n.id = r.run_id
		WHERE r.status = ? AND r.status IN ('queued', 'processing', 'failed') AND r.id < ?
		UNION ALL
		SELECT r.id, r.user_id, u.email, CASE g.status WHEN 'queued' THEN 'queued' ELSE 'processing' END,
		CASE WHEN g.away_since > 0 THEN 'engine' ELSE '' END, '', r.audio_duration_ms,
		g.pieces, g.pieces_left, r.audio_key <> '', TRUE, g.created_on, r.updated_on
		FROM runs g JOIN recordings r ON r.id = g.recording_id AND r.again_id = g.id JOIN users u ON u.id = r.user_id
		WHERE g.status = ? AND g.status IN ('queued', 'running') AND r.id < ?
		ORDER BY id DESC LIMIT ?+0`, status, before, runOf[status], before, limit)
}

// runOf is how the run of a recording in work stands.
var runOf = map[talkit.RecordingStatus]talkit.RunStatus{
	talkit.RecordingQueued: talkit.RunQueued, talkit.RecordingProcessing: talkit.RunRunning}

// AudioBytes is how much sound is kept.
func (q queries) AudioBytes(ctx context.Context) (n int64, err error) {
	err = q.on.get(ctx, &n, "SELECT CAST(COALESCE(SUM(audio_size), 0) AS BIGINT) FROM recordings WHERE audio_size > 0")
	return n, err
}

// Size is how large the database is, in bytes.
func (db *DB) Size(ctx context.Context) (n int64, err error) {
	query := "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	if db.Dialect == Postgres {
		query = "SELECT pg_database_size(current_database())"
	}
	err = db.on.get(ctx, &n, query)
	return n, err
}

// PendingDeliveries counts what is still to be sent, to all webhooks.
func (q queries) PendingDeliveries(ctx context.Context) (n int64, err error) {
	err = q.on.get(ctx, &n, "SELECT COUNT(*) FROM deliveries WHERE status = 'pending'")
	return n, err
}

// LastPulses reads the last attempts to all webhooks since a time, so many at
// most.
func (q queries) LastPulses(ctx context.Context, since talkit.Time, most int) ([]Pulse, error) {
	return many[Pulse](ctx, q, `SELECT a.created_on, a.duration_us, a.status_code, a.created_on + a.duration_us - d.created_on AS waited, a.number, a.delivery_id, d.webhook_id
		FROM (SELECT delivery_id, created_on, duration_us, status_code, number FROM attempts ORDER BY id DESC LIMIT ?+0) a
		JOIN deliveries d ON d.id = a.delivery_id WHERE a.created_on > ?`, most, since)
}

// WebhookEntry is a webhook as an operator sees it.
type WebhookEntry struct {
	ID           int64       `db:"id"`
	Plugin       string      `db:"plugin"` // its name
	Email        string      `db:"email"`  // of its developer
	UserID       int64       `db:"user_id"`
	URI          string      `db:"uri"`
	FailingSince talkit.Time `db:"failing_since"` // 0 while it takes what is sent
}

// WebhookEntries reads those of the ids, and so many at most of those that fail,
// the ones that have for longest first.
func (q queries) WebhookEntries(ctx context.Context, ids []int64, most int) ([]WebhookEntry, error) {
	args := []any{most, 0} // there is no webhook 0, and IN wants one at least
	for _, id := range ids {
		args = append(args, id)
	}
	return many[WebhookEntry](ctx, q, `SELECT w.id, w.uri, w.failing_since, p.name AS plugin, p.user_id, u.email
		FROM webhooks w JOIN plugins p ON p.id = w.plugin_id JOIN users u ON u.id = p.user_id
		WHERE w.id IN (SELECT id FROM (SELECT id FROM webhooks WHERE failing_since <> 0 AND NOT disabled ORDER BY failing_since LIMIT ?+0) AS failing)
		OR w.id IN (?`+strings.Repeat(", ?", len(ids))+") ORDER BY w.id", args...)
}

// Sample is how something stood at a time.
type Sample struct {
	Name    string      `db:"name"`
	TakenOn talkit.Time `db:"taken_on"`
	Value   float64     `db:"value"`
}

// SetSample keeps a point; one that was taken at the same time is replaced.
func (tx *Tx) SetSample(ctx context.Context, s Sample) error {
	_, err := tx.exec(ctx, `INSERT INTO samples (name, taken_on, value) VALUES (?, ?, ?)
		ON CONFLICT (name, taken_on) DO UPDATE SET value = excluded.value`, s.Name, s.TakenOn, s.Value)
	return err
}

// DropSamples forgets points from before a time.
func (tx *Tx) DropSamples(ctx context.Context, before talkit.Time) error {
	_, err := tx.exec(ctx, "DELETE FROM samples WHERE taken_on < ?", before)
	return err
}

// Samples reads the points of a name since a time, the oldest first.
func (q queries) Samples(ctx context.Context, name string, since talkit.Time) ([]Sample, error) {
	return many[Sample](ctx, q, "SELECT name, taken_on, value FROM samples WHERE name = ? AND taken_on >= ? ORDER BY taken_on", name, since)
}

// PluginOwner is a plugin with its developer.
type PluginOwner struct {
	talkit.Plugin
	Email         string `db:"email"`
	Installations int64  `db:"installations"`
}

// AllPlugins reads a part of everyone's plugins.
func (q queries) AllPlugins(ctx context.Context, p talkit.Page) ([]PluginOwner, bool, error) {
	return page[PluginOwner](ctx, q, p, `SELECT p.id, p.user_id, p.name, p.published, p.unlisted, p.disabled, p.logo_key, p.created_on, u.email,
		COALESCE((SELECT total FROM counters WHERE list = 'installations of plugin' AND owner_id = p.id), 0) AS installations
		FROM plugins p JOIN users u ON u.id = p.user_id WHERE TRUE`, "p.id")
}

// SetUnlisted takes a plugin off the directory, or puts it back.
func (tx *Tx) SetUnlisted(ctx context.Context, id int64, unlisted bool, now talkit.Time) error {
	return tx.change(ctx, "plugin", "UPDATE plugins SET unlisted = ?, updated_on = ? WHERE id = ?", unlisted, now, id)
}

// UsersNamed reads a part of those whose address or name holds a text, or of
// all for "".
func (q queries) UsersNamed(ctx context.Context, text string, p talkit.Page) ([]talkit.User, bool, error) {
	if text == "" {
		return page[talkit.User](ctx, q, p, "SELECT "+userColumns+" FROM users WHERE TRUE", "id")
	}
	like := likeAnywhere(text)
	return page[talkit.User](ctx, q, p, "SELECT "+userColumns+` FROM users
		WHERE (LOWER(email) LIKE ? ESCAPE '!' OR LOWER(first_name || ' ' || last_name) LIKE ? ESCAPE '!')`, "id", like, like)
}
