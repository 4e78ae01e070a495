package app

import (
	"sync"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func personal(u talkit.User) talkit.Caller {
	return talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, Person: u, From: "192.0.2.1"}
}

// TestAgreeAtTheSameTime: of many clicks on one button there is one installation.
func TestAgreeAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		dev := rows.User()
		p, who := rows.Plugin(dev), personal(dev)
		o, err := a.FetchOffer(ctx, who, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { want(t)(a.Agree(ctx, who, p.ID, o.Terms())) })
		}
		all.Wait()
		if list, err := db.InstallationsOfPlugin(ctx, p.ID, talkit.Page{Limit: 10}); err != nil || list.Total != 1 || len(list.Items) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		events, err := a.ListEvents(ctx, who, p.ID, talkit.Page{Limit: 10})
		if err != nil || events.TotalCount != 1 {
			t.Errorf("%+v, %v", events, err)
		}
	})
}

// TestAgreeWhileThePluginChanges: what is granted is what was shown, whenever
// the plugin changes.
func TestAgreeWhileThePluginChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		dev := rows.User()
		p, who := rows.Plugin(dev), personal(dev)
		for round := range 10 {
			more := talkit.Permissions{talkit.ResourceTranscript: talkit.AccessRead}
			if round%2 == 0 {
				more[talkit.ResourceAudio] = talkit.AccessRead
			}
			shown, err := a.FetchOffer(ctx, who, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			all.Go(func() { want(t)(a.ChangePlugin(ctx, who, p.ID, PluginChange{Permissions: more})) })
			all.Go(func() {
				agreed, err := a.Agree(ctx, who, p.ID, shown.Terms())
				if err == nil && len(agreed.Installation.Permissions.Beyond(shown.Permissions)) > 0 {
					t.Errorf("round %d: shown %v, granted %v", round, shown.Permissions, agreed.Installation.Permissions)
				} else if err != nil && err != ErrAskAgain {
					t.Error(err)
				}
			})
			all.Wait()
		}
	})
}

// TestConsentNarrows: what a plugin no longer asks for is taken from it, and
// each step is in the audit log.
func TestConsentNarrows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		dev := rows.User()
		p, who := rows.Plugin(dev), personal(dev)
		agree := func() Offer {
			t.Helper()
			o, err := a.FetchOffer(ctx, who, p.ID)
			if err == nil {
				o, err = a.Agree(ctx, who, p.ID, o.Terms())
			}
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		first := agree()
		want(t)(a.ChangePlugin(ctx, who, p.ID, PluginChange{Permissions: talkit.Permissions{talkit.ResourceUser: talkit.AccessRead}}))
		second := agree()
		agree() // nothing new: no entry
		if second.Installation.UUID != first.Installation.UUID || second.Installation.Permissions.Level(talkit.ResourceTranscript) != talkit.AccessNone {
			t.Errorf("first %+v, then %+v", first.Installation, second.Installation)
		}
		if err := a.UninstallMine(ctx, who, first.Installation.ID); err != nil {
			t.Fatal(err)
		}
		entries, _, err := db.Audit(ctx, talkit.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var actions []string
		for _, e := range entries {
			if e.Thing == "installation" {
				actions = append(actions, e.Action+" "+e.Detail)
			}
		}
		id := granted(talkit.Plugin{ID: p.ID})
		for i, action := range []string{"installation.created " + id + " transcript=read", "installation.granted " + id + " user=read", "installation.deleted " + id} {
			if i >= len(actions) || actions[i] != action || len(actions) != 3 {
				t.Fatalf("the audit log has %q, want %q at %d of 3", actions, action, i)
			}
		}
	})
}

// TestOffersOfTheShutOut: a plugin whose developer is shut out does nothing, so
// nobody is offered it; who has it can still take it away.
func TestOffersOfTheShutOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		dev, has, hasNot := rows.User(), rows.User(), rows.User()
		p := rows.Plugin(dev)
		p.Published = true
		rows.Do(func(tx *store.Tx) error { return tx.SetPlugin(ctx, p) })
		i := rows.Installation(p, has)
		dev.Disabled = true
		rows.Do(func(tx *store.Tx) error { return tx.SetUser(ctx, dev) })
		_, err := a.FetchOffer(ctx, personal(hasNot), p.ID)
		wantKind(t, "for others", err, talkit.NotFound)
		o, err := a.FetchOffer(ctx, personal(has), p.ID)
		if err != nil || o.Living() || o.Installable() {
			t.Errorf("%+v, %v", o, err)
		}
		_, err = a.Agree(ctx, personal(has), p.ID, o.Terms())
		wantKind(t, "agree", err, talkit.NotFound)
		wantKind(t, "another's", a.UninstallMine(ctx, personal(hasNot), i.ID), talkit.NotFound)
		if err := a.UninstallMine(ctx, personal(has), i.ID); err != nil {
			t.Error(err)
		}
	})
}

// TestProofIsNotGuessed: wrong passwords where an account is deleted or a
// password changed count like those of signing in.
func TestProofIsNotGuessed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		who := personal(storetest.RowsOf(t, db).User())
		if err := a.SetPassword(ctx, who, "", "the right password"); err != nil {
			t.Fatal(err)
		}
		wantKind(t, "wrong", a.DeleteMyAccount(ctx, who, "a wrong password"), talkit.Invalid)
		tried := triedBy(who.Person.Email, who.From)[0].who
		if f, err := db.SignInFailures(ctx, tried); err != nil || f.Failures != 1 {
			t.Errorf("counted: %+v, %v", f, err)
		}
		storetest.RowsOf(t, db).Do(func(tx *store.Tx) error {
			return tx.SetSignInFailures(ctx, tried, store.SignInFailures{Failures: 20, LastOn: talkit.Now()})
		})
		wantKind(t, "too often for the password", a.SetPassword(ctx, who, "the right password", "another password"), talkit.TooMany)
		wantKind(t, "too often", a.DeleteMyAccount(ctx, who, "the right password"), talkit.TooMany)
		if u, err := db.User(ctx, who.UserID); err != nil || u.DeletedOn != 0 {
			t.Errorf("deleted: %+v, %v", u, err)
		}
	})
}

// TestEndOtherSessions leaves the browser that asks, and everyone else's.
func TestEndOtherSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx, rows := testApp(t, db), t.Context(), storetest.RowsOf(t, db)
		u, other := rows.User(), rows.User()
		begin := func(u talkit.User) (id int64) {
			rows.Do(func(tx *store.Tx) error {
				_, err := a.beginSession(ctx, tx, u, Browser{Address: "192.0.2.1"}, "session.began")
				return err
			})
			list, err := a.Sessions(ctx, personal(u))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				id = max(id, s.ID)
			}
			return id
		}
		begin(u)
		begin(other)
		who := personal(u)
		who.SessionID = begin(u)
		if err := a.EndOtherSessions(ctx, who); err != nil {
			t.Fatal(err)
		}
		if list, err := a.Sessions(ctx, who); err != nil || len(list) != 1 || list[0].ID != who.SessionID {
			t.Errorf("left: %+v, %v", list, err)
		}
		if list, err := a.Sessions(ctx, personal(other)); err != nil || len(list) != 1 {
			t.Errorf("another's: %+v, %v", list, err)
		}
	})
}
