package store_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

var errRefused = errors.New("refused")

func TestRollback(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		after := 0
		begin := func(tx *store.Tx) error {
			tx.AfterCommit(func() { after++ })
			tx.Enqueue(talkit.SweepJob{}) // there is no queue: it must not be asked
			return tx.AddAudit(t.Context(), store.AuditEntry{Action: "test"})
		}
		err := db.InTx(t.Context(), func(tx *store.Tx) error {
			if err := begin(tx); err != nil {
				return err
			}
			return errRefused
		})
		same(t, "error", err, errRefused, sameError)
		func() {
			defer func() { same(t, "panic", recover(), "oh") }()
			db.InTx(t.Context(), func(tx *store.Tx) error {
				if err := begin(tx); err != nil {
					return err
				}
				panic("oh")
			})
		}()
		same(t, "rows", countRows(t, db, "audit"), 0)
		same(t, "calls after a commit", after, 0)

		ctx, cancel := context.WithCancel(t.Context())
		err = db.InTx(ctx, func(tx *store.Tx) error {
			cancel()
			return tx.AddAudit(ctx, store.AuditEntry{Action: "test"})
		})
		same(t, "a transaction of someone who left", err, context.Canceled, sameError)
		same(t, "rows", countRows(t, db, "audit"), 0)
		do(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddAudit(ctx, store.AuditEntry{Action: "test"})
		})
	})
}

// notebook is a queue that keeps jobs in the audit log.
type notebook struct {
	t         *testing.T
	db        *store.DB
	err       error // of Insert
	inserts   int
	committed []int // rows that could be read when Committed was called
}

func (n *notebook) Insert(ctx context.Context, tx *sql.Tx, entries []store.Entry) error {
	n.inserts++
	for _, e := range entries {
		if _, err := tx.ExecContext(ctx, `INSERT INTO audit (created_on, actor, actor_id, address, action, thing, thing_id, detail)
			VALUES (0, 'queue', 0, '', '`+e.Job.Kind()+`', '', 0, '')`); err != nil {
			return err
		}
	}
	return n.err
}

func (n *notebook) Committed() { n.committed = append(n.committed, countRows(n.t, n.db, "audit")) }

func TestEnqueue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		queue := &notebook{t: t, db: db}
		db.UseQueue(queue)
		var order []string
		run := func(jobs ...talkit.Job) error {
			return db.InTx(t.Context(), func(tx *store.Tx) error {
				tx.AfterCommit(func() { order = append(order, "one") })
				tx.AfterCommit(func() { order = append(order, "two") })
				tx.Enqueue(jobs...)
				return tx.AddAudit(t.Context(), store.AuditEntry{Action: "test"})
			})
		}
		same(t, "with no job", run(), nil)
		same(t, "inserts", queue.inserts, 0)
		same(t, "with jobs", run(talkit.DeliverJob{DeliveryID: 4}, talkit.PieceJob{}), nil)
		same(t, "inserts", queue.inserts, 1)
		same(t, "told once all can be read", queue.committed, []int{1 + 1 + 2})
		entries, _, err := db.Audit(t.Context(), talkit.Page{Limit: 9, AfterID: 2})
		if err != nil || len(entries) != 2 || entries[0].Action != "deliver" || entries[1].Action != "piece" {
			t.Errorf("jobs kept: %v, %v", entries, err)
		}
		queue.err = errRefused
		same(t, "with a queue that refuses", run(talkit.PieceJob{}), errRefused, sameError)
		same(t, "rows", countRows(t, db, "audit"), 4)
		same(t, "told again", len(queue.committed), 1)
		same(t, "called after commits", order, []string{"one", "two", "one", "two"})
	})
}

// TestDeadlock lets two transactions lock two users in opposite order, which
// PostgreSQL ends by giving one of them up: it is done again.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.Postgres(t))
	db.UseQueue(&silent{})
	rows := storetest.RowsOf(t, db)
	users := []talkit.User{rows.User(), rows.User()}
	var first, all sync.WaitGroup
	var mu sync.Mutex
	runs, committed := 0, 0
	first.Add(2)
	for n := range 2 {
		hold := sync.OnceFunc(func() { first.Done(); first.Wait() })
		all.Go(func() {
			err := db.InTx(t.Context(), func(tx *store.Tx) error {
				mu.Lock()
				runs++
				mu.Unlock()
				tx.AfterCommit(func() { mu.Lock(); committed++; mu.Unlock() })
				tx.Enqueue(talkit.SweepJob{})
				if err := tx.SetUser(t.Context(), users[n]); err != nil {
					return err
				}
				hold()
				return tx.SetUser(t.Context(), users[1-n])
			})
			if err != nil {
				t.Errorf("transaction %d: %v", n, err)
			}
		})
	}
	all.Wait()
	if runs < 3 {
		t.Errorf("%d runs: there was no deadlock", runs)
	}
	same(t, "calls after commits", committed, 2)
}

// silent is a queue that takes one job a transaction and forgets it.
type silent struct{}

func (*silent) Insert(_ context.Context, _ *sql.Tx, entries []store.Entry) error {
	if len(entries) != 1 {
		return errors.New("jobs of a transaction that was given up came again")
	}
	return nil
}

func (*silent) Committed() {}

// TestARowThatWentMeanwhile: what refers to it is tried again, and then no
// longer finds it.
func TestARowThatWentMeanwhile(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.Postgres(t))
	rows := storetest.RowsOf(t, db)
	plugin := rows.Plugin(rows.User())
	hook, event := rows.Webhook(plugin), rows.Event(plugin)
	tries := 0
	err := db.InTx(t.Context(), func(tx *store.Tx) error {
		tries++
		found, err := tx.LivingWebhooks(t.Context(), plugin.ID)
		if err != nil || len(found) == 0 {
			return err
		}
		do(t, db, func(ctx context.Context, other *store.Tx) error { return other.DeleteWebhook(ctx, plugin.ID, hook.ID) })
		return tx.AddDelivery(t.Context(), &talkit.Delivery{EventID: event.ID, WebhookID: hook.ID, Status: talkit.DeliveryPending})
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries: %v", tries, err)
	}
}
