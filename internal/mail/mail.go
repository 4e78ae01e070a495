// Package mail sends letters over SMTP.
package mail

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"talkit"
)

// Mailer sends letters through one mail server, each over a connection of its own.
type Mailer struct{ server server }

// timeout is what a server gets for a letter, from the connection on.
const timeout = 45 * time.Second

// New makes a Mailer of TALKIT_SMTP_URL. The public URL of our server names
// it to the mail server, and the sender unless ?from= does.
func New(smtpURL, publicURL string) (*Mailer, error) {
	s, err := parse(smtpURL, publicURL)
	if err != nil {
		return nil, fmt.Errorf("TALKIT_SMTP_URL %w", err)
	}
	return &Mailer{s}, nil
}

// From is the sender's address.
func (m *Mailer) From() string { return m.server.from.Address }

// Send sends a letter to one address. The letter is written once the server
// has let us in: what may stand in it works once, and is not to be made in
// vain. An error of the kind talkit.Invalid is the server's word that this
// letter will never be taken; it is worth trying again after any other.
func (m *Mailer) Send(ctx context.Context, to string, write func(context.Context) (talkit.Mail, error)) error {
	if err := recipient(to); err != nil {
		return talkit.InvalidField("email", "must be an e-mail address").Because(err)
	}
	return m.with(ctx, func(client *gomail.Client, conn *smtp.Client) error {
		letter, err := write(ctx)
		if err != nil {
			return err
		}
		message, err := m.message(to, letter)
		if err != nil {
			return err
		}
		if err := client.SendWithSMTPClient(conn, message); err != nil && !message.IsDelivered() {
			return m.refused(err, to)
		}
		return nil
	})
}

// Check says hello and signs in, as before each letter.
func (m *Mailer) Check(ctx context.Context) error {
	return m.with(ctx, func(_ *gomail.Client, conn *smtp.Client) error { return m.away(conn.Noop()) })
}

// with runs f on a connection to the server that let us in.
func (m *Mailer) with(ctx context.Context, f func(*gomail.Client, *smtp.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	line := &connection{server: m.server}
	defer line.close()
	defer context.AfterFunc(ctx, line.close)()
	client, err := m.client(line)
	if err != nil {
		return m.away(err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return m.away(err)
	}
	if err := f(client, conn); err != nil {
		return err
	}
	_ = conn.Quit() // the letter is theirs already
	return nil
}

// mechanisms are how we sign in. PLAIN comes first: servers offer others that
// do not work with what they keep of passwords, and a password goes over TLS
// alone, or not off this machine.
var mechanisms = []gomail.SMTPAuthType{gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthCramMD5}

func (m *Mailer) client(line *connection) (*gomail.Client, error) {
	s := m.server
	policy := gomail.TLSOpportunistic
	if s.user != "" && !s.tls && !s.local() {
		policy = gomail.TLSMandatory // else whoever is between could have the password
	}
	options := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(timeout), gomail.WithHELO(s.name),
		gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.tlsConfig()), gomail.WithDialContextFunc(line.dial),
		gomail.WithoutNoop(), gomail.WithoutRset()}
	if s.user != "" {
		options = append(options, gomail.WithOpportunisticSMTPAuth(mechanisms...), gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	return gomail.NewClient(s.host, options...)
}

func (s server) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
}

// connection dials, and sees to it that no connection outlives its letter:
// go-mail leaves those open on which it could not sign in, and minds a context
// only while it dials.
type connection struct {
	server server

	mu   sync.Mutex
	conn net.Conn
}

func (c *connection) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if c.server.tls {
		secure := tls.Client(conn, c.server.tlsConfig())
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secure
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	return conn, nil
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		c.conn.Close()
	}
}

// message is a letter with its headers.
func (m *Mailer) message(to string, letter talkit.Mail) (*gomail.Msg, error) {
	from := m.server.from
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := message.FromFormat(line(from.Name), from.Address); err != nil {
		return nil, fmt.Errorf("the sender of letters: %w", err)
	}
	if err := message.To(to); err != nil {
		return nil, talkit.InvalidField("email", "must be an e-mail address").Because(err)
	}
	message.Subject(line(letter.Subject))
	message.SetDate()
	domain := from.Address[strings.LastIndexByte(from.Address, '@'):]
	message.SetMessageIDWithValue(strings.ToLower(rand.Text()) + domain)
	message.SetGenHeader("Auto-Submitted", "auto-generated") // so that no machine answers (RFC 3834)
	message.SetBodyString(gomail.TypeTextPlain, letter.Text)
	return message, nil
}
