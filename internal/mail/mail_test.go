package mail

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"talkit"
	"talkit/internal/certtest"
	"talkit/internal/mail/mailtest"
)

func TestMain(m *testing.M) {
	forget := certtest.Trust()
	code := m.Run()
	forget()
	os.Exit(code)
}

const (
	user     = "talkit@mail.test"
	password = "hunter2 /@:%?#"
	to       = "ada@example.com"
)

// mailer is one for a test's server, by a scheme.
func mailer(t testing.TB, scheme, address string, signIn *url.Userinfo, query string) *Mailer {
	t.Helper()
	u := url.URL{Scheme: scheme, Host: address, User: signIn, RawQuery: query}
	m, err := New(u.String(), "https://talkit.example.com")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func send(t testing.TB, m *Mailer, subject, text string) error {
	t.Helper()
	return m.Send(t.Context(), to, func(context.Context) (talkit.Mail, error) { return talkit.Mail{Subject: subject, Text: text}, nil })
}

func TestSend(t *testing.T) {
	t.Parallel()
	known := url.UserPassword(user, password)
	for name, c := range map[string]struct {
		scheme  string
		options mailtest.Options
		signIn  *url.Userinfo
		tls     bool
	}{
		"plain":                 {"smtp", mailtest.Options{}, nil, false},
		"plain with a password": {"smtp", mailtest.Options{User: user, Password: password}, known, false}, // on this machine
		"STARTTLS":              {"smtp", mailtest.Options{StartTLS: certtest.Config(t, "127.0.0.1"), User: user, Password: password}, known, true},
		"STARTTLS, nobody":      {"smtp", mailtest.Options{StartTLS: certtest.Config(t, "127.0.0.1")}, nil, true},
		"TLS":                   {"smtps", mailtest.Options{TLS: certtest.Config(t, "127.0.0.1"), User: user, Password: password}, known, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mailtest.Serve(t, c.options)
			m := mailer(t, c.scheme, s.Address, c.signIn, "")
			if err := m.Check(t.Context()); err != nil {
				t.Errorf("check: %v", err)
			}
			text := "Grüße,\n.\n\nhttps://talkit.example.com/app/link/" + strings.Repeat("abcdefgh", 12) + "\n"
			if err := send(t, m, "Ein Wörtchen", text); err != nil {
				t.Fatal(err)
			}
			got := s.Next(t, 0)
			if got.TLS != c.tls || got.User != c.options.User || got.From != "talkit@talkit.example.com" || got.To != to {
				t.Errorf("%+v", got)
			}
			if got.Subject != "Ein Wörtchen" || got.Text != text {
				t.Errorf("%q\n%q", got.Subject, got.Text)
			}
			for header, want := range map[string]string{"From": `"Talkit" <talkit@talkit.example.com>`, "To": "<" + to + ">", "Auto-Submitted": "auto-generated"} {
				if got := got.Header.Get(header); got != want {
					t.Errorf("%s: %s", header, got)
				}
			}
			if _, err := got.Header.Date(); err != nil || !strings.HasSuffix(got.Header.Get("Message-Id"), "@talkit.example.com>") {
				t.Errorf("date %v, Message-ID %s", err, got.Header.Get("Message-Id"))
			}
		})
	}
}

func TestSender(t *testing.T) {
	t.Parallel()
	s := mailtest.Serve(t, mailtest.Options{})
	m := mailer(t, "smtp", s.Address, nil, url.Values{"from": {`"Diktate, Büro" <notes@example.org>`}}.Encode())
	if err := send(t, m, "Hello", "Hello"); err != nil {
		t.Fatal(err)
	}
	got := s.Next(t, 0)
	from, err := got.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Diktate, Büro" || from[0].Address != "notes@example.org" || got.From != "notes@example.org" {
		t.Errorf("%v, %v, %s", from, err, got.From)
	}
}

