package app

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
)

// tried is one of the ways in which tries are counted.
type tried struct {
	who   []byte
	free  int64         // failures that cost nothing
	worst time.Duration // the longest wait; each such time makes up for one failure
}

// triedBy counts tries of a person from one place, of a place, and of a person
// from anywhere. The last two wait short at the worst: many can sit behind one
// address, and anyone can cause the last.
func triedBy(email, address string) []tried {
	place := network(address)
	return []tried{
		{auth.HashKey("person and place\n" + email + "\n" + place), 3, 15 * time.Minute},
		{auth.HashKey("place\n" + place), 30, time.Minute},
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

// left is how much longer the next try must wait.
func (t tried) left(f store.SignInFailures, now talkit.Time) time.Duration {
	return t.wait(f.Failures) - now.Sub(f.LastOn)
}

// afterOneMore is how the count stands after another failure.
func (t tried) afterOneMore(f store.SignInFailures, now talkit.Time) store.SignInFailures {
	forgotten := int64(max(now.Sub(f.LastOn), 0) / t.worst)
	return store.SignInFailures{Failures: max(f.Failures-forgotten, 0) + 1, LastOn: now}
}

const wrongTooOften = "That was wrong too often. Try again in %s."

// mustWait refuses, in words with the time that is left, what was tried too often.
func mustWait(rest time.Duration, words string) error {
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

// countedTry is a try that was counted as a failure before it was made.
type countedTry struct {
	app *App
	all []tried
	was []store.SignInFailures
	on  talkit.Time
}

// countTry counts a try with a password. It does so first: of many at once as
// many come through as of the same number one after the other.
func (a *App) countTry(ctx context.Context, all []tried) (c *countedTry, err error) {
	for _, t := range all { // who must wait costs no transaction
		f, err := a.DB.SignInFailures(ctx, t.who)
		if err == nil {
			err = mustWait(t.left(f, talkit.Now()), wrongTooOften)
		}
		if err != nil {
			return nil, err
		}
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		c, err = a.countIn(ctx, tx, all, wrongTooOften)
		return err
	})
	return c, err
}

func (a *App) countIn(ctx context.Context, tx *store.Tx, all []tried, words string) (*countedTry, error) {
	c := &countedTry{app: a, all: all, on: talkit.Now()}
	var rest time.Duration
	for _, t := range all {
		f, err := tx.HoldSignInFailures(ctx, t.who)
		if err != nil {
			return nil, err
		}
		c.was = append(c.was, f)
		rest = max(rest, t.left(f, c.on))
	}
	if err := mustWait(rest, words); err != nil {
		return nil, err
	}
	for i, t := range all {
		if err := tx.SetSignInFailures(ctx, t.who, t.afterOneMore(c.was[i], c.on)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// forgive takes the count back: the password was right. The person is trusted
// anew at this place.
func (c *countedTry) forgive(ctx context.Context, tx *store.Tx) error {
	if err := tx.ForgetSignInFailures(ctx, c.all[0].who); err != nil {
		return err
	}
	return c.takeBack(ctx, tx, 1)
}

// takeBack has the counts, from one on, as if there had been no try.
func (c *countedTry) takeBack(ctx context.Context, tx *store.Tx, from int) error {
	for i := from; i < len(c.all); i++ {
		if err := tx.TakeBackSignInFailure(ctx, c.all[i].who, c.on, c.was[i].LastOn); err != nil {
			return err
		}
	}
	return nil
}

// passwordMatches is auth.PasswordMatches for a try that was counted. One that
// could not be made does not count.
func (a *App) passwordMatches(ctx context.Context, c *countedTry, password, hash string) (bool, error) {
	right, err := auth.PasswordMatches(ctx, password, hash)
	if err != nil {
		a.DB.InTx(ctx, func(tx *store.Tx) error { return c.takeBack(ctx, tx, 0) }) // err says more
	}
	return right, err
}
