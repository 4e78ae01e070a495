package app

import (
	"context"
	"net/netip"
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
func (a *App) SignIn(ctx context.Context, email, password string, from Browser) (Greeting, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	tried := triedBy(email, from.Address)
	if err := a.mayTry(ctx, tried); err != nil {
		return Greeting{}, err
	}
	u, err := a.DB.UserByEmail(ctx, email)
	if err != nil && !talkit.IsNotFound(err) {
		return Greeting{}, err
	}
	right, err := auth.PasswordMatches(ctx, password, u.PasswordHash)
	if err != nil {
		return Greeting{}, err
	}
	if !right || u.Disabled {
		return Greeting{}, a.wrongPassword(ctx, tried, u, from)
	}
	var g Greeting
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetSignInFailures(ctx, tried[0].who); err != nil {
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

// tried is one of the ways in which tries are counted.
type tried struct {
	who   []byte
	free  int64         // failures that cost nothing
	worst time.Duration // the longest wait
}

// triedBy counts tries of a person from one place, of a place, and of a person
// from anywhere. The last waits short at the worst, as anyone can cause it.
func triedBy(email, address string) [3]tried {
	place := network(address)
	return [3]tried{
		{auth.HashKey("person and place\n" + email + "\n" + place), 3, 15 * time.Minute},
		{auth.HashKey("place\n" + place), 30, 15 * time.Minute},
		{auth.HashKey("person\n" + email), 30, 10 * time.Second},
	}
}

// network is what one person can be taken to hold: an IPv4 address, or the
// /64 of an IPv6 one.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// wait is how long after the last failure the next try may be: a second, and
// twice as long each time.
func (t tried) wait(failures int64) time.Duration {
	over := failures - t.free
	if over < 0 {
		return 0
	}
	return min(time.Second<<min(over, 20), t.worst)
}

func (a *App) mayTry(ctx context.Context, all [3]tried) error {
	return a.mustWait(ctx, "That was wrong too often. Try again in %s.", all[:]...)
}

// mustWait refuses, in words with the time that is left, what was tried too often.
func (a *App) mustWait(ctx context.Context, words string, all ...tried) error {
	var rest time.Duration
	for _, t := range all {
		f, err := a.DB.SignInFailures(ctx, t.who)
		if err != nil {
			return err
		}
		rest = max(rest, t.wait(f.Failures)-talkit.Now().Sub(f.LastOn))
	}
	if rest <= 0 {
		return nil
	}
	e := talkit.Errorf(talkit.TooMany, words, inWords(rest))
	e.RetryAfter = rest
	return e
}

// inWords rounds up, so that who waits that long has waited long enough.
func inWords(d time.Duration) string {
	if d <= time.Second {
		return "a second"
	}
	if d < time.Minute {
		return (d + time.Second - 1).Truncate(time.Second).String()
	}
	return strings.TrimSuffix((d + time.Minute - 1).Truncate(time.Minute).String(), "0s")
}

func (a *App) wrongPassword(ctx context.Context, all [3]tried, u talkit.User, from Browser) error {
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		for _, t := range all {
			if err := tx.AddSignInFailure(ctx, t.who, talkit.Now()); err != nil {
				return err
			}
		}
		return a.audit(ctx, tx, talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, From: from.Address}, "session.refused", "user", u.ID, "")
	})
	if err != nil {
		return err
	}
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

// SetPassword changes the person's password and signs all other browsers out.
// Who has a password must show it.
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
