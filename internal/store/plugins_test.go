package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func TestPlugins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		ada, bob := rows.User(), rows.User()
		crm := int64(1)
		p := talkit.Plugin{UserID: ada.ID, Name: "Näme 🎤", Description: "d", Permissions: talkit.Permissions{"user": "read", "audio": "none"},
			Published: true, Disabled: true, CRMIntegrationID: &crm, LogoKey: "logo", SetupURI: "https://example.org/", CreatedOn: 1, UpdatedOn: 2}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddPlugin(ctx, &p) })
		read(db.Plugin(ctx, p.ID)).is(t, "added", p)
		foreign := rows.Plugin(bob)
		read(db.PluginsOf(ctx, ada.ID, talkit.Page{Limit: 5})).is(t, "one's own", talkit.List[talkit.Plugin]{Items: []talkit.Plugin{p}, Total: 1})
		read(db.PluginsOf(ctx, bob.ID, talkit.Page{Limit: 5})).is(t, "another's", talkit.List[talkit.Plugin]{Items: []talkit.Plugin{foreign}, Total: 1})
		read(db.IsLogo(ctx, "logo")).is(t, "is a logo", true)

		p = talkit.Plugin{ID: p.ID, UserID: p.UserID, Name: "n", Permissions: talkit.Permissions{}, CreatedOn: p.CreatedOn, UpdatedOn: 9}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetPlugin(ctx, p) })
		read(db.Plugin(ctx, p.ID)).is(t, "changed", p)
		read(db.IsLogo(ctx, "logo")).is(t, "is a logo no more", false)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.LockPlugin(ctx, p.ID) })

		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeletePlugin(ctx, p.ID) })
		read(db.Plugin(ctx, p.ID)).fails(t, "deleted", talkit.NotFound)
		for what, f := range map[string]func(ctx context.Context, tx *store.Tx) error{
			"delete again":  func(ctx context.Context, tx *store.Tx) error { return tx.DeletePlugin(ctx, p.ID) },
			"change a gone": func(ctx context.Context, tx *store.Tx) error { return tx.SetPlugin(ctx, p) },
			"lock a gone":   func(ctx context.Context, tx *store.Tx) error { return tx.LockPlugin(ctx, p.ID) },
		} {
			wantKind(t, what, inTx(t, db, f), talkit.NotFound)
		}
	})
}

// TestPluginCascades deletes a plugin with everything that can hang on it.
func TestPluginCascades(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		user := rows.User()
		p, other := rows.Plugin(user), rows.Plugin(user)
		i, w := rows.Installation(p, user), rows.Webhook(p)
		d := rows.Delivery(p, w)
		kept := rows.Delivery(other, rows.Webhook(other))
		rec := storetest.NewRecording(user)
		rec.InstallationID = &i.ID
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddRecording(ctx, &rec) })
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.FinishAttempt(ctx, d, talkit.Attempt{Number: 1}, nil)
			return err
		})

		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeletePlugin(ctx, p.ID) })
		read(db.Installation(ctx, i.ID)).fails(t, "its installation", talkit.NotFound)
		read(db.Webhook(ctx, p.ID, w.ID)).fails(t, "its webhook", talkit.NotFound)
		read(db.DueDelivery(ctx, d.ID)).fails(t, "its delivery", talkit.NotFound)
		for _, table := range []string{"events", "attempts"} {
			want := map[string]int{"events": 1, "attempts": 0}[table]
			same(t, table, countRows(t, db, table), want)
		}
		same(t, "the recording's installation", read(db.Recording(ctx, rec.ID)).must(t).InstallationID, nil)
		same(t, "another plugin's delivery", read(db.DueDelivery(ctx, kept.ID)).must(t).Delivery.ID, kept.ID)
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			rec, err := tx.LockRecording(ctx, rec.ID)
			if err != nil {
				return err
			}
			return tx.DeleteRecording(ctx, rec)
		})
		same(t, "counters, of the user's recordings and the other's events and deliveries", countRows(t, db, "counters"), 3)
	})
}

func countRows(t *testing.T, db *store.DB, table string) (n int) {
	t.Helper()
	if err := db.Writer().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSecretKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		p := rows.Plugin(rows.User())
		add := func() talkit.SecretKey {
			k := talkit.SecretKey{PluginID: p.ID, Description: "d", Last4: "wxyz", CreatedOn: 3, UpdatedOn: 3}
			do(t, db, func(ctx context.Context, tx *store.Tx) error {
				return tx.AddSecretKey(ctx, &k, func(id int64) ([]byte, error) { return fmt.Appendf(nil, "\x00sealed for %d", id), nil })
			})
			return k
		}
		first, second := add(), add()
		same(t, "sealed for its id", string(first.Sealed), fmt.Sprintf("\x00sealed for %d", first.ID))
		list := talkit.List[talkit.SecretKey]{Items: []talkit.SecretKey{first, second}, Total: 2}
		read(db.SecretKeys(ctx, p.ID, talkit.Page{Limit: 10})).is(t, "list", list)
		same(t, "living", len(read(db.LivingSecretKeys(ctx, p.ID)).must(t)), 2)

		revoke := func(plugin, id int64) error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.RevokeSecretKey(ctx, plugin, id, 8) })
		}
		wantKind(t, "revoke by another plugin", revoke(p.ID+1, first.ID), talkit.NotFound)
		same(t, "revoke", revoke(p.ID, first.ID), nil)
		wantKind(t, "revoke twice", revoke(p.ID, first.ID), talkit.NotFound)
		list = talkit.List[talkit.SecretKey]{Items: []talkit.SecretKey{second}, Total: 1}
		read(db.SecretKeys(ctx, p.ID, talkit.Page{Limit: 10})).is(t, "list of the living", list)
		living := read(db.LivingSecretKeys(ctx, p.ID)).must(t)
		same(t, "living", living, []talkit.SecretKey{{ID: second.ID, Sealed: second.Sealed}})
	})
}

func TestSecretKeyThatCannotBeSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		k := talkit.SecretKey{PluginID: rows.Plugin(rows.User()).ID}
		broken := errors.New("no entropy")
		err := inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddSecretKey(ctx, &k, func(int64) ([]byte, error) { return nil, broken })
		})
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
		same(t, "keys kept", countRows(t, db, "secret_keys"), 0)
	})
}

func TestSealedRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		p := rows.Plugin(rows.User())
		w := rows.Webhook(p)
		w.Secret, w.OldSecret = []byte("new\x00s"), []byte("old\xff")
		k := talkit.SecretKey{PluginID: p.ID}
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.SetWebhook(ctx, w); err != nil {
				return err
			}
			return tx.AddSecretKey(ctx, &k, func(int64) ([]byte, error) { return []byte("old\x00k"), nil })
		})
		old := []store.SealedRow{
			{Table: "secret_keys", Column: "sealed", ID: k.ID, Sealed: []byte("old\x00k")},
			{Table: "webhooks", Column: "old_secret", ID: w.ID, Sealed: []byte("old\xff")},
		}
		read(db.SealedRows(ctx, []byte("new"))).is(t, "sealed by another key", old)

		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetSealed(ctx, old[0], []byte("new\x00k")) })
		stale := old[1]
		stale.Sealed = []byte("something else")
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetSealed(ctx, stale, []byte("lost")) })
		read(db.SealedRows(ctx, []byte("new"))).is(t, "after one was sealed again", old[1:])
	})
}
