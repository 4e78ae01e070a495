package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// same fails the test where got is not want.
func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

// must fails the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// wantKind fails the test unless err is of that kind.
func wantKind(t *testing.T, what string, err error, kind talkit.Kind) {
	t.Helper()
	if err == nil || talkit.KindOf(err) != kind {
		t.Errorf("%s: got %v, want an error of kind %s", what, err, kind)
	}
}

// inTx runs f in a transaction and returns what became of it.
func inTx(t *testing.T, db *store.DB, f func(ctx context.Context, tx *store.Tx) error) error {
	t.Helper()
	return db.InTx(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) })
}

// do is inTx for what must not fail.
func do(t *testing.T, db *store.DB, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := inTx(t, db, f); err != nil {
		t.Fatal(err)
	}
}

func TestUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		has := must[bool](t)(db.HasOperator(ctx))
		same(t, "an empty database has an operator", has, false)

		crm := int64(3)
		ada := talkit.User{Email: "ada@example.org", FirstName: "Ada", LastName: "Byron", PasswordHash: "$argon2id$", Developer: true, Admin: true,
			Disabled: true, Review: true, CRMIntegrationID: &crm, CreatedOn: 1, UpdatedOn: 2}
		bob := talkit.User{Email: "bob@example.org", CreatedOn: 3, UpdatedOn: 3}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUser(ctx, &ada) })
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUser(ctx, &bob) })
		same(t, "by id", must[talkit.User](t)(db.User(ctx, ada.ID)), ada)
		same(t, "by e-mail", must[talkit.User](t)(db.UserByEmail(ctx, "bob@example.org")), bob)
		same(t, "has an operator", must[bool](t)(db.HasOperator(ctx)), true)

		list := must[talkit.List[talkit.User]](t)(db.Users(ctx, talkit.Page{Limit: 1}))
		same(t, "list", list, talkit.List[talkit.User]{Items: []talkit.User{ada}, HasMore: true, Total: 2})

		ada = talkit.User{ID: ada.ID, Email: ada.Email, FirstName: "A", UpdatedOn: 9, CreatedOn: ada.CreatedOn}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUser(ctx, ada) })
		same(t, "changed", must[talkit.User](t)(db.User(ctx, ada.ID)), ada)
	})
}

func TestUsersThatCannotBe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		u := storetest.RowsOf(t, db).User()
		again := talkit.User{Email: u.Email}
		wantKind(t, "a taken e-mail", inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUser(ctx, &again) }), talkit.Conflict)
		nowhere := int64(99)
		lost := talkit.User{Email: "lost@example.org", CRMIntegrationID: &nowhere}
		if err := inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUser(ctx, &lost) }); err == nil {
			t.Error("a user was filed under a CRM integration that does not exist")
		}
		_, err := db.User(t.Context(), u.ID+100)
		wantKind(t, "no such id", err, talkit.NotFound)
		_, err = db.UserByEmail(t.Context(), "nobody@example.org")
		wantKind(t, "no such e-mail", err, talkit.NotFound)
		wantKind(t, "change nobody", inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.SetUser(ctx, talkit.User{ID: u.ID + 100})
		}), talkit.NotFound)
	})
}

func TestKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		u := storetest.RowsOf(t, db).User()
		k := talkit.Key{UserID: u.ID, Kind: talkit.DeveloperKey, Name: "laptop", Hash: []byte{0, 1, 254}, Last4: "abcd", CreatedOn: 5}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddKey(ctx, &k) })

		b := must[store.Bearer](t)(db.BearerByHash(ctx, talkit.DeveloperKey, k.Hash))
		same(t, "key", []any{b.Key.ID, b.Key.UserID, b.Key.Kind}, []any{k.ID, u.ID, k.Kind})
		same(t, "person", []any{b.User.ID, b.User.Email, b.User.Developer, b.User.Admin, b.User.Disabled}, []any{u.ID, u.Email, true, false, false})
		_, err := db.BearerByHash(ctx, talkit.UserKey, k.Hash)
		wantKind(t, "a key of another kind", err, talkit.NotFound)
		_, err = db.BearerByHash(ctx, talkit.DeveloperKey, []byte{0, 1})
		wantKind(t, "another hash", err, talkit.NotFound)

		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RevokeKey(ctx, k.ID, 7) })
		_, err = db.BearerByHash(ctx, talkit.DeveloperKey, k.Hash)
		wantKind(t, "a revoked key", err, talkit.NotFound)
		wantKind(t, "revoked twice", inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RevokeKey(ctx, k.ID, 8) }), talkit.NotFound)
	})
}

func TestCRMIntegrations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		list := must[talkit.List[talkit.CRMIntegration]](t)(db.CRMIntegrations(ctx, talkit.Page{Limit: 100}))
		var names []string
		for _, c := range list.Items {
			names = append(names, c.Name)
		}
		same(t, "to begin with", names, []string{"Salesforce", "Redtail", "Wealthbox", "HubSpot", "Microsoft Dynamics"})
		same(t, "total", list.Total, 5)

		own := talkit.CRMIntegration{Name: "Our own", LogoKey: "logo", CreatedOn: 4}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddCRMIntegration(ctx, &own) })
		same(t, "added", must[talkit.CRMIntegration](t)(db.CRMIntegration(ctx, own.ID)), own)
		same(t, "its logo is a logo", must[bool](t)(db.IsLogo(ctx, "logo")), true)
		wantKind(t, "a taken name", inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddCRMIntegration(ctx, &talkit.CRMIntegration{Name: "Redtail"})
		}), talkit.Conflict)
		_, err := db.CRMIntegration(ctx, 99)
		wantKind(t, "no such id", err, talkit.NotFound)
	})
}
