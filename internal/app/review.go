package app

import (
	"context"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// maxText is the longest text a person can write, in characters: a day of
// fast speech.
const maxText = 2_000_000

// OwnTranscript shows a person the text of their recording, released or not.
func (a *App) OwnTranscript(ctx context.Context, who talkit.Caller, recordingID int64) (wire.Transcript, error) {
	t, err := a.ownTranscript(ctx, who, recordingID)
	if err != nil {
		return wire.Transcript{}, err
	}
	of, err := a.surroundings(ctx, who.Person, t)
	return a.Wire.OwnTranscript(of.around(t)), err
}

func (a *App) ownTranscript(ctx context.Context, who talkit.Caller, recordingID int64) (talkit.Transcript, error) {
	r, err := a.recording(ctx, who, recordingID)
	if err != nil {
		return talkit.Transcript{}, err
	}
	t, err := a.DB.TranscriptOfRecording(ctx, r.ID)
	if talkit.IsNotFound(err) {
		t, err = a.draft(ctx, r)
	}
	return t, err
}

// draft is what would be released of a recording.
func (a *App) draft(ctx context.Context, r talkit.Recording) (talkit.Transcript, error) {
	revision, err := a.DB.TextAlone(ctx, r.ID)
	if err != nil {
		return talkit.Transcript{}, err
	}
	owner, err := a.DB.User(ctx, r.UserID)
	return newTranscript(r, revision, owner.CRMIntegrationID), err
}

func newTranscript(r talkit.Recording, v talkit.Revision, crm *int64) talkit.Transcript {
	t := talkit.Transcript{RecordingID: r.ID, UserID: r.UserID, Type: r.Type, Metadata: r.Metadata, CRMIntegrationID: crm,
		CreatedOn: v.CreatedOn, UpdatedOn: v.CreatedOn, Run: r.Run, Audio: r.Audio}
	setText(&t, r.Name, v.Text)
	return t
}

// setText gives a transcript its text and what is made from it.
func setText(t *talkit.Transcript, name, text string) {
	t.Text, t.Description, t.Name = text, talkit.Abstract(text), name
	if name == "" {
		t.Name = talkit.Title(text)
	}
}

// WriteTranscript keeps a person's text as a new revision. Words that stayed
// keep their times. What was released is changed with it, and plugins are told.
// Where over is not nil it is the number of the revision that the person
// changed, 0 for none: Conflict if there is another by now.
func (a *App) WriteTranscript(ctx context.Context, who talkit.Caller, recordingID int64, text string, over *int) (wire.Transcript, error) {
	if err := talkit.CheckText("body.text", text, maxText); err != nil {
		return wire.Transcript{}, err
	}
	if err := a.holdText(ctx, who, recordingID); err != nil {
		return wire.Transcript{}, err
	}
	_, err := a.changeRecording(ctx, who, recordingID, "transcript.written", func(tx *store.Tx, r *talkit.Recording) error {
		if err := mayRevise(*r); err != nil {
			return err
		}
		before, err := tx.CurrentRevision(ctx, r.ID)
		if err != nil && !talkit.IsNotFound(err) {
			return err
		}
		if over != nil && *over != before.Number {
			return talkit.Errorf(talkit.Conflict, "The text was changed meanwhile: its revision is number %d now, yours began from %d.", before.Number, *over)
		}
		return a.revise(ctx, tx, *r, talkit.Revision{RecordingID: r.ID, UserID: &who.UserID, Text: text,
			Segments: before.Segments.Rewritten(text, r.Audio.Seconds()), CreatedOn: talkit.Now()})
	})
	if err != nil {
		return wire.Transcript{}, err
	}
	return a.OwnTranscript(ctx, who, recordingID)
}

// Revisions lists every text a recording has had.
func (a *App) Revisions(ctx context.Context, who talkit.Caller, recordingID int64, p talkit.Page) (wire.List[wire.Revision], error) {
	if _, err := a.recording(ctx, who, recordingID); err != nil {
		return wire.List[wire.Revision]{}, err
	}
	list, err := a.DB.Revisions(ctx, recordingID, p)
	show := func(v store.RevisionRun) wire.Revision { return a.Wire.Revision(v.Revision, v.Run) }
	return wire.ListOf(list, show), err
}

// Release lets plugins see a text that waited for its person.
func (a *App) Release(ctx context.Context, who talkit.Caller, recordingID int64) (wire.Recording, error) {
	return a.changeRecording(ctx, who, recordingID, "transcript.released", func(tx *store.Tx, r *talkit.Recording) error {
		if r.Status != talkit.RecordingReview {
			return talkit.Errorf(talkit.Conflict, "Only a recording that waits for review can be released; this one is %s.", r.Status)
		}
		v, err := tx.TextAlone(ctx, r.ID)
		if talkit.IsNotFound(err) {
			return talkit.Errorf(talkit.Conflict, "There is no text yet. Write it first (PUT /recordings/%d/transcript).", r.ID)
		}
		if err != nil {
			return err
		}
		return a.publish(ctx, tx, r, v)
	})
}

// publish makes a recording's text a transcript that plugins see, with its
// events, in the transaction at hand. The caller keeps r.
func (a *App) publish(ctx context.Context, tx *store.Tx, r *talkit.Recording, v talkit.Revision) error {
	owner, err := tx.User(ctx, r.UserID)
	if err != nil {
		return err
	}
	t := newTranscript(*r, v, owner.CRMIntegrationID)
	t.CreatedOn = talkit.Now()
	t.UpdatedOn = t.CreatedOn
	if err := tx.AddTranscript(ctx, &t); err != nil {
		return err
	}
	if owner.AudioDays == talkit.UntilTranscribed {
		tx.EnqueueOnce(talkit.SweepJob{}) // lets its sound go
	}
	r.Status, r.WaitingFor, r.TranscriptID = talkit.RecordingCompleted, talkit.WaitingForNothing, &t.ID
	return a.emitTranscript(ctx, tx, t, talkit.TranscriptCompleted)
}

// Withdraw takes text, abstract, metadata and audio of a released transcript
// away from plugins; it stays in their list.
func (a *App) Withdraw(ctx context.Context, who talkit.Caller, recordingID int64) (wire.Recording, error) {
	return a.setDisabled(ctx, who, recordingID, true)
}

// Restore gives back what Withdraw took.
func (a *App) Restore(ctx context.Context, who talkit.Caller, recordingID int64) (wire.Recording, error) {
	return a.setDisabled(ctx, who, recordingID, false)
}

func (a *App) setDisabled(ctx context.Context, who talkit.Caller, recordingID int64, disabled bool) (wire.Recording, error) {
	action := map[bool]string{true: "transcript.withdrawn", false: "transcript.restored"}[disabled]
	return a.changeRecording(ctx, who, recordingID, action, func(tx *store.Tx, r *talkit.Recording) error {
		t, err := tx.TranscriptOfRecording(ctx, r.ID)
		if talkit.IsNotFound(err) {
			return talkit.Errorf(talkit.Conflict, "Nothing of this recording was released.")
		}
		if err != nil || t.Disabled == disabled {
			return err
		}
		t.Disabled, t.UpdatedOn = disabled, talkit.Now()
		if err := tx.SetTranscript(ctx, t); err != nil {
			return err
		}
		if !disabled {
			return a.emitTranscript(ctx, tx, t, talkit.TranscriptUpdated)
		}
		if err := tx.EraseLoggedBodies(ctx, t.ID); err != nil {
			return err
		}
		return a.emitTranscript(ctx, tx, t, talkit.TranscriptDisabled)
	})
}
