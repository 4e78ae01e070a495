package app

import (
	"context"
	"errors"
	"fmt"

	"talkit/internal/auth"
	"talkit/internal/store"
)

// CheckSealed tells whether every sealed row opens. It is an error when a row's
// key is not there: the server must not start then, as it could verify nobody.
func (a *App) CheckSealed(ctx context.Context) error {
	rows, err := a.DB.SealedRows(ctx, nil)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := a.openRow(row); err != nil {
			return err
		}
	}
	return nil
}

// Reseal seals every row anew that the current key did not seal. Its errors
// are those of CheckSealed.
func (a *App) Reseal(ctx context.Context) error {
	rows, err := a.DB.SealedRows(ctx, a.Sealer.CurrentPrefix())
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := a.reseal(ctx, row); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		a.Log.Info("secrets sealed with the current key", "rows", len(rows))
	}
	return nil
}

var sealPlaces = map[string]struct {
	purpose string
	place   func(id int64) string
}{
	"secret_keys.sealed":  {secretKeyPurpose, secretKeyPlace},
	"webhooks.secret":     {webhookPurpose, webhookPlace},
	"webhooks.old_secret": {webhookPurpose, webhookPlace},
}

func (a *App) openRow(row store.SealedRow) ([]byte, error) {
	where := sealPlaces[row.Table+"."+row.Column]
	plain, err := a.Sealer.Open(where.purpose, where.place(row.ID), row.Sealed)
	if errors.Is(err, auth.ErrUnknownKey) {
		err = fmt.Errorf("%w; name the key that sealed it as well, after a comma", err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %d: %w", row.Table, row.ID, err)
	}
	return plain, nil
}

func (a *App) reseal(ctx context.Context, row store.SealedRow) error {
	plain, err := a.openRow(row)
	if err != nil {
		return err
	}
	where := sealPlaces[row.Table+"."+row.Column]
	sealed := a.Sealer.Seal(where.purpose, where.place(row.ID), plain)
	return a.DB.InTx(ctx, func(tx *store.Tx) error { return tx.SetSealed(ctx, row, sealed) })
}
