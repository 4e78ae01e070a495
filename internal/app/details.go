package app

import (
	"context"
	"maps"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// RecordingChange is what a person says of their recording; nil leaves a value
// as it is.
type RecordingChange struct {
	Name     *string // "" has the title made from the text
	Type     *talkit.TranscriptType
	Metadata talkit.Metadata // in place of all there were
}

func (c RecordingChange) apply(r *talkit.Recording) {
	set(&r.Name, c.Name)
	set(&r.Type, c.Type)
	if c.Metadata != nil {
		r.Metadata = c.Metadata
	}
}

// ChangeRecording changes what was said of a recording when it was submitted,
// whatever its state, and what was released of it.
func (a *App) ChangeRecording(ctx context.Context, who talkit.Caller, id int64, c RecordingChange) (wire.Recording, error) {
	return a.changeRecording(ctx, who, id, "recording.changed", func(tx *store.Tx, r *talkit.Recording) error {
		before := *r
		c.apply(r)
		if err := r.ValidateSubmission(); err != nil {
			return err
		}
		if r.Name == before.Name && r.Type == before.Type && maps.Equal(r.Metadata, before.Metadata) {
			return nil // plugins need not look again
		}
		if err := tx.SetRecordingDetails(ctx, *r); err != nil || r.TranscriptID == nil {
			return err
		}
		return a.changeReleased(ctx, tx, *r, func(t *talkit.Transcript) {
			setText(t, r.Name, t.Text)
			t.Type, t.Metadata = r.Type, r.Metadata
		})
	})
}