// What people and plugins are called can hold anything; it makes no header.
func TestNoHeaderIsInjected(t *testing.T) {
	t.Parallel()
	s := mailtest.Serve(t, mailtest.Options{})
	m := mailer(t, "smtp", s.Address, nil, "")
	if err := send(t, m, "One\r\nBcc: all@example.com\r\n\r\nTwo\u2028\x00", "Text\r\n.\r\nMAIL FROM:<x@example.com>\r\n"); err != nil {
		t.Fatal(err)
	}
	got := s.Next(t, 0)
	if got.Subject != "One Bcc: all@example.com Two" || got.Header.Get("Bcc") != "" || !strings.Contains(got.Text, "\n.\nMAIL FROM") {
		t.Errorf("%q %v %q", got.Subject, got.Header, got.Text)
	}
	for _, address := range []string{
		"a@example.com\r\nBcc: all@example.com", "a@example.com>\r\nRCPT TO:<b@example.com", "a@example.com, b@example.com", "Ada <a@example.com>", "", "ada",
		"\"a\r\nb\"@example.com",
	} {
		err := m.Send(t.Context(), address, func(context.Context) (talkit.Mail, error) { return talkit.Mail{Subject: "x", Text: "x"}, nil })
		if talkit.KindOf(err) != talkit.Invalid {
			t.Errorf("%q: %v", address, err)
		}
	}
	if n := len(s.Letters()); n != 1 {
		t.Errorf("%d letters", n)
	}
}

// Nothing is written before the server has let us in, as what is written may
// be a link that works once.
func TestFailures(t *testing.T) {
	t.Parallel()
	wrong, known := url.UserPassword(user, "hunter2-wrong"), url.UserPassword(user, password)
	foreign := certtest.Config(t, "other.test")
	for name, c := range map[string]struct {
		scheme  string
		options mailtest.Options
		signIn  *url.Userinfo
		kind    talkit.Kind
		words   []string
		written bool
	}{
		"wrong password": {"smtps", mailtest.Options{TLS: certtest.Config(t, "127.0.0.1"), User: user, Password: password, EchoPassword: true}, wrong,
			talkit.Unavailable, []string{"Check user name and password", "(hidden)"}, false},
		"no sign-in":     {"smtp", mailtest.Options{}, known, talkit.Unavailable, []string{"does not support SMTP AUTH"}, false},
		"needs sign-in":  {"smtp", mailtest.Options{User: user, Password: password}, nil, talkit.Invalid, []string{"502"}, true},
		"plain, not TLS": {"smtps", mailtest.Options{}, nil, talkit.Unavailable, []string{"try smtp://"}, false},
		"wrong name":     {"smtp", mailtest.Options{StartTLS: foreign}, nil, talkit.Unavailable, []string{"failed to verify certificate"}, false},
		"refused": {"smtp", mailtest.Options{Refuse: &smtp.SMTPError{Code: 550, Message: "<" + to + "> is unknown"}}, nil,
			talkit.Invalid, []string{"550", "<(the recipient)> is unknown"}, true},
		"later": {"smtp", mailtest.Options{Refuse: &smtp.SMTPError{Code: 451, Message: "greylisted"}}, nil,
			talkit.Unavailable, []string{"451", "greylisted"}, true},
		"spam": {"smtp", mailtest.Options{RefuseText: &smtp.SMTPError{Code: 554, Message: "https://talkit.example.com/app/link/hunter2 looks bad"}}, nil,
			talkit.Invalid, []string{"554", "(a link) looks bad"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mailtest.Serve(t, c.options)
			m := mailer(t, c.scheme, s.Address, c.signIn, "")
			written := false
			err := m.Send(t.Context(), to, func(context.Context) (talkit.Mail, error) {
				written = true
				return talkit.Mail{Subject: "Subject", Text: "https://talkit.example.com/app/link/hunter2\n"}, nil
			})
			checkError(t, err, c.kind, c.words...)
			if written != c.written || len(s.Letters()) != 0 {
				t.Errorf("written: %t, %d letters", written, len(s.Letters()))
			}
			if !c.written {
				checkError(t, m.Check(t.Context()), c.kind, c.words...)
			}
		})
	}
}

