package app

import (
	"context"
	"math"
	"reflect"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// RevisionHead tells of a revision without its text.
type RevisionHead struct {
	Number    int
	Engine    string // that wrote it, "" for the person
	CreatedOn talkit.Time
}

// RevisionHeads lists a person's revisions of a recording, newest first: those
// with a number below before, of all where that is 0. more tells whether there
// are older ones.
func (a *App) RevisionHeads(ctx context.Context, who talkit.Caller, recordingID int64, before, limit int) (heads []RevisionHead, more bool, err error) {
	if _, err := a.recording(ctx, who, recordingID); err != nil {
		return nil, false, err
	}
	if before == 0 {
		before = math.MaxInt32
	}
	rows, err := a.DB.RevisionHeads(ctx, recordingID, before, limit+1)
	if err != nil {
		return nil, false, err
	}
	for _, v := range rows[:min(limit, len(rows))] {
		heads = append(heads, RevisionHead{Number: v.Number, Engine: v.Run.Engine, CreatedOn: v.CreatedOn})
	}
	return heads, len(rows) > limit, nil
}

func (a *App) revision(ctx context.Context, who talkit.Caller, recordingID int64, number int) (store.RevisionRun, error) {
	if _, err := a.recording(ctx, who, recordingID); err != nil {
		return store.RevisionRun{}, err
	}
	return a.DB.RevisionText(ctx, recordingID, number)
}

// FetchRevision shows a person one text that their recording has had.
func (a *App) FetchRevision(ctx context.Context, who talkit.Caller, recordingID int64, number int) (wire.Revision, error) {
	v, err := a.revision(ctx, who, recordingID, number)
	return a.Wire.Revision(v.Revision, v.Run), err
}

// CompareRevisions tells a person by words what became of one text in another.
func (a *App) CompareRevisions(ctx context.Context, who talkit.Caller, recordingID int64, before, after int) ([]talkit.Change, error) {
	from, err := a.revision(ctx, who, recordingID, before)
	if err != nil {
		return nil, err
	}
	to, err := a.DB.RevisionText(ctx, recordingID, after)
	if err != nil {
		return nil, err
	}
	return talkit.Diff(from.Text, to.Text), nil
}

// RestoreRevision makes an earlier text the current one, as a new revision
// with the words and times that it had.
func (a *App) RestoreRevision(ctx context.Context, who talkit.Caller, recordingID int64, number int) (wire.Recording, error) {
	if err := a.holdText(ctx, who, recordingID); err != nil {
		return wire.Recording{}, err
	}
	return a.changeRecording(ctx, who, recordingID, "revision.restored", func(tx *store.Tx, r *talkit.Recording) error {
		v, err := tx.Revision(ctx, r.ID, number)
		if err != nil {
			return err
		}
		if err := mayRevise(*r); err != nil {
			return err
		}
		current, err := tx.CurrentRevision(ctx, r.ID)
		if err != nil {
			return err
		}
		if current.Text == v.Text && reflect.DeepEqual(current.Segments, v.Segments) {
			return nil // asked twice
		}
		return a.revise(ctx, tx, *r, talkit.Revision{RecordingID: r.ID, UserID: &who.UserID, Text: v.Text, Segments: v.Segments, CreatedOn: talkit.Now()})
	})
}

func mayRevise(r talkit.Recording) error {
	if r.Status != talkit.RecordingCompleted && r.Status != talkit.RecordingReview {
		return talkit.Errorf(talkit.Conflict, "The text can be changed once it is there; this recording is %s.", r.Status)
	}
	return nil
}

// revise makes v the current text of a recording, and of what was released of
// it; then plugins are told.
func (a *App) revise(ctx context.Context, tx *store.Tx, r talkit.Recording, v talkit.Revision) error {
	if err := tx.AddRevision(ctx, &v); err != nil {
		return err
	}
	if err := decided(ctx, tx, r); err != nil || r.TranscriptID == nil {
		return err
	}
	return a.changeReleased(ctx, tx, r, func(t *talkit.Transcript) { setText(t, r.Name, v.Text) })
}

// changeReleased changes what was released of a recording. Plugins are told,
// unless it was withdrawn.
func (a *App) changeReleased(ctx context.Context, tx *store.Tx, r talkit.Recording, change func(t *talkit.Transcript)) error {
	t, err := tx.TranscriptOfRecording(ctx, r.ID)
	if err != nil {
		return err
	}
	change(&t)
	t.UpdatedOn = talkit.Now()
	if err := tx.SetTranscript(ctx, t); err != nil || t.Disabled {
		return err
	}
	return a.emitTranscript(ctx, tx, t, talkit.TranscriptUpdated)
}
