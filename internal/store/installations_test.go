package store_test

import (
	"context"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func TestInstallations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		dev, user := rows.User(), rows.User()
		p := rows.Plugin(dev)
		i, mine := rows.Installation(p, user), rows.Installation(p, dev)
		read(db.Installation(ctx, i.ID)).is(t, "by id", i)
		read(db.InstallationOf(ctx, user.ID, p.ID)).is(t, "of user and plugin", i)
		read(db.InstallationsOfPlugin(ctx, p.ID, talkit.Page{Limit: 1})).is(t, "first page",
			talkit.List[talkit.Installation]{Items: []talkit.Installation{i}, HasMore: true, Total: 2})

		twice := storetest.NewInstallation(p, user)
		wantKind(t, "installed twice", inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddInstallation(ctx, &twice) }), talkit.Conflict)
		read(db.InstallationsOfPlugin(ctx, p.ID, talkit.Page{Limit: 1, AfterID: i.ID})).is(t, "second page, the total as it was",
			talkit.List[talkit.Installation]{Items: []talkit.Installation{mine}, Total: 2})

		i.Permissions, i.Disabled, i.UpdatedOn = talkit.Permissions{"user": "read"}, true, 77
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetInstallation(ctx, i) })
		read(db.Installation(ctx, i.ID)).is(t, "changed", i)

		remove := func() error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteInstallation(ctx, i) })
		}
		same(t, "delete", remove(), nil)
		wantKind(t, "delete twice", remove(), talkit.NotFound)
		read(db.Installation(ctx, i.ID)).fails(t, "a deleted one", talkit.NotFound)
		read(db.InstallationByUUID(ctx, i.UUID)).fails(t, "a deleted one", talkit.NotFound)
		read(db.InstallationOf(ctx, user.ID, p.ID)).fails(t, "a deleted one", talkit.NotFound)
		same(t, "total", read(db.InstallationsOfPlugin(ctx, p.ID, talkit.Page{Limit: 1})).must(t).Total, 1)
	})
}

// TestInstallationByUUID looks at each switch that ends a token.
func TestInstallationByUUID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		dev, user := rows.User(), rows.User()
		p := rows.Plugin(dev)
		i := rows.Installation(p, user)
		want := store.InstallationBearer{Installation: i, User: named(user)}
		read(db.InstallationByUUID(ctx, i.UUID)).is(t, "all well", want)

		p.Disabled, want.PluginDisabled = true, true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetPlugin(ctx, p) })
		read(db.InstallationByUUID(ctx, i.UUID)).is(t, "plugin disabled", want)
		user.Disabled, want.User.Disabled = true, true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUser(ctx, user) })
		read(db.InstallationByUUID(ctx, i.UUID)).is(t, "user disabled", want)
		dev.Disabled, want.DeveloperDisabled = true, true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUser(ctx, dev) })
		read(db.InstallationByUUID(ctx, i.UUID)).is(t, "developer disabled", want)
		read(db.InstallationByUUID(ctx, "nonsense")).fails(t, "unknown", talkit.NotFound)
	})
}

func TestLivingInstallationsOfUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		dev, user := rows.User(), rows.User()
		first, second, off := rows.Plugin(dev), rows.Plugin(dev), rows.Plugin(dev)
		later, earlier, disabled := rows.Installation(second, user), rows.Installation(first, user), rows.Installation(off, user)
		rows.Installation(first, dev)
		living := func(what string, want ...talkit.Installation) {
			t.Helper()
			read(db.LivingInstallationsOfUser(t.Context(), user.ID)).is(t, what, want)
		}
		living("all, by plugin", earlier, later, disabled)
		disabled.Disabled = true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetInstallation(ctx, disabled) })
		living("without a disabled one", earlier, later)
		first.Disabled = true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetPlugin(ctx, first) })
		living("without that of a disabled plugin", later)
	})
}