func checkError(t testing.TB, err error, kind talkit.Kind, words ...string) {
	t.Helper()
	if talkit.KindOf(err) != kind {
		t.Fatalf("%v, want %s", err, kind)
	}
	for _, part := range words {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error holds a secret: %v", err)
	}
}

func TestServerAway(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	m := mailer(t, "smtp", address, url.UserPassword(user, password), "")
	checkError(t, send(t, m, "x", "x"), talkit.Unavailable, "refused", "Check host and port")
	mailtest.Serve(t, mailtest.Options{Address: address, User: user, Password: password})
	if err := send(t, m, "x", "x"); err != nil {
		t.Error(err)
	}
}

// A stop must not wait for a server that says nothing.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		stop()
		conn.Read(make([]byte, 1)) // until the other side is gone
	}()
	m := mailer(t, "smtp", listener.Addr().String(), nil, "")
	checkError(t, m.Check(ctx), talkit.Unavailable)
}

func TestWritingFails(t *testing.T) {
	t.Parallel()
	s := mailtest.Serve(t, mailtest.Options{})
	gone := errors.New("the person is gone")
	err := mailer(t, "smtp", s.Address, nil, "").Send(t.Context(), to, func(context.Context) (talkit.Mail, error) { return talkit.Mail{}, gone })
	if !errors.Is(err, gone) || len(s.Letters()) != 0 {
		t.Errorf("%v, %d letters", err, len(s.Letters()))
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for smtpURL, want := range map[string]server{
		"smtp://mail.test":                           {port: 25},
		"smtp://u:p@mail.test":                       {port: 587, user: "u", password: "p"},
		"smtps://u:p%40@mail.test/":                  {port: 465, user: "u", password: "p@", tls: true},
		"smtp://mail.test:2525?from=a%2Bb@x.test":    {port: 2525},
		"smtp://mail.test?from=Talk+<t%40talk.test>": {port: 25},
	} {
		got, err := parse(smtpURL, "https://talkit.test:8443")
		if err != nil || got.host != "mail.test" || got.port != want.port || got.user != want.user || got.password != want.password || got.tls != want.tls || got.name != "talkit.test" {
			t.Errorf("%s: %+v, %v", smtpURL, got, err)
		}
	}
	for _, smtpURL := range []string{
		"mail.test", "http://hunter2:hunter2@mail.test", "smtp://", "smtp://u@mail.test", "smtp://u:hunter2%@mail.test", "smtp://u:hunter2@mail.test/hunter2",
		"smtp://mail.test?form=x@y.test", "smtp://mail.test?from=nobody", "smtp://mail.test?from=a@x.test%0D%0ABcc:b@x.test", "smtp://mail.test:0", "smtp://mail.test:99999",
		"smtp://u:hunter2@mail.test?from=hunter2;x",
	} {
		_, err := New(smtpURL, "https://talkit.test")
		if err == nil || !strings.HasPrefix(err.Error(), "TALKIT_SMTP_URL ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", smtpURL, err)
		}
	}
	for publicURL, want := range map[string]string{
		"https://talkit.example.com": "talkit@talkit.example.com", "http://127.0.0.1:8080": "talkit@[127.0.0.1]", "http://[::1]:8080": "talkit@localhost",
		"http://localhost": "talkit@localhost", "https://büro.example": "talkit@xn--bro-hoa.example", "": "talkit@localhost",
	} {
		m, err := New("smtp://mail.test", publicURL)
		if err != nil || m.From() != want {
			t.Errorf("%s: %s, %v", publicURL, m.From(), err)
		}
		if _, err := m.message("ada@example.com", talkit.Mail{Subject: "x", Text: "x"}); err != nil {
			t.Errorf("%s: %v", publicURL, err)
		}
	}
}
