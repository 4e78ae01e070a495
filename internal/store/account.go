package store

import (
	"context"

	"talkit"
)

// OperatorsLeft keeps others from changing those who run the server until the
// transaction ends, and counts them: those who are not shut out.
func (tx *Tx) OperatorsLeft(ctx context.Context) (int, error) {
	ids, err := many[int64](ctx, tx.queries, "UPDATE users SET id = id WHERE admin AND NOT disabled RETURNING id")
	return len(ids), err
}

// MarkDeleted shuts a person out for good, and ends what lets them in.
func (tx *Tx) MarkDeleted(ctx context.Context, id int64, now talkit.Time) error {
	for _, query := range []string{"DELETE FROM sessions WHERE user_id = ?", "DELETE FROM links WHERE user_id = ?", "DELETE FROM keys WHERE user_id = ?"} {
		if _, err := tx.exec(ctx, query, id); err != nil {
			return err
		}
	}
	return tx.change(ctx, "user", "UPDATE users SET disabled = TRUE, deleted_on = ?, updated_on = ?, password_hash = '' WHERE id = ? AND deleted_on = 0", now, now, id)
}

// InstallationsOfUser reads a part of what a person has installed, disabled or not.
func (q queries) InstallationsOfUser(ctx context.Context, userID int64, p talkit.Page) ([]talkit.Installation, bool, error) {
	return page[talkit.Installation](ctx, q, p, "SELECT "+installationColumns+" FROM installations WHERE user_id = ?", "id", userID)
}

// HoldUser is LockUser that also waits for whoever just adds what refers to the
// user, and keeps others from doing so.
func (tx *Tx) HoldUser(ctx context.Context, id int64) (talkit.User, error) {
	if tx.dialect == Postgres {
		if _, err := one[int64](ctx, tx.queries, "user", "SELECT id FROM users WHERE id = ? FOR UPDATE", id); err != nil {
			return talkit.User{}, err
		}
	}
	return tx.LockUser(ctx, id)
}

// DeleteUser takes a person away of whom nothing else is left.
func (tx *Tx) DeleteUser(ctx context.Context, id int64) error {
	if err := tx.dropCounters(ctx, id, recordingsOfUser, transcriptsOfUser); err != nil {
		return err
	}
	return tx.change(ctx, "user", "DELETE FROM users WHERE id = ?", id)
}

// dropCounters forgets how long the lists of an owner were that is gone.
func (tx *Tx) dropCounters(ctx context.Context, owner int64, lists ...counted) error {
	for _, list := range lists {
		if _, err := tx.exec(ctx, "DELETE FROM counters WHERE list = ? AND owner_id = ?", list, owner); err != nil {
			return err
		}
	}
	return nil
}

// HasAnything tells whether a person has what must be taken away before them.
func (q queries) HasAnything(ctx context.Context, userID int64) (has bool, err error) {
	err = q.on.get(ctx, &has, `SELECT EXISTS (SELECT 1 FROM recordings WHERE user_id = ?) OR EXISTS (SELECT 1 FROM installations WHERE user_id = ?)
		OR EXISTS (SELECT 1 FROM plugins WHERE user_id = ?)`, userID, userID, userID)
	return has, err
}
