package store_test

import (
	"context"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// shown is t as a reader gets it: with the columns of run and sound that go out.
func shown(t talkit.Transcript) talkit.Transcript {
	t.Run = talkit.Run{ID: t.Run.ID, Status: t.Run.Status, Engine: t.Run.Engine, Language: t.Run.Language,
		CreatedOn: t.Run.CreatedOn, StartedOn: t.Run.StartedOn, CompletedOn: t.Run.CompletedOn}
	t.Audio.SHA256 = ""
	if t.Metadata == nil {
		t.Metadata = talkit.Metadata{}
	}
	return t
}

func TestTranscripts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		user, other := rows.User(), rows.User()
		crm := int64(2)
		tr := storetest.NewTranscript(rows.Recording(user))
		tr.CRMIntegrationID, tr.Metadata = &crm, talkit.Metadata{"case": "4/11"}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddTranscript(ctx, &tr) })
		read(db.Transcript(ctx, user.ID, tr.ID)).is(t, "added", shown(tr))
		read(db.TranscriptOfRecording(ctx, tr.RecordingID)).is(t, "of its recording", shown(tr))
		read(db.Transcript(ctx, other.ID, tr.ID)).fails(t, "another's", talkit.NotFound)
		read(db.Transcripts(ctx, other.ID, talkit.Page{Limit: 9})).is(t, "another's list",
			talkit.List[talkit.Transcript]{Items: []talkit.Transcript{}})

		twice := tr
		if err := inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddTranscript(ctx, &twice) }); err == nil {
			t.Error("a recording has two transcripts")
		}
		rec := read(db.Recording(ctx, tr.RecordingID)).must(t)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRun(ctx, &rec) })
		tr.Run, tr.Name, tr.Description, tr.Text, tr.Disabled, tr.UpdatedOn = rec.Run, "N", "D", "T", true, 99
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetTranscript(ctx, tr) })
		read(db.Transcripts(ctx, user.ID, talkit.Page{Limit: 9})).is(t, "changed",
			talkit.List[talkit.Transcript]{Items: []talkit.Transcript{shown(tr)}, Total: 1})

		remove := func() error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteTranscript(ctx, tr) })
		}
		same(t, "delete", remove(), nil)
		wantKind(t, "delete twice", remove(), talkit.NotFound)
		wantKind(t, "change a gone one", inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetTranscript(ctx, tr) }), talkit.NotFound)
		read(db.Transcripts(ctx, user.ID, talkit.Page{Limit: 9})).is(t, "deleted", talkit.List[talkit.Transcript]{Items: []talkit.Transcript{}})
	})
}

func TestRevisions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		rec := rows.Recording(user)
		read(db.CurrentRevision(ctx, rec.ID)).fails(t, "none yet", talkit.NotFound)
		words := talkit.Segments{{Start: 1, End: 2.125, Text: "Hé", Words: []talkit.Word{}}}
		heard := talkit.Revision{RecordingID: rec.ID, RunID: &rec.Run.ID, Text: "Hé", Segments: words, CreatedOn: 4}
		typed := talkit.Revision{RecordingID: rec.ID, UserID: &user.ID, Text: "Hey", Segments: talkit.Segments{}, CreatedOn: 5}
		for number, v := range []*talkit.Revision{&heard, &typed} {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRevision(ctx, v) })
			same(t, "number", v.Number, number+1)
			read(db.CurrentRevision(ctx, rec.ID)).is(t, "current", *v)
		}
		run := talkit.Run{ID: rec.Run.ID, Status: rec.Run.Status, CreatedOn: rec.Run.CreatedOn}
		read(db.Revision(ctx, rec.ID, 1)).is(t, "the first", store.RevisionRun{Revision: heard, Run: run})
		read(db.Revision(ctx, rec.ID, 2)).is(t, "the second", store.RevisionRun{Revision: typed})
		read(db.Revision(ctx, rec.ID, 3)).fails(t, "one that is not there", talkit.NotFound)
		read(db.Opening(ctx, rec.ID)).is(t, "opening", "Hey")
		heard.Segments, typed.Segments = nil, nil
		read(db.Revisions(ctx, rec.ID, talkit.Page{Limit: 1})).is(t, "first page",
			talkit.List[store.RevisionRun]{Items: []store.RevisionRun{{Revision: heard, Run: run}}, HasMore: true, Total: 2})
		read(db.Revisions(ctx, rec.ID, talkit.Page{Limit: 1, AfterID: heard.ID})).is(t, "last page",
			talkit.List[store.RevisionRun]{Items: []store.RevisionRun{{Revision: typed}}, Total: 2})
		heard.Text, typed.Text = "", ""
		read(db.RevisionHeads(ctx, rec.ID, 9, 9)).is(t, "heads", []store.RevisionRun{{Revision: typed}, {Revision: heard, Run: run}})
		read(db.RevisionHeads(ctx, rec.ID, 2, 1)).is(t, "older heads", []store.RevisionRun{{Revision: heard, Run: run}})
	})
}

