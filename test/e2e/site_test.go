package e2e_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"talkit/internal/audio"
	"talkit/internal/config"
	"talkit/internal/server"
	"talkit/internal/telemetry"
)

// site is a server that runs until its test ends.
type site struct {
	*server.Server
	documents []*document // what it says of itself, 3.1 and 3.0
	transport *http.Transport
	lines     *lines
}

// loopback lets webhooks reach the receivers of tests.
const loopback = "--webhook-allow=127.0.0.0/8"

// serve starts a server with flags of talkit serve, on a free port and an empty
// data folder.
func serve(t testing.TB, flags ...string) *site {
	t.Helper()
	s := start(t, server.Role{Serve: true, Work: true}, flags...)
	for _, path := range []string{"/openapi.json", "/openapi-3.0.json"} {
		s.documents = append(s.documents, documentAt(t, s.URL()+path))
	}
	unanswered.expect(s.documents[0].operations())
	return s
}

func start(t testing.TB, role server.Role, flags ...string) *site {
	t.Helper()
	s := &site{lines: &lines{}, transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}}
	var err error
	s.Server, err = server.New(t.Context(), settings(t, flags...), role, telemetry.NewLogger(io.MultiWriter(log, s.lines), "json"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		s.transport.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server's end: %v", err)
		}
		s.lines.check(t)
	})
	return s
}

// settings are made as the command line makes them.
func settings(t testing.TB, flags ...string) config.Config {
	t.Helper()
	var c config.Config
	parser, err := kong.New(&c, config.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	flags = append([]string{"--listen=127.0.0.1:0", "--data=" + t.TempDir()}, flags...)
	if _, err := parser.Parse(flags); err != nil {
		t.Fatal(err)
	}
	if err := c.Complete(); err != nil {
		t.Fatal(err)
	}
	return c
}

// lines are the log of one server.
type lines struct {
	mu      sync.Mutex
	written bytes.Buffer
	faulty  bool // the test makes the server fail
}

// Write implements io.Writer.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.Write(line)
}

// with returns the lines that hold text.
func (l *lines) with(text string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for line := range strings.Lines(l.written.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// check fails a test whose server had a fault, and shows its complaints when
// the test failed for another reason.
func (l *lines) check(t testing.TB) {
	t.Helper()
	for _, fault := range l.with(`"level":"ERROR"`) {
		if l.faulty || strings.Contains(fault, `"error":"context canceled"`) { // River says so when it is stopped while it starts
			continue
		}
		t.Errorf("the server logged a fault: %s", fault)
	}
	if t.Failed() {
		for _, warning := range l.with(`"level":"WARN"`) {
			t.Logf("the server logged: %s", warning)
		}
	}
}

// needFFmpeg leaves a test out where sound cannot be decoded.
func needFFmpeg(t testing.TB) {
	t.Helper()
	if audio.Available() != nil {
		leaveOut(t, "ffmpeg (by hand: apt install ffmpeg)")
	}
}

func leaveOut(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatal("missing: " + what)
	}
	t.Skip("left out: needs " + what + "; make test installs it")
}

// needLong leaves a test out that takes long, whatever is installed.
func needLong(t testing.TB) {
	t.Helper()
	if os.Getenv("TALKIT_TEST_LONG") != "1" {
		t.Skip("left out: takes long (make test-long runs it)")
	}
}

// patience is how long what is due at once may take on a busy machine.
const patience = 2 * time.Minute

// until polls for a condition; what is told when it does not come.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
