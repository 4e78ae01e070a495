package store

import (
	"context"

	"talkit"
)

const sessionColumns = "id, user_id, hash, address, agent, created_on, seen_on, expires_on"

// SessionBearer is a session with the person it names.
type SessionBearer struct {
	Session talkit.Session `db:"session"`
	User    talkit.User    `db:"user"`
}

// SessionByHash reads a living session with its person.
func (q queries) SessionByHash(ctx context.Context, hash []byte, now talkit.Time) (SessionBearer, error) {
	return one[SessionBearer](ctx, q, "session", `SELECT s.id AS "session.id", s.user_id AS "session.user_id", s.seen_on AS "session.seen_on",
		u.id AS "user.id", u.first_name AS "user.first_name", u.last_name AS "user.last_name", u.email AS "user.email",
		u.developer AS "user.developer", u.admin AS "user.admin", u.disabled AS "user.disabled"
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = ? AND s.expires_on > ?`, hash, now)
}

// SessionsOf reads a person's living sessions, the last used first.
func (q queries) SessionsOf(ctx context.Context, userID int64, now talkit.Time) ([]talkit.Session, error) {
	return many[talkit.Session](ctx, q, "SELECT "+sessionColumns+" FROM sessions WHERE user_id = ? AND expires_on > ? ORDER BY seen_on DESC, id DESC", userID, now)
}

// AddSession sets s's id.
func (tx *Tx) AddSession(ctx context.Context, s *talkit.Session) (err error) {
	s.ID, err = tx.insert(ctx, "INSERT INTO sessions (user_id, hash, address, agent, created_on, seen_on, expires_on) VALUES (?, ?, ?, ?, ?, ?, ?)",
		s.UserID, s.Hash, s.Address, s.Agent, s.CreatedOn, s.SeenOn, s.ExpiresOn)
	return err
}

// SeeSession notes that a session was used, and lengthens its life.
func (tx *Tx) SeeSession(ctx context.Context, id int64, address string, now, expires talkit.Time) error {
	_, err := tx.exec(ctx, "UPDATE sessions SET address = ?, seen_on = ?, expires_on = ? WHERE id = ?", address, now, expires, id)
	return err
}

// EndSession ends one session of a person.
func (tx *Tx) EndSession(ctx context.Context, userID, id int64) error {
	return tx.change(ctx, "session", "DELETE FROM sessions WHERE user_id = ? AND id = ?", userID, id)
}

// EndSessionsBut ends all sessions of a person but one; 0 ends all.
func (tx *Tx) EndSessionsBut(ctx context.Context, userID, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM sessions WHERE user_id = ? AND id <> ?", userID, id)
	return err
}

// AddLink sets l's id.
func (tx *Tx) AddLink(ctx context.Context, l *talkit.Link) (err error) {
	l.ID, err = tx.insert(ctx, "INSERT INTO links (user_id, hash, created_on, expires_on) VALUES (?, ?, ?, ?)", l.UserID, l.Hash, l.CreatedOn, l.ExpiresOn)
	return err
}

// LinkByHash reads a link that still works.
func (q queries) LinkByHash(ctx context.Context, hash []byte, now talkit.Time) (talkit.Link, error) {
	return one[talkit.Link](ctx, q, "link", "SELECT id, user_id, hash, created_on, expires_on FROM links WHERE hash = ? AND expires_on > ?", hash, now)
}

// UseLink takes a link away: of several who try at once, one finds it.
func (tx *Tx) UseLink(ctx context.Context, id int64) error {
	return tx.change(ctx, "link", "DELETE FROM links WHERE id = ?", id)
}

// DropLinks takes away all links of a person; nil is those that set up.
func (tx *Tx) DropLinks(ctx context.Context, userID *int64) error {
	if userID == nil {
		_, err := tx.exec(ctx, "DELETE FROM links WHERE user_id IS NULL")
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM links WHERE user_id = ?", *userID)
	return err
}

// SignInFailures is how often a password was wrong in a row.
type SignInFailures struct {
	Failures int64       `db:"failures"`
	LastOn   talkit.Time `db:"last_on"`
}

// SignInFailures reads those of who.
func (q queries) SignInFailures(ctx context.Context, who []byte) (SignInFailures, error) {
	f, err := one[SignInFailures](ctx, q, "failure", "SELECT failures, last_on FROM sign_in_failures WHERE who = ?", who)
	if talkit.IsNotFound(err) {
		err = nil
	}
	return f, err
}

// HoldSignInFailures reads those of who, and keeps others from them until the
// transaction ends.
func (tx *Tx) HoldSignInFailures(ctx context.Context, who []byte) (SignInFailures, error) {
	return one[SignInFailures](ctx, tx.queries, "failure", `INSERT INTO sign_in_failures (who, failures, last_on) VALUES (?, 0, 0)
		ON CONFLICT (who) DO UPDATE SET failures = sign_in_failures.failures RETURNING failures, last_on`, who)
}

// SetSignInFailures sets those of who that are held.
func (tx *Tx) SetSignInFailures(ctx context.Context, who []byte, f SignInFailures) error {
	return tx.change(ctx, "failure", "UPDATE sign_in_failures SET failures = ?, last_on = ? WHERE who = ?", f.Failures, f.LastOn, who)
}

// TakeBackSignInFailure takes the failure of a time back. If it is the last
// one, the one before was at was.
func (tx *Tx) TakeBackSignInFailure(ctx context.Context, who []byte, on, was talkit.Time) error {
	_, err := tx.exec(ctx, `UPDATE sign_in_failures SET failures = failures - 1, last_on = CASE WHEN last_on = ? THEN CAST(? AS BIGINT) ELSE last_on END
		WHERE who = ? AND failures > 0`, on, was, who)
	return err
}

// ForgetSignInFailures ends the row of wrong passwords of who.
func (tx *Tx) ForgetSignInFailures(ctx context.Context, who []byte) error {
	_, err := tx.exec(ctx, "DELETE FROM sign_in_failures WHERE who = ?", who)
	return err
}

// DropExpired takes away sessions and links whose time is over, and failures
// from before old.
func (tx *Tx) DropExpired(ctx context.Context, now, old talkit.Time) error {
	for query, at := range map[string]talkit.Time{
		"DELETE FROM sessions WHERE expires_on <= ?":      now,
		"DELETE FROM links WHERE expires_on <= ?":         now,
		"DELETE FROM sign_in_failures WHERE last_on <= ?": old,
	} {
		if _, err := tx.exec(ctx, query, at); err != nil {
			return err
		}
	}
	return nil
}
