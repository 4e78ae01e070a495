package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/wire"
)

// FetchUser shows the person who installed the calling plugin.
func (a *App) FetchUser(ctx context.Context, who talkit.Caller, id int64) (wire.User, error) {
	if err := who.Require(talkit.ResourceUser, talkit.AccessRead); err != nil {
		return wire.User{}, err
	}
	if id != who.UserID {
		return wire.User{}, talkit.Missing("user")
	}
	a.used(who, useName)
	return a.Wire.User(who.Person), nil
}

// NewUser is what an operator says of a new person. Password may be empty.
type NewUser struct {
	Email, FirstName, LastName string
	Developer, Admin           bool
	Password                   string
}

// person checks what was said of somebody, and makes them of it.
func (n NewUser) person(ctx context.Context) (talkit.User, error) {
	email, err := talkit.NormalizeEmail(n.Email)
	if err != nil {
		return talkit.User{}, err
	}
	now := talkit.Now()
	u := talkit.User{Email: email, FirstName: n.FirstName, LastName: n.LastName, Developer: n.Developer, Admin: n.Admin,
		AudioDays: talkit.KeepAudio, CreatedOn: now, UpdatedOn: now}
	if err := u.Validate(); err != nil || n.Password == "" {
		return u, err
	}
	u.PasswordHash, err = newPassword(ctx, n.Password)
	return u, err
}

// CreateUser makes an active person at once.
func (a *App) CreateUser(ctx context.Context, who talkit.Caller, n NewUser) (talkit.User, error) {
	u, err := n.person(ctx)
	if err != nil {
		return u, err
	}
	return u, a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.AddUser(ctx, &u); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "user.created", "user", u.ID, "")
	})
}

// UserChange is what an operator says of a person; nil leaves a value as it is.
type UserChange struct {
	Developer, Admin, Disabled, Review *bool
	CRMIntegrationID                   *int64 // 0 files notes under none
	SpeechChange
}

// ChangeUser changes a person. Disabled shuts them out at once, their keys,
// tokens and webhooks too. One operator always stays.
func (a *App) ChangeUser(ctx context.Context, who talkit.Caller, email string, c UserChange) (talkit.User, error) {
	u, err := a.UserByEmail(ctx, email)
	if err != nil {
		return u, err
	}
	if c.CRMIntegrationID != nil && *c.CRMIntegrationID != 0 {
		if err := a.checkCRM(ctx, c.CRMIntegrationID); err != nil {
			return u, err
		}
	}
	id, known := u.ID, a.LanguagesKnown()
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		operators, err := tx.OperatorsLeft(ctx)
		if err != nil {
			return err
		}
		if u, err = tx.LockUser(ctx, id); err != nil {
			return err
		}
		if u.DeletedOn != 0 {
			return talkit.Errorf(talkit.Conflict, "This account is being deleted.")
		}
		operated, news, before := operates(u), c.news(u), u.Language
		c.apply(&u)
		if err := cmp.Or(u.Validate(), knownLanguage(before, u.Language, known)); err != nil {
			return err
		}
		if operated && !operates(u) && operators == 1 {
			return lastOperator()
		}
		u.UpdatedOn = talkit.Now()
		if err := tx.SetUser(ctx, u); err != nil {
			return err
		}
		if u.Disabled {
			if err := endEntries(ctx, tx, id); err != nil {
				return err
			}
		}
		return a.audit(ctx, tx, who, "user.changed", "user", id, news.String())
	})
	return u, err
}

// endEntries signs a person out everywhere and ends links: who is let in again
// comes with a password.
func endEntries(ctx context.Context, tx *store.Tx, userID int64) error {
	if err := tx.EndSessionsBut(ctx, userID, 0); err != nil {
		return err
	}
	return tx.DropLinks(ctx, &userID)
}

// news leaves out of a change what is so already.
func (c UserChange) news(u talkit.User) UserChange {
	for _, flag := range []struct {
		to **bool
		is bool
	}{{&c.Developer, u.Developer}, {&c.Admin, u.Admin}, {&c.Disabled, u.Disabled}, {&c.Review, u.Review}} {
		if *flag.to != nil && **flag.to == flag.is {
			*flag.to = nil
		}
	}
	return c
}

