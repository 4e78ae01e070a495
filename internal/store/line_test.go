package store_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// line is a wire to a PostgreSQL that can be cut.
type line struct {
	dsn      string // of the database at the end of the line
	far      string
	mu       sync.Mutex
	isCut    bool
	open     []net.Conn
	sessions sync.WaitGroup
}

func newLine(t *testing.T, dsn string) *line {
	t.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{far: address.Host}
	address.Host = listener.Addr().String()
	l.dsn = address.String()
	l.sessions.Go(func() { l.accept(listener) })
	t.Cleanup(func() {
		listener.Close()
		l.cut()
		l.sessions.Wait()
	})
	return l
}

func (l *line) accept(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		if far := l.connect(near); far != nil {
			l.sessions.Go(func() { io.Copy(near, far); near.Close() })
			l.sessions.Go(func() { io.Copy(far, near); far.Close() })
		}
	}
}

// connect returns the far end, nil while the line is cut.
func (l *line) connect(near net.Conn) net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	far, err := net.Dial("tcp", l.far)
	if err != nil || l.isCut {
		near.Close()
		if far != nil {
			far.Close()
		}
		return nil
	}
	l.open = append(l.open, near, far)
	return far
}

// cut ends all connections; new ones end at once.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = true
	for _, conn := range l.open {
		conn.Close()
	}
	l.open = nil
}

// mend lets new connections through.
func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = false
}
