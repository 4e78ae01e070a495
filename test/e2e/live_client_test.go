package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"talkit"
	"talkit/wire"
)

// speaker is someone who dictates over GET /recordings/live.
type speaker struct {
	t     testing.TB
	conn  *websocket.Conn
	begun heardMessage
}

// heardMessage is any message of the server's.
type heardMessage struct {
	Type      string
	Upload    string
	Offset    int64
	Live      bool
	Reason    *string
	Detail    string
	Confirmed []talkit.Word
	Tentative []talkit.Word
	Recording wire.Recording
	Problem   string
	Status    int
	Errors    []struct{ Location, Message string }
}

const (
	rawSound   = "audio/pcm;rate=16000"
	liveHeader = 44 // bytes that the server writes before plain samples
)

// speak opens a connection. It is checked against the document.
func (c caller) speak() *speaker {
	c.t.Helper()
	request, err := c.request(http.MethodGet, "/recordings/live", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	log.hideRequest(request)
	conn, response, err := websocket.Dial(c.t.Context(), request.URL.String(), &websocket.DialOptions{HTTPHeader: request.Header,
		HTTPClient: &http.Client{Transport: c.site.transport}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.CloseNow() })
	for _, document := range c.site.documents {
		if err := document.check(request, response, nil); err != nil {
			c.t.Errorf("against OpenAPI %s: %v", document.OpenAPI, err)
		}
	}
	conn.SetReadLimit(4 << 20)
	return &speaker{t: c.t, conn: conn}
}

// speaks tells whether a connection is taken, and closes it.
func (c caller) speaks() bool {
	request, err := c.request(http.MethodGet, "/recordings/live", nil)
	if err != nil {
		return false
	}
	conn, _, err := websocket.Dial(c.t.Context(), request.URL.String(), &websocket.DialOptions{HTTPHeader: request.Header})
	if err == nil {
		conn.CloseNow()
	}
	return err == nil
}

// dictating is speak with a start that is taken.
func (c caller) dictating(start wire.LiveStart) *speaker {
	c.t.Helper()
	s := c.speak()
	start.Type = "start"
	s.say(start)
	s.begun = s.hear("started")
	return s
}

func (s *speaker) write(kind websocket.MessageType, content []byte) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.conn.Write(ctx, kind, content); err != nil {
		s.t.Fatal(err)
	}
}

// say sends a message of text.
func (s *speaker) say(message any) {
	s.t.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(websocket.MessageText, text)
}

// sound sends sound in messages of some size.
func (s *speaker) sound(sound []byte, size int) {
	s.t.Helper()
	for len(sound) > 0 {
		n := min(size, len(sound))
		s.write(websocket.MessageBinary, sound[:n])
		sound = sound[n:]
	}
}

// next is the server's next message, or why there is none.
func (s *speaker) next() (m heardMessage, err error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	_, text, err := s.conn.Read(ctx)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(text, &m)
}

// hear waits for a message of a type.
func (s *speaker) hear(kind string) heardMessage {
	s.t.Helper()
	for {
		m, err := s.next()
		if err != nil {
			s.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if m.Type == kind {
			return m
		}
		if m.Type == "problem" || m.Type == "recording" {
			s.t.Fatalf("waiting for %s: %+v", kind, m)
		}
	}
}

// stored waits until so much is safe.
func (s *speaker) stored(offset int64) {
	s.t.Helper()
	for began := time.Now(); ; {
		if m := s.hear("stored"); m.Offset >= offset {
			return
		}
		if time.Since(began) > patience {
			s.t.Fatalf("%d bytes are not safe", offset)
		}
	}
}

// end ends the dictation and waits for what it became.
func (s *speaker) end() wire.Recording {
	s.t.Helper()
	s.say(wire.LiveEnd{Type: "end"})
	r := s.hear("recording").Recording
	s.closed(websocket.StatusNormalClosure)
	return r
}

// closed wants the connection to end with a code.
func (s *speaker) closed(code websocket.StatusCode) {
	s.t.Helper()
	for {
		m, err := s.next()
		if err == nil {
			s.t.Logf("before the close: %+v", m)
			continue
		}
		if got := websocket.CloseStatus(err); got != code {
			s.t.Errorf("closed with %d (%v), want %d", got, err, code)
		}
		return
	}
}

// refused wants a problem of a kind, and a close with a code.
func (s *speaker) refused(kind string, code websocket.StatusCode) heardMessage {
	s.t.Helper()
	m := s.hearProblem()
	if m.Problem != "urn:talkit:problem:"+kind || m.Detail == "" || strings.Contains(m.Detail, "body.") {
		s.t.Errorf("refused with %+v, want %s", m, kind)
	}
	s.closed(code)
	return m
}

func (s *speaker) hearProblem() heardMessage {
	s.t.Helper()
	for {
		m, err := s.next()
		if err != nil {
			s.t.Fatal(err)
		}
		if m.Type == "problem" {
			return m
		}
	}
}

// handshake asks for a WebSocket and reads the answer as any other.
func (c caller) handshake() answer {
	c.t.Helper()
	return c.with("Connection", "Upgrade").with("Upgrade", "websocket").with("Sec-WebSocket-Version", "13").
		with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==").get("/recordings/live")
}
