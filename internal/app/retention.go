package app

import (
	"context"
	"fmt"

	"talkit"
	"talkit/internal/store"
)

const (
	// letGoPeople is how many people are looked for at once.
	letGoPeople = 100
	// letGoMost is how much sound of one person goes in one sweep. What goes
	// brings the next sweep.
	letGoMost = 200
)

// letGo erases the sound that people did not want to be kept any longer (see
// talkit.User.AudioDays). Texts stay; the blobs are left to the sweep.
func (a *App) letGo(ctx context.Context) error {
	for last := int64(0); ; {
		people, err := a.DB.UsersWithSoundOver(ctx, talkit.Now(), last, letGoPeople)
		if err != nil || len(people) == 0 {
			return err
		}
		for _, id := range people {
			if err := a.letGoOf(ctx, id); err != nil {
				return err
			}
			last = id
		}
	}
}

func (a *App) letGoOf(ctx context.Context, userID int64) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		keys, err := tx.LetGo(ctx, userID, talkit.Now(), letGoMost)
		if err != nil || len(keys) == 0 {
			return err
		}
		for id, key := range keys {
			if err := a.loosen(ctx, tx, key); err != nil {
				return err
			}
			tx.AfterCommit(func() { a.Changes.notify(userID, id) })
		}
		return a.audit(ctx, tx, theServer, "audio.expired", "user", userID, fmt.Sprintf("recordings=%d", len(keys)))
	})
}
