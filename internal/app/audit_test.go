package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestAudit does what must be in the log, and finds each with who did it, to
// what, and from where.
func TestAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		var err error
		if a.Sealer, err = auth.NewSealer("a key of thirty-two characters ok"); err != nil {
			t.Fatal(err)
		}
		const password, here = "correct horse battery", "192.0.2.7"
		browser := Browser{Address: here, Agent: "a browser"}

		want(t)(a.SetupLink(ctx))
		u, err := a.CreateUser(ctx, talkit.Operator, NewUser{Email: "ada@example.org", FirstName: "Ada", LastName: "B", Developer: true})
		if err != nil {
			t.Fatal(err)
		}
		boss := rows.User()
		boss.Admin = true
		rows.Do(func(tx *store.Tx) error { return tx.SetUser(ctx, boss) })
		admin := talkit.Caller{Kind: talkit.CallerOperator, UserID: boss.ID, From: here}
		link, err := a.MakeLink(ctx, admin, u.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		g, err := a.UseLink(ctx, link[strings.LastIndex(link, "/")+1:], password, browser)
		if err != nil {
			t.Fatal(err)
		}
		want(t)(a.SignIn(ctx, u.Email, password, browser))
		_, wrong := a.SignIn(ctx, u.Email, "wrong", browser)
		wantKind(t, "a wrong password", wrong, talkit.Unauthenticated)
		who, err := a.SessionCaller(ctx, g.Value, here)
		if err != nil {
			t.Fatal(err)
		}
		want(t)(nil, a.EndSession(ctx, who, who.SessionID))
		yes, no := true, false
		want(t)(a.ChangeUser(ctx, admin, u.Email, UserChange{Admin: &yes, Developer: &yes, Disabled: &no}))

		want(t)(a.CreateMyKey(ctx, who, talkit.UserKey, "laptop"))
		mine, err := a.MyKeys(ctx, who, talkit.UserKey)
		if err != nil {
			t.Fatal(err)
		}
		want(t)(nil, a.RevokeMyKey(ctx, who, mine[0].ID))
		want(t)(a.CreateKey(ctx, talkit.Operator, u, talkit.DeveloperKey, "by hand"))
		theirs, err := a.MyKeys(ctx, who, talkit.DeveloperKey)
		if err != nil {
			t.Fatal(err)
		}
		want(t)(nil, a.RevokeKey(ctx, talkit.Operator, theirs[0].ID))

		name := "Notes"
		p, err := a.CreatePlugin(ctx, who, PluginChange{Name: &name, Permissions: talkit.Permissions{talkit.ResourceTranscript: talkit.AccessRead}})
		if err != nil {
			t.Fatal(err)
		}
		secret, err := a.CreateSecretKey(ctx, who, p.ID, "production")
		if err != nil {
			t.Fatal(err)
		}
		want(t)(nil, a.RevokeSecretKey(ctx, who, p.ID, secret.ID))
		i, err := a.Install(ctx, who, p.ID, u)
		if err != nil {
			t.Fatal(err)
		}
		want(t)(a.ChangePlugin(ctx, who, p.ID, PluginChange{Published: &yes, Permissions: talkit.Permissions{talkit.ResourceUser: talkit.AccessRead}}))
		want(t)(a.Install(ctx, who, p.ID, u))
		want(t)(nil, a.Uninstall(ctx, who, i))
		want(t)(nil, a.SetUnlisted(ctx, admin, p.ID, true))
		want(t)(nil, a.SetUnlisted(ctx, admin, p.ID, false))

		byItself, byHand := storetest.NewRecording(u), storetest.NewRecording(u)
		for _, r := range []*talkit.Recording{&byItself, &byHand} {
			rows.Do(func(tx *store.Tx) error { return tx.AddRecording(ctx, r) })
			if r == &byHand {
				want(t)(a.ChangeUser(ctx, talkit.Operator, u.Email, UserChange{Review: &yes}))
			}
			rows.Run(*r)
			want(t)(nil, a.FinishRun(ctx, r.Run.ID, func([]talkit.Piece) talkit.Segments { return talkit.Segments{{Text: "A note."}} }))
		}
		want(t)(a.Release(ctx, who, byHand.ID))
		want(t)(a.Withdraw(ctx, who, byHand.ID))
		want(t)(a.Restore(ctx, who, byHand.ID))
		want(t)(nil, a.DeleteRecording(ctx, who, byHand.ID))
		want(t)(nil, a.DeletePlugin(ctx, who, p.ID))
		want(t)(nil, a.DeleteUser(ctx, admin, u.ID))

		person, operator, line, server := "user "+fmt.Sprint(u.ID)+" "+here, fmt.Sprintf("operator %d %s", admin.UserID, here), "operator 0 command line", "server 0 "
		thing := func(kind string, id int64) string { return fmt.Sprintf("%s %d", kind, id) }
		ofP := fmt.Sprintf("plugin=%d", p.ID)
		same(t, entries(t, a, admin), []string{
			server + " link.created server 0 set-up",
			line + " user.created " + thing("user", u.ID),
			operator + " link.created " + thing("user", u.ID),
			person + " link.used session 1",
			person + " session.began session 2",
			person + " session.refused " + thing("user", u.ID),
			person + " session.ended session 1",
			operator + " user.changed " + thing("user", u.ID) + " admin=true",
			person + " key.created " + thing("key", mine[0].ID) + " user",
			person + " key.revoked " + thing("key", mine[0].ID),
			line + " key.created " + thing("key", theirs[0].ID) + " developer",
			line + " key.revoked " + thing("key", theirs[0].ID),
			person + " plugin.created " + thing("plugin", p.ID),
			person + " secret_key.created " + thing("secret_key", secret.ID) + " " + ofP,
			person + " secret_key.revoked " + thing("secret_key", secret.ID) + " " + ofP,
			person + " installation.created " + thing("installation", i.ID) + " " + ofP + " transcript=read",
			person + " plugin.changed " + thing("plugin", p.ID) + " published=true permissions user=read",
			person + " installation.granted " + thing("installation", i.ID) + " " + ofP + " user=read",
			person + " installation.deleted " + thing("installation", i.ID) + " " + ofP,
			operator + " plugin.unlisted " + thing("plugin", p.ID),
			operator + " plugin.listed " + thing("plugin", p.ID),
			server + " transcript.released " + thing("recording", byItself.ID),
			line + " user.changed " + thing("user", u.ID) + " review=true",
			person + " transcript.released " + thing("recording", byHand.ID),
			person + " transcript.withdrawn " + thing("recording", byHand.ID),
			person + " transcript.restored " + thing("recording", byHand.ID),
			person + " recording.deleted " + thing("recording", byHand.ID),
			person + " plugin.deleted " + thing("plugin", p.ID),
			operator + " user.deleted " + thing("user", u.ID),
		})
	})
}

// entries are the lines of the log, the oldest first.
func entries(t *testing.T, a *App, who talkit.Caller) (lines []string) {
	t.Helper()
	found, older, err := a.AuditLog(t.Context(), who, AuditFilter{})
	if err != nil || older != 0 {
		t.Fatal(older, err)
	}
	for _, e := range found {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %d %s %s %s %d %s", e.Actor, e.ActorID, e.Address, e.Action, e.Thing, e.ThingID, e.Detail)))
	}
	slices.Reverse(lines)
	return lines
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	for n := range max(len(got), len(want)) {
		switch {
		case n >= len(got):
			t.Errorf("missing: %s", want[n])
		case n >= len(want):
			t.Errorf("too many: %s", got[n])
		case got[n] != want[n]:
			t.Errorf("entry %d: %q, want %q", n, got[n], want[n])
		}
	}
}
