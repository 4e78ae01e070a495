package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/certtest"
	"talkit/internal/mail/mailtest"
)

var linkInLetter = regexp.MustCompile(`/app/link/(\S+)`)

// A developer is told of a webhook that was disabled, by a mail server that
// wants TLS and a password.
func TestMailOfADisabledWebhook(t *testing.T) {
	t.Parallel()
	const user, password = "talkit@mail.test", "hunter2-of-the-mail-server"
	log.hide("a mail server's password", password)
	letters := mailtest.Serve(t, mailtest.Options{TLS: certtest.Config(t, "127.0.0.1"), User: user, Password: password})
	address := url.URL{Scheme: "smtps", User: url.UserPassword(user, password), Host: letters.Address}
	w := setup(t, serve(t, "--engine=manual", loopback, "--smtp-url="+address.String()))
	gone := receive(t, func(rw http.ResponseWriter, _ delivered) { rw.WriteHeader(http.StatusGone) })
	hook := w.newWebhook(gone.URL)
	w.test(hook.ID)
	letter := letters.Next(t, 0)
	page := fmt.Sprintf("%s/developers/plugins/%d/webhooks/%d\n", w.URL(), w.plugin.ID, hook.ID)
	if letter.To != w.owner.Email || letter.User != user || !letter.TLS || !strings.Contains(letter.Text, "410 Gone") || !strings.HasSuffix(letter.Text, page) {
		t.Errorf("%+v", letter)
	}
}

// A letter waits for a mail server that is away.
func TestMailWaits(t *testing.T) {
	t.Parallel()
	letters := mailtest.Serve(t, mailtest.Options{Away: true})
	w := setup(t, serve(t, "--engine=manual", "--smtp-url=smtp://"+letters.Address+"?from=notes@example.org"))
	if err := w.App.MailLink(t.Context(), talkit.Operator, w.person); err != nil {
		t.Fatal(err)
	}
	until(t, "the first try fails", func() bool { return len(w.lines.with(`"msg":"job failed","job":"mail"`)) > 0 })
	letters.Return()
	letter := letters.Next(t, 0)
	link := linkInLetter.FindStringSubmatch(letter.Text)
	if letter.To != w.person.Email || letter.From != "notes@example.org" || len(link) != 2 {
		t.Fatalf("%+v", letter)
	}
	log.hide("a link", link[1])
	page, err := (&http.Client{Transport: w.transport}).Get(w.URL() + link[0])
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Errorf("the letter's link: %s", page.Status)
	}
}

// Who forgot a password is mailed a link; whether an address is known shows in
// no page.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	letters := mailtest.Serve(t, mailtest.Options{})
	w := setup(t, serve(t, "--engine=manual", "--smtp-url=smtp://"+letters.Address))
	var pages []string
	for _, email := range []string{"nobody@example.com", w.person.Email} {
		page, err := (&http.Client{Transport: w.transport}).PostForm(w.URL()+"/app/forgot", url.Values{"email": {email}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(page.Body)
		page.Body.Close()
		if err != nil || page.StatusCode != http.StatusOK {
			t.Fatalf("%s, %v: %s", page.Status, err, text)
		}
		pages = append(pages, string(text))
	}
	if pages[0] != pages[1] {
		t.Error("the page tells who is known here")
	}
	letter := letters.Next(t, 0)
	link := linkInLetter.FindStringSubmatch(letter.Text)
	if letter.To != w.person.Email || len(link) != 2 {
		t.Fatalf("%+v", letter)
	}
	log.hide("a link", link[1])
}
