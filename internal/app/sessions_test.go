package app

import (
	"path"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// entering is a person with a session and a link.
type entering struct {
	*App
	talkit.User
	t       *testing.T
	session string // the cookie's value
	link    string
}

func enteringBy(t *testing.T, db *store.DB) entering {
	t.Helper()
	a, u := signing(t, db)
	e := entering{App: a, User: u, t: t}
	g, err := a.SignIn(t.Context(), u.Email, rightPassword, Browser{})
	if err != nil {
		t.Fatal(err)
	}
	e.session = g.Value
	url, err := a.MakeLink(t.Context(), talkit.Operator, u.ID, talkit.RecoveryLife)
	if err != nil {
		t.Fatal(err)
	}
	e.link = path.Base(url)
	return e
}

// livingEntries tells which of session and link work.
func (e entering) livingEntries() (session, link bool) {
	e.t.Helper()
	_, err := e.SessionCaller(e.t.Context(), e.session, "")
	if err != nil && talkit.KindOf(err) != talkit.Unauthenticated {
		e.t.Fatal(err)
	}
	_, dead := e.LinkPurpose(e.t.Context(), e.link)
	if dead != nil && !talkit.IsNotFound(dead) {
		e.t.Fatal(dead)
	}
	return err == nil, dead == nil
}

// Who is shut out because somebody else was in must find that gone when they
// are let in again.
func TestShutOutAndLetInAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := enteringBy(t, db)
		for _, disabled := range []bool{true, false} {
			if _, err := e.ChangeUser(t.Context(), talkit.Operator, e.Email, UserChange{Disabled: &disabled}); err != nil {
				t.Fatal(err)
			}
			if session, link := e.livingEntries(); session || link {
				t.Errorf("disabled %t: session %t, link %t", disabled, session, link)
			}
		}
	})
}

// Who changes a password because somebody read their mail must not have to
// fear the link in it.
func TestNewPasswordEndsLinks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := enteringBy(t, db)
		who, err := e.SessionCaller(t.Context(), e.session, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := e.SetPassword(t.Context(), who, rightPassword, "another one altogether"); err != nil {
			t.Fatal(err)
		}
		if session, link := e.livingEntries(); !session || link {
			t.Errorf("session %t, link %t", session, link)
		}
	})
}
