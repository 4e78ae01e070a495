package store

import (
	"context"

	"talkit"
)

const userColumns = `id, email, first_name, last_name, password_hash, developer, admin, disabled, review,
	language, dictated, hints, review_below, audio_days, crm_integration_id, created_on, updated_on, deleted_on`

// User reads a user.
func (q queries) User(ctx context.Context, id int64) (talkit.User, error) {
	return one[talkit.User](ctx, q, "user", "SELECT "+userColumns+" FROM users WHERE id = ?", id)
}

// UserByEmail reads the user with a normalised address.
func (q queries) UserByEmail(ctx context.Context, email string) (talkit.User, error) {
	return one[talkit.User](ctx, q, "user", "SELECT "+userColumns+" FROM users WHERE email = ?", email)
}

// Users reads a part of all users.
func (q queries) Users(ctx context.Context, p talkit.Page) (talkit.List[talkit.User], error) {
	var total int64
	if err := q.on.get(ctx, &total, "SELECT COUNT(*) FROM users"); err != nil {
		return talkit.List[talkit.User]{}, err
	}
	return listed[talkit.User](ctx, q, p, total, "SELECT "+userColumns+" FROM users WHERE TRUE", "id")
}

// HasOperator tells whether anyone may run the server yet.
func (q queries) HasOperator(ctx context.Context) (has bool, err error) {
	err = q.on.get(ctx, &has, "SELECT EXISTS (SELECT 1 FROM users WHERE admin)")
	return has, err
}

// AddUser sets u's id. A taken e-mail is a Conflict.
func (tx *Tx) AddUser(ctx context.Context, u *talkit.User) (err error) {
	u.ID, err = tx.insert(ctx, `INSERT INTO users (email, first_name, last_name, password_hash, developer, admin, disabled, review,
		language, dictated, hints, review_below, audio_days, crm_integration_id, created_on, updated_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		u.Email, u.FirstName, u.LastName, u.PasswordHash, u.Developer, u.Admin, u.Disabled, u.Review,
		u.Language, u.Dictated, u.Hints, u.ReviewBelow, u.AudioDays, u.CRMIntegrationID, u.CreatedOn, u.UpdatedOn)
	if duplicate(err) {
		return talkit.Errorf(talkit.Conflict, "There is a user with this e-mail address already.").Because(err)
	}
	return err
}

// SetUser changes all of a user but the e-mail address.
func (tx *Tx) SetUser(ctx context.Context, u talkit.User) error {
	return tx.change(ctx, "user", `UPDATE users SET first_name = ?, last_name = ?, password_hash = ?, developer = ?, admin = ?,
		disabled = ?, review = ?, language = ?, dictated = ?, hints = ?, review_below = ?, audio_days = ?, crm_integration_id = ?, updated_on = ? WHERE id = ?`,
		u.FirstName, u.LastName, u.PasswordHash, u.Developer, u.Admin, u.Disabled, u.Review,
		u.Language, u.Dictated, u.Hints, u.ReviewBelow, u.AudioDays, u.CRMIntegrationID, u.UpdatedOn, u.ID)
}

// LockUser reads a user and keeps others from changing them until the
// transaction ends.
func (tx *Tx) LockUser(ctx context.Context, id int64) (talkit.User, error) {
	if err := tx.change(ctx, "user", "UPDATE users SET id = id WHERE id = ?", id); err != nil {
		return talkit.User{}, err
	}
	return tx.User(ctx, id)
}

// Bearer is a key with the person it names.
type Bearer struct {
	Key  talkit.Key  `db:"key"`
	User talkit.User `db:"user"`
}

// BearerByHash reads the living key of that hash and kind, with its person.
func (q queries) BearerByHash(ctx context.Context, kind talkit.KeyKind, hash []byte) (Bearer, error) {
	return one[Bearer](ctx, q, "key", `SELECT k.id AS "key.id", k.user_id AS "key.user_id", k.kind AS "key.kind",
		u.id AS "user.id", u.first_name AS "user.first_name", u.last_name AS "user.last_name", u.email AS "user.email", u.developer AS "user.developer", u.admin AS "user.admin", u.disabled AS "user.disabled"
		FROM keys k JOIN users u ON u.id = k.user_id WHERE k.hash = ? AND k.kind = ? AND k.revoked_on = 0`, hash, kind)
}

// AddKey sets k's id.
func (tx *Tx) AddKey(ctx context.Context, k *talkit.Key) (err error) {
	k.ID, err = tx.insert(ctx, "INSERT INTO keys (user_id, kind, name, hash, last4, created_on) VALUES (?, ?, ?, ?, ?, ?)",
		k.UserID, k.Kind, k.Name, k.Hash, k.Last4, k.CreatedOn)
	return err
}

// KeysOf reads a person's living keys.
func (q queries) KeysOf(ctx context.Context, userID int64) ([]talkit.Key, error) {
	return many[talkit.Key](ctx, q, "SELECT id, user_id, kind, name, last4, created_on FROM keys WHERE user_id = ? AND revoked_on = 0 ORDER BY id", userID)
}

// RevokeKey ends a living key.
func (tx *Tx) RevokeKey(ctx context.Context, id int64, now talkit.Time) error {
	return tx.change(ctx, "key", "UPDATE keys SET revoked_on = ? WHERE id = ? AND revoked_on = 0", now, id)
}

// CRMIntegrations reads all.
func (q queries) CRMIntegrations(ctx context.Context, p talkit.Page) (talkit.List[talkit.CRMIntegration], error) {
	var total int64
	if err := q.on.get(ctx, &total, "SELECT COUNT(*) FROM crm_integrations"); err != nil {
		return talkit.List[talkit.CRMIntegration]{}, err
	}
	return listed[talkit.CRMIntegration](ctx, q, p, total, "SELECT id, name, logo_key, created_on FROM crm_integrations WHERE TRUE", "id")
}

// CRMIntegration reads one.
func (q queries) CRMIntegration(ctx context.Context, id int64) (talkit.CRMIntegration, error) {
	return one[talkit.CRMIntegration](ctx, q, "CRM integration",
		"SELECT id, name, logo_key, created_on FROM crm_integrations WHERE id = ?", id)
}

// AddCRMIntegration sets c's id. A taken name is a Conflict.
func (tx *Tx) AddCRMIntegration(ctx context.Context, c *talkit.CRMIntegration) (err error) {
	c.ID, err = tx.insert(ctx, "INSERT INTO crm_integrations (name, logo_key, created_on) VALUES (?, ?, ?)", c.Name, c.LogoKey, c.CreatedOn)
	if duplicate(err) {
		return talkit.Errorf(talkit.Conflict, "There is a CRM integration with this name already.").Because(err)
	}
	return err
}

// RevokeKeyOf ends a living key of a person.
func (tx *Tx) RevokeKeyOf(ctx context.Context, userID, id int64, now talkit.Time) error {
	return tx.change(ctx, "key", "UPDATE keys SET revoked_on = ? WHERE user_id = ? AND id = ? AND revoked_on = 0", now, userID, id)
}
