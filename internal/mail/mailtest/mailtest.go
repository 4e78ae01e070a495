// Package mailtest is a mail server for tests: a real one, that keeps what it
// is sent.
package mailtest

import (
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Server is a mail server that runs until its test ends.
type Server struct {
	// Address is where it listens.
	Address string

	options Options
	mu      sync.Mutex
	came    []Letter
	away    bool
}

// Options say what a server is like; without any it takes all by plain SMTP.
type Options struct {
	Address        string      // where it listens; "" is a free port
	StartTLS       *tls.Config // offered when set
	TLS            *tls.Config // spoken from the first byte when set
	User, Password string      // wanted when set
	Refuse         error       // the answer to every recipient
	RefuseText     error       // the answer to every letter
	EchoPassword   bool        // a wrong password comes back in the answer
	Away           bool        // nobody is let in, until Return
}

// Letter is one that came.
type Letter struct {
	From, To string // of the envelope
	User     string // who had signed in
	TLS      bool
	Header   mail.Header
	Subject  string // decoded
	Text     string // decoded, with \n
	Raw      string
}

// Serve starts a server.
func Serve(t testing.TB, options Options) *Server {
	t.Helper()
	address := options.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: listener.Addr().String(), options: options, away: options.Away}
	server := smtp.NewServer(smtp.BackendFunc(s.greet))
	server.Domain, server.TLSConfig, server.AllowInsecureAuth = "mail.test", options.StartTLS, true
	server.ReadTimeout, server.WriteTimeout = time.Minute, time.Minute
	server.ErrorLog = discard{}
	if options.TLS != nil {
		listener = tls.NewListener(listener, options.TLS)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		listener.Close() // server knows of it only once Serve runs
		server.Close()
		<-ended
	})
	return s
}

// greet begins a connection.
func (s *Server) greet(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil, &smtp.SMTPError{Code: 421, Message: "Come back later"}
	}
	return &session{server: s, conn: c}, nil
}

// Return lets everyone in again.
func (s *Server) Return() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = false
}

// Letters are all that came.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.came...)
}

// Next waits for the letter after the first n.
func (s *Server) Next(t testing.TB, n int) Letter {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if all := s.Letters(); len(all) > n {
			return all[n]
		}
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for a letter")
		}
	}
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// session is one connection's.
type session struct {
	server *Server
	conn   *smtp.Conn
	letter Letter
}

var _ smtp.AuthSession = (*session)(nil)

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string {
	if s.server.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		o := s.server.options
		if user != o.User || password != o.Password {
			words := "5.7.8 Not you"
			if o.EchoPassword {
				words += ": " + password
			}
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: words}
		}
		s.letter.User = user
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.User != "" && s.letter.User == "" {
		return smtp.ErrAuthRequired
	}
	s.letter.From = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.letter.To = to
	return s.server.options.Refuse
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.server.options.RefuseText; err != nil {
		return err
	}
	letter := s.letter
	_, letter.TLS = s.conn.TLSConnectionState()
	if err := letter.read(string(raw)); err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.came = append(s.server.came, letter)
	return nil
}

func (l *Letter) read(raw string) error {
	l.Raw = raw
	message, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return err
	}
	l.Header = message.Header
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return err
	}
	var body io.Reader = message.Body
	switch encoding := message.Header.Get("Content-Transfer-Encoding"); encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "", "7bit", "8bit":
	default:
		return errors.New("an encoding that is not expected: " + encoding)
	}
	text, err := io.ReadAll(body)
	l.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	return err
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.letter = Letter{User: s.letter.User} }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }
