package store_test

import (
	"context"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func TestAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := store.AuditEntry{CreatedOn: 1, Actor: talkit.CallerOperator, ActorID: 2, Address: "command line", Action: "plugin.created",
			Thing: "plugin", ThingID: 3, Detail: "é"}
		for range 2 {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddAudit(ctx, e) })
		}
		entries, more, err := db.Audit(t.Context(), talkit.Page{Limit: 1})
		e.ID = 1
		read(entries, err).is(t, "first page", []store.AuditEntry{e})
		same(t, "has more", more, true)
		entries, more, err = db.Audit(t.Context(), talkit.Page{Limit: 1, AfterID: 1})
		e.ID = 2
		read(entries, err).is(t, "last page", []store.AuditEntry{e})
		same(t, "has more", more, false)
	})
}
