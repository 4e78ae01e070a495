package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/wire"
)

// deaf opens a WebSocket, by hand: it sends what the test writes, and answers nothing.
func deaf(t *testing.T) (*line, net.Conn) {
	t.Helper()
	lines := make(chan *line, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		l := newLine(conn)
		lines <- l
		for err == nil {
			_, _, err = l.next()
		}
		conn.CloseNow()
	}))
	t.Cleanup(server.Close)
	client, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer, err)
	}
	return <-lines, client
}

// TestASlowLineIsAlive: a client whose pong waits behind its sound is not taken
// for gone, one that says nothing is.
func TestASlowLineIsAlive(t *testing.T) {
	t.Parallel()
	const patience = 2 * time.Second
	l, client := deaf(t)
	client.Write([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0}) // a binary message of 1 MiB, masked with zeros
	ctx, slow := context.WithCancel(t.Context())
	defer slow()
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		for ctx.Err() == nil {
			client.Write(make([]byte, 1<<10))
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if err := l.alive(t.Context(), 0, patience); err != nil {
		t.Errorf("a slow line: %v", err)
	}
	slow()
	<-sending
	l.hold(func() {
		if err := l.alive(t.Context(), time.Nanosecond, time.Nanosecond); err != nil {
			t.Errorf("while we read no further: %v", err)
		}
	})
	if err := l.alive(t.Context(), 0, patience); err == nil {
		t.Error("a line without a sign is alive")
	}
}

func TestLivesEnd(t *testing.T) {
	t.Parallel()
	l := newLives()
	end, err := l.begin(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, kind talkit.Kind) {
		t.Helper()
		_, err := l.begin(1, 1)
		if e, ok := errors.AsType[*talkit.Error](err); !ok || e.Kind != kind || e.RetryAfter == 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("a second of one", talkit.TooMany)
	ended := l.stop()
	refused("at the stop", talkit.Unavailable)
	select {
	case <-ended:
		t.Error("it ended with one open")
	default:
	}
	end()
	<-ended
}

func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	err := safely(func() error { panic("a fault of ours") })
	if err == nil || !strings.Contains(err.Error(), "a fault of ours") || !strings.Contains(err.Error(), "TestAPanicIsAnError") {
		t.Errorf("got %v", err)
	}
}

// TestNothingIsNoSound: messages without a byte do not keep a dictation open.
func TestNothingIsNoSound(t *testing.T) {
	t.Parallel()
	d := &dictation{conn: &line{}, in: newPortions()}
	if err := d.take(websocket.MessageBinary, nil); err != nil || d.heard.Load() != 0 {
		t.Errorf("nothing: %v, heard %d", err, d.heard.Load())
	}
	if err := d.take(websocket.MessageBinary, []byte("s")); err != nil || d.heard.Load() == 0 {
		t.Errorf("sound: %v, heard %d", err, d.heard.Load())
	}
}

// TestASlowReader gets fewer messages, with all that is in them.
func TestASlowReader(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	word := func(text string) []talkit.Word { return []talkit.Word{{Word: text}} }
	o.addWords(word(" one"), word(" too"))
	o.setStored(10)
	o.addWords(word(" two"), word(" tree"))
	o.setStored(20)
	o.addWords(nil, word(" three"))
	want := []any{wire.LiveStored{Type: "stored", Offset: 20}, wire.LiveWords{Type: "words", Confirmed: append(word(" one"), word(" two")...), Tentative: word(" three")}}
	if diff := cmp.Diff(want, o.take()); diff != "" {
		t.Error(diff)
	}
	if again := o.take(); len(again) != 0 {
		t.Errorf("again %v", again)
	}
}