func (c UserChange) apply(u *talkit.User) {
	set(&u.Developer, c.Developer)
	set(&u.Admin, c.Admin)
	set(&u.Disabled, c.Disabled)
	set(&u.Review, c.Review)
	c.SpeechChange.apply(u)
	if c.CRMIntegrationID != nil {
		if u.CRMIntegrationID = c.CRMIntegrationID; *c.CRMIntegrationID == 0 {
			u.CRMIntegrationID = nil
		}
	}
}

// String names what is changed, for the audit log.
func (c UserChange) String() string {
	var words []string
	for _, flag := range []struct {
		name  string
		value *bool
	}{{"developer", c.Developer}, {"admin", c.Admin}, {"disabled", c.Disabled}, {"review", c.Review}} {
		if flag.value != nil {
			words = append(words, fmt.Sprintf("%s=%t", flag.name, *flag.value))
		}
	}
	if c.CRMIntegrationID != nil {
		words = append(words, fmt.Sprintf("crm_integration=%d", *c.CRMIntegrationID))
	}
	return strings.Join(append(words, c.words()...), " ")
}

// UserByEmail finds a person for an operator.
func (a *App) UserByEmail(ctx context.Context, email string) (talkit.User, error) {
	email, err := talkit.NormalizeEmail(email)
	if err != nil {
		return talkit.User{}, err
	}
	u, err := a.DB.UserByEmail(ctx, email)
	if talkit.IsNotFound(err) {
		return u, talkit.Errorf(talkit.NotFound, "Nobody here has the address %s. See talkit user list.", email)
	}
	return u, err
}

// CreateKey makes a bearer key for a person and returns its value, which is
// kept nowhere.
func (a *App) CreateKey(ctx context.Context, who talkit.Caller, u talkit.User, kind talkit.KeyKind, name string) (string, error) {
	prefix := auth.UserKeyPrefix
	if kind == talkit.DeveloperKey {
		prefix = auth.DeveloperKeyPrefix
	}
	if kind == talkit.DeveloperKey && !u.Developer {
		return "", talkit.Errorf(talkit.Conflict, "%s is not a developer. Make them one with talkit user change --developer.", u.Email)
	}
	if err := talkit.CheckText("name", name, 100); err != nil {
		return "", err
	}
	value, hash, last4 := auth.NewKey(prefix)
	k := talkit.Key{UserID: u.ID, Kind: kind, Name: name, Hash: hash, Last4: last4, CreatedOn: talkit.Now()}
	return value, a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.AddKey(ctx, &k); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "key.created", "key", k.ID, string(kind))
	})
}

// RevokeKey ends a bearer key at once.
func (a *App) RevokeKey(ctx context.Context, who talkit.Caller, id int64) error {
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RevokeKey(ctx, id, talkit.Now()); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "key.revoked", "key", id, "")
	})
	if talkit.IsNotFound(err) {
		return talkit.Errorf(talkit.NotFound, "There is no living key %d. talkit key list shows those there are.", id)
	}
	return err
}

// CRMIntegrations lists the customer systems that notes can be filed under.
func (a *App) CRMIntegrations(ctx context.Context, p talkit.Page) (wire.List[wire.CRMIntegration], error) {
	list, err := a.DB.CRMIntegrations(ctx, p)
	return wire.ListOf(list, a.Wire.CRMIntegration), err
}

// AddCRMIntegration adds a customer system that notes can be filed under.
func (a *App) AddCRMIntegration(ctx context.Context, who talkit.Caller, name string) (talkit.CRMIntegration, error) {
	c := talkit.CRMIntegration{Name: name, CreatedOn: talkit.Now()}
	if err := talkit.CheckName("name", name, 100); err != nil {
		return c, err
	}
	return c, a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.AddCRMIntegration(ctx, &c); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "crm_integration.created", "crm_integration", c.ID, name)
	})
}

// checkCRM refuses an integration that does not exist.
func (a *App) checkCRM(ctx context.Context, id *int64) error {
	if id == nil {
		return nil
	}
	_, err := a.DB.CRMIntegration(ctx, *id)
	if talkit.IsNotFound(err) {
		return talkit.InvalidField("body.crm_integration_id", "must be the id of a CRM integration that exists (GET /crm_integrations)")
	}
	return err
}
