package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"talkit/internal/certtest"
	"talkit/internal/config"
	"talkit/internal/telemetry"
)

func TestMain(m *testing.M) {
	forget := certtest.Trust()
	code := m.Run()
	forget()
	os.Exit(code)
}

// site is a server of a test.
type site struct {
	*Server
	t   testing.TB
	log *logged
}

// settings are made as the command line makes them.
func settings(t testing.TB, flags ...string) config.Config {
	t.Helper()
	var c config.Config
	parser, err := kong.New(&c, config.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	flags = append([]string{"--listen=127.0.0.1:0", "--data=" + t.TempDir(), "--engine=manual"}, flags...)
	if _, err := parser.Parse(flags); err != nil {
		t.Fatal(err)
	}
	if err := c.Complete(); err != nil {
		t.Fatal(err)
	}
	return c
}

// listen makes a server that does not run yet.
func listen(t testing.TB, flags ...string) *site {
	t.Helper()
	log := &logged{}
	s, err := New(t.Context(), settings(t, flags...), Role{Serve: true, Work: true}, telemetry.NewLogger(log, "json"))
	if err != nil {
		t.Fatal(err)
	}
	return &site{s, t, log}
}

// run runs a server until it is stopped, at the latest when the test ends.
func (s *site) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the server's end: %v", err)
		}
	})
	s.t.Cleanup(func() {
		stop()
		if s.t.Failed() {
			s.t.Logf("the server's log:\n%s", s.log)
		}
	})
	return stop
}

func serve(t testing.TB, flags ...string) *site {
	t.Helper()
	s := listen(t, flags...)
	s.run()
	return s
}

// client reaches the server under every name, and trusts roots; nil are those
// of the process.
func (s *site) client(roots *x509.CertPool, protocols ...string) *http.Client {
	transport := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots, NextProtos: protocols},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Addr().String())
		},
	}
	if len(protocols) > 0 {
		transport.ForceAttemptHTTP2 = false
	}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// served is the certificate that the server shows for a name.
func (s *site) served(name string) *x509.Certificate {
	s.t.Helper()
	conn, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{ServerName: name})
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

// logged is a log that many may write.
type logged struct {
	mu      sync.Mutex
	written bytes.Buffer
}

// Write implements io.Writer.
func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.Write(line)
}

// String is all that was written.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}

func (l *logged) has(parts ...string) bool {
	for line := range strings.Lines(l.String()) {
		found := 0
		for _, part := range parts {
			if strings.Contains(line, part) {
				found++
			}
		}
		if found == len(parts) {
			return true
		}
	}
	return false
}

// patience is how long what is due at once may take on a busy machine.
const patience = 2 * time.Minute

// until polls for a condition; what is told when it does not come.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

func body(t testing.TB, r *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
