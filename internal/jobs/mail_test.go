package jobs

import (
	"context"
	"errors"
	"testing"

	"talkit"
	"talkit/internal/store"
)

// A letter is tried again for a day, and then given up.
func TestAnOldLetterIsGivenUp(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bundle) {
		q, log := b.queue()
		handlers := delivering(idle[talkit.DeliverJob])
		handlers.Mail = func(context.Context, int64, talkit.MailJob) error { return errors.New("the mail server is away") }
		b.insert(q, store.Entry{Job: talkit.MailJob{UserID: 1}}, store.Entry{Job: talkit.MailJob{UserID: 2}})
		before := map[store.Dialect]string{store.SQLite: "datetime('now', '-25 hours')", store.Postgres: "now() - interval '25 hours'"}
		b.exec("UPDATE river_job SET created_at = " + before[b.dialect] + " WHERE id = (SELECT min(id) FROM river_job WHERE kind = 'mail')")
		b.start(q, handlers)
		count := func(state string) int64 {
			return b.count("SELECT count(*) FROM river_job WHERE kind = 'mail' AND state = $1", state)
		}
		eventually(t, "the old letter is given up", func() bool { return count("cancelled") == 1 })
		eventually(t, "the new one is tried again", func() bool { return count("retryable") == 1 || count("available") == 1 })
		contains(t, "log", log.String(), "job given up")
	})
}
