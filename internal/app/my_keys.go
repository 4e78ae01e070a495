package app

import (
	"context"

	"talkit"
	"talkit/internal/store"
)

// maxKeys is how many living keys of one kind a person may have.
const maxKeys = 50

// MyKeys lists a person's living keys of a kind, without values.
func (a *App) MyKeys(ctx context.Context, who talkit.Caller, kind talkit.KeyKind) ([]talkit.Key, error) {
	all, err := a.DB.KeysOf(ctx, who.UserID)
	var keys []talkit.Key
	for _, k := range all {
		if k.Kind == kind {
			keys = append(keys, k)
		}
	}
	return keys, err
}

// CreateMyKey makes a key of the person who asks, and returns its value, which
// is kept nowhere.
func (a *App) CreateMyKey(ctx context.Context, who talkit.Caller, kind talkit.KeyKind, name string) (string, error) {
	if err := talkit.CheckName("name", name, 100); err != nil {
		return "", err
	}
	living, err := a.MyKeys(ctx, who, kind)
	if err != nil {
		return "", err
	}
	if len(living) >= maxKeys {
		return "", talkit.Errorf(talkit.Conflict, "You have %d keys already. Revoke one that is not used.", maxKeys)
	}
	u, err := a.DB.User(ctx, who.UserID)
	if err != nil {
		return "", err
	}
	return a.CreateKey(ctx, who, u, kind, name)
}

// RevokeMyKey ends a key of the person who asks, at once.
func (a *App) RevokeMyKey(ctx context.Context, who talkit.Caller, id int64) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RevokeKeyOf(ctx, who.UserID, id, talkit.Now()); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "key.revoked", "key", id, "")
	})
}
