package bench

import (
	"context"
	"database/sql"
	"fmt"

	"talkit"
)

// samples is how many texts differ; rows repeat them.
const samples = 1000

// loadBatch is how many rows are in one transaction.
const loadBatch = 50_000

// The rows of one number: a recording, its run, and what became of it. They
// are made inside the database, as a million would take long to bring there.
const (
	numbers = `WITH RECURSIVE numbers (i) AS (SELECT %[1]d UNION ALL SELECT i + 1 FROM numbers WHERE i < %[2]d) `

	moment = `%[4]d + i * 1000000` // in microseconds: one a second

	insertRecordings = numbers + `INSERT INTO recordings (id, user_id, name, type, language, metadata, status, waiting_for, run_id, transcript_id,
			audio_key, audio_size, audio_sha256, audio_content_type, audio_duration_ms, created_on, updated_on)
		SELECT i, %[3]d, '', 'note', 'en', '{"source":"phone","case":"2026-0042"}', ?, ?, i, CASE WHEN ? THEN i END,
			'recordings/' || i, 640000, '', 'audio/ogg', 40000, ` + moment + `, ` + moment + ` FROM numbers`

	insertRuns = numbers + `INSERT INTO runs (id, recording_id, user_id, status, engine, language, created_on, started_on, completed_on)
		SELECT i, i, %[3]d, 'completed', 'whisper base', 'en', ` + moment + `, ` + moment + `, ` + moment + ` FROM numbers`

	insertTranscripts = numbers + `INSERT INTO transcripts (id, recording_id, user_id, run_id, name, description, text, type, metadata, created_on, updated_on)
		SELECT i, i, %[3]d, i, s.name, s.description, s.text, 'note', '{"source":"phone","case":"2026-0042"}', ` + moment + `, ` + moment + `
		FROM numbers JOIN bench_samples s ON s.id = i %% %[5]d`

	insertRevisions = numbers + `INSERT INTO revisions (id, recording_id, number, run_id, text, segments, created_on)
		SELECT i, i, 1, i, s.text, '[]', ` + moment + ` FROM numbers JOIN bench_samples s ON s.id = i %% %[5]d`
)

// addTranscripts fills an empty database with so many released transcripts.
// They have no timed words: no list shows any, and a million would fill disks.
func (p *people) addTranscripts(ctx context.Context, count, words int) error {
	return p.addRows(ctx, count, words, talkit.RecordingCompleted, talkit.WaitingForNothing, insertTranscripts, "transcripts of user")
}

// addReviews fills it with recordings whose text waits to be released.
func (p *people) addReviews(ctx context.Context, count, words int) error {
	return p.addRows(ctx, count, words, talkit.RecordingReview, talkit.WaitingForReview, insertRevisions)
}

func (p *people) addRows(ctx context.Context, count, words int, status talkit.RecordingStatus, waits talkit.WaitingFor, insertTexts string, lists ...string) error {
	db := p.parts.DB.Writer()
	if err := addSamples(ctx, db, words); err != nil {
		return err
	}
	began := int64(talkit.Now()) - int64(count)*1_000_000
	for first := 1; first <= count; first += loadBatch {
		last := min(first+loadBatch-1, count)
		fill := func(query string) string { return fmt.Sprintf(query, first, last, p.user.ID, began, samples) }
		err := inTx(ctx, db, func(tx *sql.Tx) error {
			released := status == talkit.RecordingCompleted
			if _, err := tx.ExecContext(ctx, fill(insertRecordings+" -- %[5]d"), status, waits, released); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, fill(insertRuns+" -- %[5]d")); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, fill(insertTexts))
			return err
		})
		if err != nil {
			return err
		}
	}
	return inTx(ctx, db, func(tx *sql.Tx) error { return p.count(ctx, tx, count, append(lists, "recordings of user")) })
}

// count keeps the counters true to the rows.
func (p *people) count(ctx context.Context, tx *sql.Tx, count int, lists []string) error {
	for _, list := range lists {
		if _, err := tx.ExecContext(ctx, "INSERT INTO counters (list, owner_id, total) VALUES (?, ?, ?)", list, p.user.ID, count); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "DROP TABLE bench_samples")
	return err
}

func addSamples(ctx context.Context, db *sql.DB, words int) error {
	return inTx(ctx, db, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE bench_samples (id INTEGER PRIMARY KEY, name TEXT, description TEXT, text TEXT)"); err != nil {
			return err
		}
		for i := range samples {
			text := sentences(words, uint64(i))
			if _, err := tx.ExecContext(ctx, "INSERT INTO bench_samples VALUES (?, ?, ?, ?)", i, talkit.Title(text), talkit.Abstract(text), text); err != nil {
				return err
			}
		}
		return nil
	})
}

func inTx(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}
