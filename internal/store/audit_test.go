package store_test

import (
	"context"
	"strings"
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

func TestAuditIsOnlyAddedTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := store.AuditEntry{CreatedOn: 1, Actor: talkit.CallerOperator, Address: "command line", Action: "user.created", Thing: "user", ThingID: 3}
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddAudit(ctx, e) })
		statements := []string{"UPDATE audit SET address = ''", "UPDATE audit SET id = 7", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"}
		if db.Dialect == store.Postgres {
			statements = append(statements, "TRUNCATE audit", "TRUNCATE audit CASCADE")
		}
		for _, statement := range statements {
			if _, err := db.Writer().ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "only ever added") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		entries, _, err := db.Audit(t.Context(), talkit.Page{Limit: 9})
		e.ID = 1
		read(entries, err).is(t, "what is left", []store.AuditEntry{e})
	})
}
