package app

import (
	"context"
	"time"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
)

// MakeLink makes an address at which the person signs in once and sets a
// password. It is shown here alone.
func (a *App) MakeLink(ctx context.Context, who talkit.Caller, userID int64, life time.Duration) (url string, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(ctx, userID)
		if err != nil {
			return err
		}
		if u.Disabled {
			return talkit.Errorf(talkit.Conflict, "This person is shut out. Let them in again first.")
		}
		if url, err = a.addLink(ctx, tx, &userID, life); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "link.created", "user", userID, "")
	})
	return url, err
}

// SetupLink makes the address at which the first operator sets the server up,
// "" where there is one already. The one made before works no more.
func (a *App) SetupLink(ctx context.Context) (url string, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		has, err := tx.HasOperator(ctx)
		if err != nil || has {
			return err
		}
		if err := tx.DropLinks(ctx, nil); err != nil {
			return err
		}
		if url, err = a.addLink(ctx, tx, nil, talkit.SetupLife); err != nil {
			return err
		}
		return a.audit(ctx, tx, theServer, "link.created", "server", 0, "set-up")
	})
	return url, err
}

func (a *App) addLink(ctx context.Context, tx *store.Tx, userID *int64, life time.Duration) (string, error) {
	value := auth.NewID()
	now := talkit.Now()
	l := talkit.Link{UserID: userID, Hash: auth.HashKey(value), CreatedOn: now, ExpiresOn: now.Add(life)}
	return a.Wire.URL + "/app/link/" + value, tx.AddLink(ctx, &l)
}

func deadLink() error {
	return talkit.Errorf(talkit.NotFound, "This link does not work any more: each works once, and for a limited time. Ask for a new one.")
}

// LinkPurpose is what a link is for: the person whose it is, none for one that
// sets the server up. Looking uses nothing up, as mail programs look as well.
func (a *App) LinkPurpose(ctx context.Context, value string) (*talkit.User, error) {
	l, err := a.living(ctx, a.DB.LinkByHash, value)
	if err != nil || l.UserID == nil {
		return nil, err
	}
	u, err := a.DB.User(ctx, *l.UserID)
	if err == nil && u.Disabled {
		err = deadLink()
	}
	return &u, err
}

// living reads a link that works, by day or within a transaction.
func (a *App) living(ctx context.Context, read func(context.Context, []byte, talkit.Time) (talkit.Link, error), value string) (talkit.Link, error) {
	l, err := read(ctx, auth.HashKey(value), talkit.Now())
	if talkit.IsNotFound(err) {
		return l, deadLink()
	}
	if err != nil || l.UserID != nil {
		return l, err
	}
	if has, err := a.DB.HasOperator(ctx); err != nil || has {
		if err == nil {
			err = deadLink()
		}
		return l, err
	}
	return l, nil
}

// UseLink sets the password of the link's person, signs them in, and ends
// their other sessions and links.
func (a *App) UseLink(ctx context.Context, value, password string, from Browser) (g Greeting, err error) {
	if _, err := a.LinkPurpose(ctx, value); err != nil {
		return g, err
	}
	hash, err := newPassword(ctx, password)
	if err != nil {
		return g, err
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		l, err := tx.LinkByHash(ctx, auth.HashKey(value), talkit.Now())
		if talkit.IsNotFound(err) || (err == nil && l.UserID == nil) {
			return deadLink()
		}
		if err != nil {
			return err
		}
		return a.enter(ctx, tx, l, hash, from, &g)
	})
	return g, err
}

func (a *App) enter(ctx context.Context, tx *store.Tx, l talkit.Link, hash string, from Browser, g *Greeting) error {
	if err := tx.UseLink(ctx, l.ID); err != nil {
		return deadLink()
	}
	if err := setPassword(ctx, tx, *l.UserID, hash); err != nil {
		return err
	}
	if err := endEntries(ctx, tx, *l.UserID); err != nil {
		return err
	}
	u, err := tx.User(ctx, *l.UserID)
	if err != nil {
		return err
	}
	if u.Disabled {
		return deadLink()
	}
	*g, err = a.beginSession(ctx, tx, u, from, "link.used")
	return err
}

// SetUp makes the first operator by the link that the server printed, and
// signs them in.
func (a *App) SetUp(ctx context.Context, value string, n NewUser, from Browser) (g Greeting, err error) {
	if _, err := a.living(ctx, a.DB.LinkByHash, value); err != nil {
		return g, err
	}
	u, err := n.person(ctx)
	if err != nil {
		return g, err
	}
	if u.PasswordHash == "" {
		return g, talkit.InvalidField("password", "must have at least %d characters", auth.MinPassword)
	}
	u.Admin, u.Developer = true, true
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		l, err := tx.LinkByHash(ctx, auth.HashKey(value), talkit.Now())
		if err != nil || l.UserID != nil {
			return deadLink()
		}
		if err := tx.UseLink(ctx, l.ID); err != nil { // of two at once, one goes on
			return deadLink()
		}
		if has, err := tx.HasOperator(ctx); err != nil || has {
			return deadLink()
		}
		if err := tx.AddUser(ctx, &u); err != nil {
			return err
		}
		who := talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, From: from.Address}
		if err := a.audit(ctx, tx, who, "user.created", "user", u.ID, "set-up"); err != nil {
			return err
		}
		g, err = a.beginSession(ctx, tx, u, from, "link.used")
		return err
	})
	return g, err
}
