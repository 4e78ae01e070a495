package e2e_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"talkit/internal/store/storetest"
	"talkit/wire"
)

// TestFullDisk: sound that there is no room for is a 507. Little room is
// played by a limit on what the server may write to one file.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	key := s.user(killEmail)
	s.serveUnder("ulimit -f 8192") // blocks of 512 bytes
	answer, err := s.submit(t.Context(), key, killUpload{sound: badZeros(6 << 20)})
	if err != nil {
		t.Fatal(err)
	}
	answer.refused(t, "sound without room", http.StatusInsufficientStorage)
	s.keeps().nothingLeft(0)
	id := s.submitted(key, killUpload{sound: badZeros(1 << 20)})
	s.settled(key, id)
	s.keeps().nothingLeft(1)
}

// away asks until the server says that it cannot just now, and holds the
// answer to what a client can do with it.
func (s *killServer) away(what string, ask func() (killAnswer, error)) {
	s.t.Helper()
	var answer killAnswer
	began := time.Now()
	killUntil(s.t, 30*time.Second, what, func() bool {
		var err error
		if answer, err = ask(); err != nil {
			s.t.Fatal(err)
		}
		return answer.Status >= 300
	})
	answer.refused(s.t, what, http.StatusServiceUnavailable)
	s.t.Logf("%s: %d after %v", what, answer.Status, time.Since(began).Round(time.Millisecond))
	if answer.Header.Get("Retry-After") == "" {
		s.t.Errorf("%s: no Retry-After", what)
	}
}

// TestLockedDatabase: while another process holds the database, uploads are a
// 503, what is read is answered, and all is well once it lets go.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	needLong(t)
	s, key := badSetup(t, "TALKIT_ENGINE=manual")
	conn, err := s.keeps().db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	upload := func() (killAnswer, error) {
		return s.submit(t.Context(), key, killUpload{sound: bytes.NewReader(badWAV(3200))})
	}
	s.away("an upload to a locked database", upload)
	s.away("another upload", upload)
	s.call("GET", "/recordings", key, "")
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	answer, err := upload()
	if err != nil || answer.Status != http.StatusAccepted {
		t.Fatalf("once it is free: %v, %d %s", err, answer.Status, answer.Body)
	}
	s.settled(key, killJSON[wire.Recording](t, answer.Body).ID)
	s.keeps().nothingLeft(1)
}

// TestDatabaseGone: while PostgreSQL is away everything is a 503, and once it
// is back the server goes on by itself.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	wire := badWire(t, address.Host)
	address.Host = wire.listener.Addr().String()
	s, key := badSetup(t, "TALKIT_ENGINE=manual", "TALKIT_DATABASE_URL="+address.String())
	first := s.submitted(key, killUpload{sound: bytes.NewReader(badWAV(3200))})
	s.settled(key, first)
	wire.cut()
	for what, ask := range map[string]func() (killAnswer, error){
		"a list": func() (killAnswer, error) { return s.ask(t.Context(), "GET", "/recordings", key, "") },
		"health": func() (killAnswer, error) { return s.ask(t.Context(), "GET", "/healthz", "", "") },
		"upload": func() (killAnswer, error) {
			return s.submit(t.Context(), key, killUpload{sound: bytes.NewReader(badWAV(3200))})
		},
	} {
		s.away(what+" without a database", ask)
	}
	wire.mend()
	killUntil(t, 30*time.Second, "the server answers again", func() bool {
		answer, err := s.ask(t.Context(), "GET", "/healthz", "", "")
		return err == nil && answer.Status == http.StatusOK
	})
	second := s.submitted(key, killUpload{sound: bytes.NewReader(badWAV(3200))})
	if r := s.settled(key, second); r.Status != "review" {
		t.Errorf("the recording is %s", r.Status)
	}
	s.keeps().nothingLeft(2)
}

// badLine is a way to another server that can be cut.
type badLine struct {
	t        *testing.T
	listener net.Listener
	to       string

	mu    sync.Mutex
	isCut bool
	conns []net.Conn
}

func badWire(t *testing.T, to string) *badLine {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &badLine{t: t, listener: listener, to: to}
	t.Cleanup(func() {
		listener.Close()
		l.cut()
	})
	go l.accept()
	return l
}

func (l *badLine) accept() {
	for {
		from, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		to, err := net.Dial("tcp", l.to)
		if err != nil || l.isCut {
			from.Close() // a connection to spare stays open till the end
		} else {
			l.conns = append(l.conns, from, to)
			go l.carry(from, to)
			go l.carry(to, from)
		}
		l.mu.Unlock()
	}
}

func (l *badLine) carry(from, to net.Conn) {
	io.Copy(to, from)
	from.Close()
	to.Close()
}

// cut breaks all connections, and every new one at once.
func (l *badLine) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = true
	for _, conn := range l.conns {
		conn.Close()
	}
	l.conns = nil
}

func (l *badLine) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = false
}
