package app

import (
	"fmt"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// expire moves the end of all sessions and links to a time from now.
func (e entering) expire(from time.Duration) {
	e.t.Helper()
	for _, table := range []string{"sessions", "links"} {
		if _, err := e.DB.Writer().ExecContext(e.t.Context(), fmt.Sprintf("UPDATE %s SET expires_on = %d", table, talkit.Now().Add(from))); err != nil {
			e.t.Fatal(err)
		}
	}
}

// rowsLeft counts sessions and links that are kept, whether they work or not.
func (e entering) rowsLeft() (sessions, links int) {
	e.t.Helper()
	return len(allRows(e.t, e.DB, "SELECT id FROM sessions")), len(allRows(e.t, e.DB, "SELECT id FROM links"))
}

// TestWhatExpiredOpensNothing, though it is still kept: neither a session nor a
// link, and the link sets no password.
func TestWhatExpiredOpensNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := enteringBy(t, db)
		ctx := t.Context()
		who, err := e.SessionCaller(ctx, e.session, "")
		if err != nil {
			t.Fatal(err)
		}
		e.expire(time.Minute)
		if session, link := e.livingEntries(); !session || !link {
			t.Errorf("before: session %t, link %t", session, link)
		}
		e.expire(0)
		if session, link := e.livingEntries(); session || link {
			t.Errorf("after: session %t, link %t", session, link)
		}
		if list, err := e.Sessions(ctx, who); err != nil || len(list) > 0 {
			t.Errorf("listed are %+v, %v", list, err)
		}
		const other = "another one altogether"
		if g, err := e.UseLink(ctx, e.link, other, Browser{}); !talkit.IsNotFound(err) || g.Value != "" {
			t.Errorf("the link signs in: %+v, %v", g, err)
		}
		if _, err := e.SignIn(ctx, e.Email, other, Browser{}); talkit.KindOf(err) != talkit.Unauthenticated {
			t.Errorf("the link set a password: %v", err)
		}
		if sessions, links := e.rowsLeft(); sessions != 1 || links != 1 {
			t.Errorf("%d sessions, %d links", sessions, links)
		}
	})
}

// TestALinkThatSetsUpExpires: who finds it in an old log cannot become the
// first operator; the next one can.
func TestALinkThatSetsUpExpires(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := entering{App: testApp(t, db), t: t}
		ctx := t.Context()
		n := NewUser{Email: "boss@example.com", Password: rightPassword}
		link := func() string {
			url, err := e.SetupLink(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return url[len("/app/link/"):]
		}
		old := link()
		e.expire(0)
		if _, err := e.LinkPurpose(ctx, old); !talkit.IsNotFound(err) {
			t.Errorf("it opens: %v", err)
		}
		if _, err := e.SetUp(ctx, old, n, Browser{}); !talkit.IsNotFound(err) {
			t.Errorf("it sets up: %v", err)
		}
		if g, err := e.SetUp(ctx, link(), n, Browser{}); err != nil || !g.Person.Admin {
			t.Errorf("the next one: %+v, %v", g, err)
		}
	})
}

// TestTheSweepTakesWhatExpired, and leaves what still works.
func TestTheSweepTakesWhatExpired(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := enteringBy(t, db)
		swept := func(sessions, links int) {
			t.Helper()
			if err := e.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s, l := e.rowsLeft(); s != sessions || l != links {
				t.Errorf("%d sessions and %d links are left, want %d and %d", s, l, sessions, links)
			}
		}
		e.expire(time.Minute)
		swept(1, 1)
		e.expire(0)
		g, err := e.SignIn(t.Context(), e.Email, rightPassword, Browser{})
		if err != nil {
			t.Fatal(err)
		}
		swept(1, 0)
		if _, err := e.SessionCaller(t.Context(), g.Value, ""); err != nil {
			t.Errorf("the new session: %v", err)
		}
	})
}
