package store

import (
	"context"
	"fmt"
	"time"

	"talkit"
	"talkit/internal/search"
)

// Note is a recording as a list shows it: with the beginning of its text, and
// without what would have to be read from long rows.
type Note struct {
	talkit.Recording
	Opening string `db:"opening"` // at most MaxOpening characters of the current text, trimmed
}

// MaxOpening is how many characters of its text stand beside a recording.
const MaxOpening = 300

const (
	noteColumns = `r.id, r.user_id, r.name, r.type, r.status, r.waiting_for, r.error, r.withdrawn, r.opening, r.created_on, r.updated_on,
		r.audio_duration_ms AS "audio.duration_ms", n.status AS "run.status", n.pieces AS "run.pieces", n.pieces_left AS "run.pieces_left"`
	noteSelect = "SELECT " + noteColumns + " FROM recordings r JOIN runs n ON n.id = r.run_id WHERE r.user_id = ?"
	// CROSS JOIN keeps SQLite from walking through all recordings and asking
	// the index about each.
	noteSearch = "SELECT " + noteColumns + " FROM %s CROSS JOIN recordings r CROSS JOIN runs n WHERE r.id = s.rowid AND n.id = r.run_id AND r.user_id = ?"
)

// Note reads one of a user's recordings as the list shows it.
func (q queries) Note(ctx context.Context, userID, id int64) (Note, error) {
	return one[Note](ctx, q, "recording", noteSelect+" AND r.id = ?", userID, id)
}

// NotesWanted says which of a user's recordings are wanted. Zero values leave
// nothing out.
type NotesWanted struct {
	UserID      int64
	Type        talkit.TranscriptType
	From, Until talkit.Time // of the submission: from, and before
	Query       search.Query
	Above       int64 // ids above
	Below       int64 // ids below
	Upwards     bool  // ids ascending, which gives the nearest above
	Limit       int
}

// Notes reads recordings, the newest first unless Upwards, each from an index
// however many there are.
func (db *DB) Notes(ctx context.Context, w NotesWanted) ([]Note, error) {
	none, err := db.narrow(ctx, &w)
	if err != nil || none {
		return []Note{}, err
	}
	query, args := db.notesQuery(w)
	return many[Note](ctx, db.queries, query, args...)
}

func (db *DB) notesQuery(w NotesWanted) (query string, args []any) {
	query, args = noteSelect, []any{w.UserID}
	id := "r.id"
	if w.Query.Asked {
		table, words := db.found("recording_search", w.UserID, string(w.Type), w.Query)
		query, args, id = fmt.Sprintf(noteSearch, table), []any{words, w.UserID}, "s.rowid"
	} else if w.Type != "" {
		query += " AND r.type = ?"
		args = append(args, w.Type)
	}
	also := func(condition string, value any) {
		query += " AND " + condition
		args = append(args, value)
	}
	// The + keeps SQLite to the index that is in the order of ids.
	if w.From != 0 {
		also("+r.created_on >= ?", w.From)
	}
	if w.Until != 0 {
		also("+r.created_on < ?", w.Until)
	}
	if w.Above != 0 {
		also(id+" > ?", w.Above)
	}
	if w.Below != 0 {
		also(id+" < ?", w.Below)
	}
	order := " DESC"
	if w.Upwards {
		order = ""
	}
	return query + " ORDER BY " + id + order + " LIMIT ?+0", append(args, w.Limit)
}

// clockSlack is how far ids and times of submission may be out of step: those
// who give both are different machines.
const clockSlack = time.Hour

// narrow turns a span of time into a span of ids, so that a list need not walk
// through all that is newer than it. It tells when nothing can be found.
func (db *DB) narrow(ctx context.Context, w *NotesWanted) (none bool, err error) {
	if w.Query.Asked && len(w.Query.Words) == 0 {
		return true, nil
	}
	const span = "SELECT id FROM recordings WHERE user_id = ? AND created_on "
	if w.From != 0 {
		before, err := many[int64](ctx, db.queries, span+"< ? ORDER BY created_on DESC LIMIT 1", w.UserID, w.From.Add(-clockSlack))
		if err != nil {
			return false, err
		}
		for _, id := range before {
			w.Above = max(w.Above, id)
		}
	}
	if w.Until == 0 {
		return false, nil
	}
	after, err := many[int64](ctx, db.queries, span+">= ? ORDER BY created_on LIMIT 1", w.UserID, w.Until.Add(clockSlack))
	for _, id := range after {
		if w.Below == 0 || id < w.Below {
			w.Below = id
		}
	}
	return false, err
}

// CurrentText reads the newest text of a recording, "" where it is longer than
// that many bytes or there is none.
func (q queries) CurrentText(ctx context.Context, recordingID int64, most int) (string, error) {
	texts, err := many[string](ctx, q, `SELECT CASE WHEN octet_length(text) <= ? THEN text ELSE '' END FROM revisions
		WHERE recording_id = ? ORDER BY number DESC LIMIT 1`, most, recordingID)
	if err != nil || len(texts) == 0 {
		return "", err
	}
	return texts[0], nil
}

// SearchTranscripts reads a part of a user's released transcripts that have
// what is looked for; its total is that of all that have it.
func (db *DB) SearchTranscripts(ctx context.Context, userID int64, query search.Query, p talkit.Page) (talkit.List[talkit.Transcript], error) {
	if len(query.Words) == 0 {
		return talkit.List[talkit.Transcript]{Items: []talkit.Transcript{}}, nil
	}
	table, words := db.found("transcript_search", userID, "", query)
	items, more, err := page[talkit.Transcript](ctx, db.queries, p, transcriptColumns+" FROM "+table+` CROSS JOIN transcripts t
		CROSS JOIN recordings r CROSS JOIN runs n WHERE t.id = s.rowid AND r.id = t.recording_id AND n.id = t.run_id AND t.user_id = ?`,
		"s.rowid", words, userID)
	if err != nil {
		return talkit.List[talkit.Transcript]{}, err
	}
	var total int64
	err = db.on.get(ctx, &total, "SELECT COUNT(*) FROM "+table, words)
	return talkit.List[talkit.Transcript]{Items: items, HasMore: more, Total: total}, err
}
