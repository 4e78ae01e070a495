package app

import (
	"context"
	"fmt"
	"time"

	"talkit"
	"talkit/internal/store"
)

// Waiting notes that a recording waits for the engine, or no more.
func (a *App) Waiting(ctx context.Context, recordingID int64, what talkit.WaitingFor) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		news, err := tx.SetWaiting(ctx, recordingID, what, talkit.Now())
		if err != nil || !news {
			return err
		}
		r, err := tx.Recording(ctx, recordingID)
		tx.AfterCommit(func() { a.Changes.notify(r.UserID, r.ID) })
		return err
	})
}

// setModel notes on all recordings that need a model how its engine stands.
func (a *App) setModel(ctx context.Context, model string, set func(*store.Tx, context.Context, string, talkit.Time) ([]store.Owned, error)) error {
	var news []store.Owned
	err := a.DB.InTx(ctx, func(tx *store.Tx) (err error) {
		news, err = set(tx, ctx, model, talkit.Now())
		return err
	})
	for _, r := range news {
		a.Changes.notify(r.UserID, r.ID)
	}
	return err
}

// goneFor is how long a model that was chosen may be away before nobody waits
// for it any more. For the server's own a recording waits until it is there.
const goneFor = time.Hour

// ModelsAway tells which of the models that are needed have no engine now, by
// asking ready; it notes that on the recordings concerned, and fails those that
// waited too long for a model that is not the server's own.
func (a *App) ModelsAway(ctx context.Context, ready func(model string) bool) (away []string, err error) {
	models, err := a.DB.ModelsInWork(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range models {
		here := ready(m.Model)
		switch {
		case here && m.Last != 0:
			err = a.setModel(ctx, m.Model, (*store.Tx).SetModelBack)
		case !here && m.First == 0:
			err = a.setModel(ctx, m.Model, (*store.Tx).SetModelAway)
		}
		if err != nil {
			return nil, err
		}
		if here {
			continue
		}
		away = append(away, m.Model)
		if m.Model != "" {
			if err := a.failGone(ctx, m.Model, talkit.Now().Add(-goneFor)); err != nil {
				return nil, err
			}
		}
	}
	return away, nil
}

func (a *App) failGone(ctx context.Context, model string, before talkit.Time) error {
	runs, err := a.DB.RunsAway(ctx, model, before)
	for _, id := range runs {
		if err := a.FailRun(ctx, id, notThere(model)); err != nil {
			return err
		}
	}
	return err
}

// notThere is why nothing comes of a model that somebody chose.
func notThere(model string) string {
	return fmt.Sprintf("The model %s is not ready on this server: it is not installed, its files are damaged, or it cannot be reached. "+
		"Choose another, or ask the operator (talkit doctor says what is wrong).", model)
}

// RestartPace is called when the work begins: the time without it says nothing
// of how fast it goes.
func (a *App) RestartPace(ctx context.Context) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error { return tx.RestartPace(ctx, talkit.Now()) })
}
