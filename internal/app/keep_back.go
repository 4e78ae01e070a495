package app

import (
	"context"
	"fmt"

	"talkit"
	"talkit/internal/store"
)

// keepBack keeps the text that was made once more of a released recording whose
// person reads texts first: what was released stays the newest text, and the
// new one is the version before it, to be brought back. The run stays the
// recording's Again, with words that say so, until the person decides.
func (a *App) keepBack(ctx context.Context, tx *store.Tx, r talkit.Recording, run *talkit.Run, v talkit.Revision) error {
	released, err := tx.CurrentRevision(ctx, r.ID)
	if err != nil {
		return err
	}
	if err := tx.AddRevision(ctx, &v); err != nil {
		return err
	}
	run.Error = fmt.Sprintf("The new text is version %d. It was not released, as your settings have you read texts first; what was released stays as it was. Bring version %d back to release it.", v.Number, v.Number)
	released.CreatedOn = v.CreatedOn
	if err := tx.AddRevision(ctx, &released); err != nil {
		return err
	}
	return a.audit(ctx, tx, theServer, "transcript.kept_back", "recording", r.ID, fmt.Sprintf("revision=%d", v.Number))
}

// decided forgets a text that was kept back: the person chose one since.
func decided(ctx context.Context, tx *store.Tx, r talkit.Recording) error {
	if r.Again.Status != talkit.RunCompleted {
		return nil
	}
	return tx.DropAgain(ctx, r.ID)
}