// TestLongRevision: a text of ten hours is kept in parts, and whole.
func TestLongRevision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rec := storetest.RowsOf(t, db).Recording(storetest.RowsOf(t, db).User())
		v := talkit.Revision{RecordingID: rec.ID, Text: "Long.", Segments: talkit.Segments{{Text: "Empty.", Words: []talkit.Word{}}}}
		for i := range 2500 {
			s := talkit.Segment{Start: float64(i), End: float64(i + 1), Text: "Hé", Words: []talkit.Word{}}
			for range 40 {
				s.Words = append(s.Words, talkit.Word{Word: " Hé", Start: float64(i), End: float64(i) + 0.25, Probability: 0.5})
			}
			v.Segments = append(v.Segments, s)
		}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRevision(ctx, &v) })
		read(db.CurrentRevision(ctx, rec.ID)).is(t, "current", v)
		if n := countRows(t, db, "revision_parts"); n < 20 {
			t.Errorf("it is in %d parts", n)
		}
		again := talkit.Revision{RecordingID: rec.ID, Text: "Short.", Segments: v.Segments[:3]}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRevision(ctx, &again) })
		read(db.CurrentRevision(ctx, rec.ID)).is(t, "a short one", again)
		alone := again
		alone.Segments = nil
		read(db.TextAlone(ctx, rec.ID)).is(t, "its text alone", alone)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRecording(ctx, rec) })
		same(t, "parts of what was deleted", countRows(t, db, "revision_parts"), 0)
	})
}

// TestTextIsKept reads text back as it was sent.
func TestTextIsKept(t *testing.T) {
	texts := []string{"", " ", "plain", "trailing blanks  \n\n", "\ttab\r\nCR LF\rCR", "👩‍👩‍👧‍👦 🇩🇪 e\u0301 é", "שלום \u202eעולם\u202c",
		"مرحبا", "\ufffd", "\ufeffBOM", "a\u2028b\u2029c", "\x01\x1b\x7f", "' \" \\ \\u0000 ? $1 :x @y --", "\U0010ffff", "{id} {bytes}"}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		for _, text := range texts {
			tr := storetest.NewTranscript(rows.Recording(user))
			tr.Name, tr.Description, tr.Text, tr.Metadata = text, text, text, talkit.Metadata{"k": text}
			v := talkit.Revision{RecordingID: tr.RecordingID, Text: text, Segments: talkit.Segments{{Text: text, Words: []talkit.Word{{Word: text}}}}}
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				if err := tx.AddRevision(ctx, &v); err != nil {
					return err
				}
				return tx.AddTranscript(ctx, &tr)
			})
			read(db.Transcript(t.Context(), user.ID, tr.ID)).is(t, "transcript", shown(tr))
			read(db.CurrentRevision(t.Context(), v.RecordingID)).is(t, "revision", v)
		}
	})
}
