package app

import (
	"context"
	"strings"
	"time"
	"unicode"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
)

// seeEvery is how often it is noted that a session is in use.
const seeEvery = 5 * time.Minute

// maxAgent is how much is kept of what a browser says it is.
const maxAgent = 300

// SessionCaller makes a Caller of the value of a session's cookie.
func (a *App) SessionCaller(ctx context.Context, value, from string) (talkit.Caller, error) {
	now := talkit.Now()
	bearer, err := a.DB.SessionByHash(ctx, auth.HashKey(value), now)
	if talkit.IsNotFound(err) || (err == nil && bearer.User.Disabled) {
		return talkit.Caller{}, talkit.Errorf(talkit.Unauthenticated, "You are not signed in, or no longer. Sign in again.")
	}
	if err != nil {
		return talkit.Caller{}, err
	}
	if now.Sub(bearer.Session.SeenOn) > seeEvery {
		err = a.DB.InTx(ctx, func(tx *store.Tx) error {
			return tx.SeeSession(ctx, bearer.Session.ID, from, now, now.Add(talkit.SessionLife))
		})
	}
	return talkit.Caller{Kind: talkit.CallerUser, UserID: bearer.User.ID, Person: bearer.User, SessionID: bearer.Session.ID, From: from}, err
}

// Browser is where somebody signs in from.
type Browser struct {
	Address string
	Agent   string
}

// Greeting is a session that was just begun; Value is the cookie's.
type Greeting struct {
	Value  string
	Person talkit.User
}

// SignIn begins a session for an e-mail address and a password. A wrong one,
// an unknown address and a disabled person get the same answer after the same
// work, and each failure makes the next try wait longer.
func (a *App) SignIn(ctx context.Context, email, password string, from Browser) (g Greeting, err error) {
	ctx = context.WithoutCancel(ctx) // who goes away before the answer has tried as well
	email = strings.ToLower(strings.TrimSpace(email))
	counted, err := a.countTry(ctx, triedBy(email, from.Address))
	if err != nil {
		return g, err
	}
	u, err := a.DB.UserByEmail(ctx, email)
	if err != nil && !talkit.IsNotFound(err) {
		return g, err
	}
	right, err := a.passwordMatches(ctx, counted, password, u.PasswordHash)
	if err != nil {
		return g, err
	}
	if !right || u.Disabled {
		return g, a.wrongPassword(ctx, u, from)
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		now, err := tx.LockUser(ctx, u.ID)
		if talkit.IsNotFound(err) || (err == nil && (now.Disabled || now.PasswordHash != u.PasswordHash)) { // since it was looked at
			return notTogether()
		}
		if err != nil {
			return err
		}
		if err := counted.forgive(ctx, tx); err != nil {
			return err
		}
		g, err = a.beginSession(ctx, tx, u, from, "session.began")
		return err
	})
	return g, err
}

func (a *App) beginSession(ctx context.Context, tx *store.Tx, u talkit.User, from Browser, action string) (Greeting, error) {
	value, hash, _ := auth.NewKey("")
	now := talkit.Now()
	s := talkit.Session{UserID: u.ID, Hash: hash, Address: from.Address, Agent: plainText(from.Agent, maxAgent),
		CreatedOn: now, SeenOn: now, ExpiresOn: now.Add(talkit.SessionLife)}
	if err := tx.AddSession(ctx, &s); err != nil {
		return Greeting{}, err
	}
	who := talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, From: from.Address}
	return Greeting{value, u}, a.audit(ctx, tx, who, action, "session", s.ID, "")
}

// plainText makes a header's bytes fit for the database and people's eyes.
func plainText(s string, most int) string {
	visible := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}
	runes := []rune(strings.Map(visible, strings.ToValidUTF8(s, "")))
	return string(runes[:min(len(runes), most)])
}

func (a *App) wrongPassword(ctx context.Context, u talkit.User, from Browser) error {
	who := talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, From: from.Address}
	err := a.DB.InTx(ctx, func(tx *store.Tx) error { return a.audit(ctx, tx, who, "session.refused", "user", u.ID, "") })
	if err != nil {
		return err
	}
	return notTogether()
}

func notTogether() error {
	return talkit.Errorf(talkit.Unauthenticated, "That e-mail address and password do not belong together. Try again, or ask for a link to set a new password.")
}

// Sessions lists the browsers in which the person is signed in.
func (a *App) Sessions(ctx context.Context, who talkit.Caller) ([]talkit.Session, error) {
	return a.DB.SessionsOf(ctx, who.UserID, talkit.Now())
}

// EndSession signs one browser out.
func (a *App) EndSession(ctx context.Context, who talkit.Caller, id int64) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.EndSession(ctx, who.UserID, id); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "session.ended", "session", id, "")
	})
}

// SetPassword changes the person's password, signs all other browsers out and
// ends links. Who has a password must show it.
func (a *App) SetPassword(ctx context.Context, who talkit.Caller, current, password string) error {
	u, err := a.DB.User(ctx, who.UserID)
	if err != nil {
		return err
	}
	if err := a.mustKnow(ctx, who, u, "current_password", current); err != nil {
		return err
	}
	hash, err := newPassword(ctx, password)
	if err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := setPassword(ctx, tx, u.ID, hash); err != nil {
			return err
		}
		if err := tx.EndSessionsBut(ctx, u.ID, who.SessionID); err != nil {
			return err
		}
		if err := tx.DropLinks(ctx, &u.ID); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "password.changed", "user", u.ID, "")
	})
}

func newPassword(ctx context.Context, password string) (hash string, err error) {
	if err := auth.CheckPassword("password", password); err != nil {
		return "", err
	}
	return auth.HashPassword(ctx, password)
}

func setPassword(ctx context.Context, tx *store.Tx, userID int64, hash string) error {
	u, err := tx.LockUser(ctx, userID)
	if err != nil {
		return err
	}
	u.PasswordHash, u.UpdatedOn = hash, talkit.Now()
	return tx.SetUser(ctx, u)
}
