package api

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// line is the connection of a dictation, and what it shows of its client. Each
// piece of a message is a sign of life: where the line is slow, a pong waits
// behind the sound that the client has queued.
type line struct {
	*websocket.Conn
	came   atomic.Int64 // the last sign, Unix nanoseconds
	behind atomic.Bool  // it is us who read no further
}

func newLine(conn *websocket.Conn) *line {
	conn.SetReadLimit(maxLiveSound)
	l := &line{Conn: conn}
	l.sign()
	return l
}

func (l *line) sign() { l.came.Store(time.Now().UnixNano()) }

// next is the client's next message.
func (l *line) next() (websocket.MessageType, []byte, error) {
	kind, from, err := l.Reader(context.Background())
	if err != nil {
		return kind, nil, err
	}
	l.sign()
	content, err := io.ReadAll(signs{from, l})
	return kind, content, err
}

// signs reads a message in pieces so small that a slow line shows life.
type signs struct {
	from io.Reader
	line *line
}

func (s signs) Read(p []byte) (int, error) {
	n, err := s.from.Read(p[:min(len(p), 1<<10)])
	if n > 0 {
		s.line.sign()
	}
	return n, err
}

// hold does what keeps the client's messages waiting.
func (l *line) hold(do func()) {
	l.behind.Store(true)
	defer func() {
		l.sign()
		l.behind.Store(false)
	}()
	do()
}

// quiet is how long nothing came that we would have read.
func (l *line) quiet() time.Duration {
	if l.behind.Load() {
		return 0
	}
	return time.Since(time.Unix(0, l.came.Load()))
}

// alive asks a client that was quiet for so long for a sign of life, which has
// some time to come.
func (l *line) alive(ctx context.Context, quiet, patience time.Duration) error {
	if l.quiet() < quiet {
		return nil
	}
	ping, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := l.Ping(ping)
	if err != nil && l.quiet() < patience { // something else came
		return nil
	}
	if err == nil {
		l.sign()
	}
	return err
}
