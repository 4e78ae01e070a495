package store_test

import (
	"context"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func TestRecordings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		i := rows.Installation(rows.Plugin(user), user)
		r := storetest.NewRecording(user)
		r.InstallationID, r.Language, r.Metadata = &i.ID, "en", talkit.Metadata{"patient": "Ümit 🎤"}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRecording(ctx, &r) })
		read(db.Recording(ctx, r.ID)).is(t, "added", r)
		read(db.RecordingOfRun(ctx, r.Run.ID)).is(t, "of its run", r)
		same(t, "its run", r.Run, talkit.Run{ID: r.Run.ID, RecordingID: r.ID, UserID: user.ID, Status: talkit.RunQueued, Language: "en", CreatedOn: r.UpdatedOn, WorkChannels: 1})
		own := rows.Recording(user)
		own.Metadata = talkit.Metadata{}
		read(db.Recording(ctx, own.ID)).is(t, "with no metadata", own)

		transcript := int64(5)
		r.Status, r.WaitingFor, r.Error, r.TranscriptID = talkit.RecordingReview, talkit.WaitingForReview, "é", &transcript
		r.Audio.DurationMS, r.Audio.ContentType, r.UpdatedOn = 99, "audio/ogg", 100
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetRecording(ctx, r) })
		read(db.Recording(ctx, r.ID)).is(t, "changed", r)
		returning(t, db, func(ctx context.Context, tx *store.Tx) (talkit.Recording, error) {
			return tx.LockRecording(ctx, r.ID)
		}).is(t, "locked", r)

		all := talkit.List[talkit.Recording]{Items: []talkit.Recording{r, own}, Total: 2}
		read(db.RecordingsOfUser(ctx, user.ID, talkit.Page{Limit: 2})).is(t, "the user's", all)
		submitted := talkit.List[talkit.Recording]{Items: []talkit.Recording{r}, Total: 1}
		read(db.RecordingsOfInstallation(ctx, i.ID, talkit.Page{Limit: 2})).is(t, "the installation's", submitted)

		remove := func() error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRecording(ctx, r) })
		}
		same(t, "delete", remove(), nil)
		wantKind(t, "delete twice", remove(), talkit.NotFound)
		same(t, "the user's total", read(db.RecordingsOfUser(ctx, user.ID, talkit.Page{Limit: 2})).must(t).Total, 1)
		same(t, "the installation's total", read(db.RecordingsOfInstallation(ctx, i.ID, talkit.Page{Limit: 2})).must(t).Total, 0)
		wantKind(t, "change a gone one", inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetRecording(ctx, r) }), talkit.NotFound)
		returning(t, db, func(ctx context.Context, tx *store.Tx) (talkit.Recording, error) {
			return tx.LockRecording(ctx, r.ID)
		}).fails(t, "lock a gone one", talkit.NotFound)
	})
}

func TestSetWaiting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := storetest.RowsOf(t, db).Recording(storetest.RowsOf(t, db).User())
		wait := func(what talkit.WaitingFor) answer[bool] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.SetWaiting(ctx, r.ID, what, 9) })
		}
		wait(talkit.WaitingForEngine).is(t, "news", true)
		wait(talkit.WaitingForEngine).is(t, "no news", false)
		wait(talkit.WaitingForNothing).is(t, "news again", true)
	})
}

// TestRunAgain: a recording points to its latest run, and what an earlier one
// still does finds no recording.
func TestRunAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		r := rows.Recording(rows.User())
		first := rows.Run(r, 10, 20)
		r.Language, r.UpdatedOn = "de", 77
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRun(ctx, &r) })
		same(t, "latest run", read(db.Recording(ctx, r.ID)).must(t).Run, r.Run)
		read(db.RecordingOfRun(ctx, first.ID)).fails(t, "an earlier run", talkit.NotFound)
		read(db.Run(ctx, first.ID)).is(t, "the earlier run itself", first)
		read(db.WorkKeys(ctx, r.ID)).is(t, "working blobs", []string{first.WorkKey})
	})
}

func TestSetRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		run := rows.Recording(rows.User()).Run
		set := func(from talkit.RunStatus) answer[bool] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.SetRun(ctx, run, from) })
		}
		run.Status, run.Engine, run.Language, run.WorkKey, run.StartedOn = talkit.RunRunning, "whisper base", "en", "work", 4
		set(talkit.RunQueued).is(t, "from queued", true)
		set(talkit.RunQueued).is(t, "from queued again", false)
		run.Status, run.CompletedOn, run.WorkKey = talkit.RunCompleted, 8, ""
		set(talkit.RunRunning).is(t, "from running", true)
		read(db.Run(t.Context(), run.ID)).is(t, "completed", run)
		run.ID++
		set(talkit.RunCompleted).is(t, "no such run", false)
		read(db.Run(t.Context(), run.ID)).fails(t, "no such run", talkit.NotFound)
	})
}

func TestSetRunLanguage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		run := rows.Recording(rows.User()).Run
		set := func(id int64, language string) answer[string] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (string, error) { return tx.SetRunLanguage(ctx, id, language) })
		}
		set(run.ID, "de").is(t, "found first", "de")
		set(run.ID, "en").is(t, "found later", "de")
		set(run.ID+1, "en").fails(t, "no such run", talkit.NotFound)
	})
}

func TestLooseBlobs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		add := func(key string, on talkit.Time) {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddLooseBlob(ctx, key, on) })
		}
		remove := func(key string) error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveLooseBlob(ctx, key) })
		}
		add("late", 30)
		add("early", 10)
		add("kept", 5)
		add("moved", 5)
		add("moved", 20)
		same(t, "referred to now", remove("kept"), nil)
		wantKind(t, "swept already", remove("kept"), talkit.NotFound)
		read(db.LooseBlobs(t.Context(), 9, 10)).is(t, "before any is due", []string{})
		read(db.LooseBlobs(t.Context(), 20, 10)).is(t, "due", []string{"early", "moved"})
		read(db.LooseBlobs(t.Context(), 40, 2)).is(t, "two at most", []string{"early", "moved"})
	})
}

// TestDeleteRecordingWithAll deletes a recording with all that hangs on it, in
// the order that app keeps: the transcript leaves its list first.
func TestDeleteRecordingWithAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		r := rows.Recording(rows.User())
		rows.Run(r, 10, 20)
		tr := storetest.NewTranscript(r)
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.AddRevision(ctx, &talkit.Revision{RecordingID: r.ID, RunID: &r.Run.ID}); err != nil {
				return err
			}
			return tx.AddTranscript(ctx, &tr)
		})
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.DeleteTranscript(ctx, tr); err != nil {
				return err
			}
			return tx.DeleteRecording(ctx, r)
		})
		for _, table := range []string{"recordings", "runs", "pieces", "revisions", "transcripts"} {
			same(t, table, countRows(t, db, table), 0)
		}
		again := rows.Transcript(talkit.User{ID: r.UserID})
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.DeleteRecording(ctx, talkit.Recording{ID: again.RecordingID, UserID: r.UserID})
		})
		same(t, "a transcript left in the list", countRows(t, db, "transcripts"), 0)
	})
}
