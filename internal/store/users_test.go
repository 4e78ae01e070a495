package store_test

import (
	"context"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func TestUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		has := read(db.HasOperator(ctx)).must(t)
		same(t, "an empty database has an operator", has, false)

		crm := int64(3)
		ada := talkit.User{Email: "ada@example.org", FirstName: "Ada", LastName: "Byron", PasswordHash: "$argon2id$", Developer: true, Admin: true,
			Disabled: true, Review: true, CRMIntegrationID: &crm, CreatedOn: 1, UpdatedOn: 2}
		bob := talkit.User{Email: "bob@example.org", CreatedOn: 3, UpdatedOn: 3}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUser(ctx, &ada) })
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUser(ctx, &bob) })
		read(db.User(ctx, ada.ID)).is(t, "by id", ada)
		read(db.UserByEmail(ctx, "bob@example.org")).is(t, "by e-mail", bob)
		read(db.HasOperator(ctx)).is(t, "has an operator", true)

		list := read(db.Users(ctx, talkit.Page{Limit: 1})).must(t)
		same(t, "list", list, talkit.List[talkit.User]{Items: []talkit.User{ada}, HasMore: true, Total: 2})

		ada = talkit.User{ID: ada.ID, Email: ada.Email, FirstName: "A", UpdatedOn: 9, CreatedOn: ada.CreatedOn}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUser(ctx, ada) })
		read(db.User(ctx, ada.ID)).is(t, "changed", ada)
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
		read(db.User(t.Context(), u.ID+100)).fails(t, "no such id", talkit.NotFound)
		read(db.UserByEmail(t.Context(), "nobody@example.org")).fails(t, "no such e-mail", talkit.NotFound)
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

		b := read(db.BearerByHash(ctx, talkit.DeveloperKey, k.Hash)).must(t)
		same(t, "key", []any{b.Key.ID, b.Key.UserID, b.Key.Kind}, []any{k.ID, u.ID, k.Kind})
		same(t, "person", []any{b.User.ID, b.User.Email, b.User.Developer, b.User.Admin, b.User.Disabled}, []any{u.ID, u.Email, true, false, false})
		read(db.BearerByHash(ctx, talkit.UserKey, k.Hash)).fails(t, "a key of another kind", talkit.NotFound)
		read(db.BearerByHash(ctx, talkit.DeveloperKey, []byte{0, 1})).fails(t, "another hash", talkit.NotFound)

		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RevokeKey(ctx, k.ID, 7) })
		read(db.BearerByHash(ctx, talkit.DeveloperKey, k.Hash)).fails(t, "a revoked key", talkit.NotFound)
		wantKind(t, "revoked twice", inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RevokeKey(ctx, k.ID, 8) }), talkit.NotFound)
	})
}

func TestCRMIntegrations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		list := read(db.CRMIntegrations(ctx, talkit.Page{Limit: 100})).must(t)
		var names []string
		for _, c := range list.Items {
			names = append(names, c.Name)
		}
		same(t, "to begin with", names, []string{"Salesforce", "Redtail", "Wealthbox", "HubSpot", "Microsoft Dynamics"})
		same(t, "total", list.Total, 5)

		own := talkit.CRMIntegration{Name: "Our own", LogoKey: "logo", CreatedOn: 4}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddCRMIntegration(ctx, &own) })
		read(db.CRMIntegration(ctx, own.ID)).is(t, "added", own)
		read(db.IsLogo(ctx, "logo")).is(t, "its logo is a logo", true)
		wantKind(t, "a taken name", inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddCRMIntegration(ctx, &talkit.CRMIntegration{Name: "Redtail"})
		}), talkit.Conflict)
		read(db.CRMIntegration(ctx, 99)).fails(t, "no such id", talkit.NotFound)
	})
}
