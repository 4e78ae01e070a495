package app

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"talkit"
	"talkit/internal/mail"
	"talkit/internal/mail/mailtest"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// letterQueue keeps the letters that are to be sent.
type letterQueue struct {
	mu   sync.Mutex
	jobs []talkit.MailJob
}

// Insert implements store.Queue.
func (q *letterQueue) Insert(_ context.Context, _ *sql.Tx, entries []store.Entry) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range entries {
		if job, ok := e.Job.(talkit.MailJob); ok {
			q.jobs = append(q.jobs, job)
		}
	}
	return nil
}

// Committed implements store.Queue.
func (q *letterQueue) Committed() {}

// writing is an app that sends letters through a real server.
type writing struct {
	*App
	storetest.Rows
	t     *testing.T
	queue *letterQueue
}

func correspond(t *testing.T, db *store.DB, address string) *writing {
	t.Helper()
	w := &writing{testApp(t, db), storetest.RowsOf(t, db), t, &letterQueue{}}
	db.UseQueue(w.queue)
	w.Wire = wire.Maker{URL: "https://talkit.example.com"}
	mailer, err := mail.New("smtp://"+address, w.Wire.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.Mail = mailer.Send
	return w
}

// eachWriting runs f on both databases.
func eachWriting(t *testing.T, options mailtest.Options, f func(t *testing.T, w *writing, s *mailtest.Server)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := mailtest.Serve(t, options)
		f(t, correspond(t, db, s.Address), s)
	})
}

// sendAll sends what is in the queue.
func (w *writing) sendAll() {
	w.t.Helper()
	for _, job := range w.queue.jobs {
		if err := w.SendLetter(w.t.Context(), job); err != nil {
			w.t.Fatalf("%+v: %v", job, err)
		}
	}
	w.queue.jobs = nil
}

// links counts the links that were made.
func (w *writing) links() int {
	w.t.Helper()
	made, err := w.DB.AuditLog(w.t.Context(), store.AuditFilter{Action: "link.created", Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(made)
}

var linkIn = regexp.MustCompile(`https://talkit\.example\.com/app/link/(\S+)\n`)

// enter uses the link of a letter.
func (w *writing) enter(text string) talkit.User {
	w.t.Helper()
	found := linkIn.FindAllStringSubmatch(text, -1)
	if len(found) != 1 {
		w.t.Fatalf("%d links in\n%s", len(found), text)
	}
	g, err := w.UseLink(w.t.Context(), found[0][1], "correct horse battery", Browser{})
	if err != nil {
		w.t.Fatalf("the link: %v", err)
	}
	return g.Person
}

func TestInvitationAndRecovery(t *testing.T) {
	eachWriting(t, mailtest.Options{}, func(t *testing.T, w *writing, s *mailtest.Server) {
		ctx := t.Context()
		host, guest := w.User(), w.User()
		operator := talkit.Caller{Kind: talkit.CallerOperator, UserID: host.ID}
		if err := w.MailLink(ctx, talkit.Caller{Kind: talkit.CallerUser, UserID: host.ID}, guest); !talkit.IsNotFound(err) {
			t.Errorf("who is no operator: %v", err)
		}
		if err := w.MailLink(ctx, operator, guest); err != nil {
			t.Fatal(err)
		}
		w.sendAll()
		invitation := s.Next(t, 0)
		if invitation.To != guest.Email || invitation.Subject != "An invitation to Talkit" || !strings.Contains(invitation.Text, "Ada Byron invites you") ||
			!strings.Contains(invitation.Text, "UTC.") {
			t.Errorf("%+v", invitation)
		}
		if u := w.enter(invitation.Text); u.ID != guest.ID {
			t.Errorf("the link is %d's", u.ID)
		}

		if err := w.Recover(ctx, " "+strings.ToUpper(guest.Email), Browser{Address: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
		if err := w.MailLink(ctx, operator, guest); err != nil { // who has a password by now
			t.Fatal(err)
		}
		w.sendAll()
		for i, words := range []string{"Somebody, probably you, asked for a new password", "Ada Byron asked for a new password"} {
			letter := s.Next(t, i+1)
			if letter.To != guest.Email || letter.Subject != "A new password for Talkit" || !strings.Contains(letter.Text, words) {
				t.Errorf("%+v", letter)
			}
		}
		w.enter(s.Next(t, 1).Text)
	})
}

// Whether an address is known shows in nothing but the letter.
func TestRecoveryTellsNothing(t *testing.T) {
	eachWriting(t, mailtest.Options{}, func(t *testing.T, w *writing, s *mailtest.Server) {
		ctx := t.Context()
		known, gone := w.User(), w.User()
		disabled := true
		if _, err := w.ChangeUser(ctx, talkit.Operator, gone.Email, UserChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		asked := map[string]int{}
		for _, email := range []string{known.Email, gone.Email, "nobody@example.com", "no address at all"} {
			var err error
			for ; err == nil && asked[email] < 30; asked[email]++ { // the waits soon get longer than any try takes
				err = w.Recover(ctx, email, Browser{Address: "192.0.2." + fmt.Sprint(len(asked))})
			}
			if asked[email]--; talkit.KindOf(err) != talkit.TooMany || asked[email] < 3 {
				t.Errorf("%s: asked for %d letters, then %v", email, asked[email], err)
			}
		}
		if len(w.queue.jobs) < 4*3 {
			t.Errorf("%d jobs", len(w.queue.jobs))
		}
		w.sendAll()
		for _, letter := range s.Letters() {
			if letter.To != known.Email {
				t.Errorf("a letter to %s", letter.To)
			}
		}
		if n := len(s.Letters()); n != asked[known.Email] {
			t.Errorf("%d letters", n)
		}
	})
}

func TestWebhookLetter(t *testing.T) {
	eachWriting(t, mailtest.Options{}, func(t *testing.T, w *writing, s *mailtest.Server) {
		ctx := t.Context()
		developer := w.User()
		plugin := w.Plugin(developer)
		hook := w.Webhook(plugin)
		const reason = "The receiver answered 410 Gone."
		disable := func() {
			w.Do(func(tx *store.Tx) error {
				news, err := tx.DisableWebhook(ctx, hook.ID, reason, talkit.Now())
				shipment := Shipment{DueDelivery: store.DueDelivery{Webhook: hook, DeveloperID: developer.ID}}
				return w.webhookDisabled(ctx, tx, shipment, reason, news, err)
			})
		}
		disable()
		disable() // which is no news
		w.sendAll()
		letter := s.Next(t, 0)
		if letter.To != developer.Email || letter.Subject != "A webhook of Notes was disabled" {
			t.Errorf("%+v", letter)
		}
		page := w.Wire.URL + fmt.Sprintf("/developers/plugins/%d/webhooks/%d", plugin.ID, hook.ID)
		for _, part := range []string{"Hello Ada,", hook.URI, reason, page} {
			if !strings.Contains(letter.Text, part) {
				t.Errorf("%q is not in\n%s", part, letter.Text)
			}
		}

		enabled := false
		if _, err := w.ChangeWebhook(ctx, talkit.Caller{Kind: talkit.CallerDeveloper, UserID: developer.ID}, plugin.ID, hook.ID,
			WebhookChange{Disabled: &enabled}); err != nil {
			t.Fatal(err)
		}
		late := talkit.MailJob{Letter: talkit.MailWebhookDisabled, UserID: developer.ID, ThingID: hook.ID}
		if err := w.SendLetter(ctx, late); err != nil {
			t.Error(err)
		}
		if n := len(s.Letters()); n != 1 {
			t.Errorf("%d letters", n)
		}
	})
}

// A link is made for a letter that the server will hear, and for no other.
func TestServerAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		listener.Close()
		w := correspond(t, db, address)
		u := w.User()
		job := talkit.MailJob{Letter: talkit.MailRecovery, UserID: u.ID}
		for range 2 {
			if err := w.SendLetter(t.Context(), job); talkit.KindOf(err) != talkit.Unavailable {
				t.Errorf("the server is away: %v", err)
			}
		}
		if n := w.links(); n != 0 {
			t.Errorf("%d links were made in vain", n)
		}
		s := mailtest.Serve(t, mailtest.Options{Address: address})
		if err := w.SendLetter(t.Context(), job); err != nil {
			t.Error(err)
		}
		w.enter(s.Next(t, 0).Text)
	})
}

// What the server will never take is not tried again.
func TestLetterRefused(t *testing.T) {
	unknown := mailtest.Options{Refuse: &smtp.SMTPError{Code: 550, Message: "unknown"}}
	eachWriting(t, unknown, func(t *testing.T, w *writing, _ *mailtest.Server) {
		u := w.User()
		if err := w.SendLetter(t.Context(), talkit.MailJob{Letter: talkit.MailRecovery, UserID: u.ID}); err != nil {
			t.Errorf("refused for good: %v", err)
		}
		if err := w.SendLetter(t.Context(), talkit.MailJob{Letter: "strange", UserID: u.ID}); err == nil {
			t.Error("a letter that does not exist was sent")
		}
	})
}

func TestNoMail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := testApp(t, db)
		u := storetest.RowsOf(t, db).User()
		for what, err := range map[string]error{
			"recovery": a.Recover(t.Context(), u.Email, Browser{}),
			"link":     a.MailLink(t.Context(), talkit.Operator, u),
			"letter":   a.SendLetter(t.Context(), talkit.MailJob{Letter: talkit.MailRecovery, UserID: u.ID}),
		} {
			if talkit.KindOf(err) != talkit.Unavailable {
				t.Errorf("%s: %v", what, err)
			}
		}
		if a.HasMail() {
			t.Error("there is mail")
		}
	})
}
