package dictate

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"talkit"
	"talkit/wire"
)

// played is a server that does what the test says, connection by connection.
type played struct {
	t     *testing.T
	turns []func(c *connection)
	next  int
}

// connection is one of them. Its sound is what it took.
type connection struct {
	*played
	w     http.ResponseWriter
	r     *http.Request
	conn  *websocket.Conn
	start start
	sound []byte
}

// ServeHTTP implements http.Handler.
func (p *played) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.next++; p.next > len(p.turns) {
		p.t.Errorf("connection %d comes unasked for", p.next)
		return
	}
	c := &connection{played: p, w: w, r: r}
	p.turns[p.next-1](c)
	if c.conn != nil {
		c.conn.CloseNow()
	}
}

// opens shakes hands and reads the start.
func (c *connection) opens() {
	var err error
	if c.conn, err = websocket.Accept(c.w, c.r, nil); err != nil {
		c.t.Error(err)
		return
	}
	_, text, err := c.conn.Read(c.r.Context())
	if err != nil || json.Unmarshal(text, &c.start) != nil {
		c.t.Errorf("started with %s, %v", text, err)
	}
}

func (c *connection) say(message string) {
	if err := c.conn.Write(c.r.Context(), websocket.MessageText, []byte(message)); err != nil {
		c.t.Error(err)
	}
}

// takes reads sound until there is so much, or the end, which it tells.
func (c *connection) takes(most int) (ended bool) {
	for len(c.sound) < most {
		kind, content, err := c.conn.Read(c.r.Context())
		if err != nil {
			c.t.Error(err)
			return false
		}
		if kind == websocket.MessageText {
			return true
		}
		c.sound = append(c.sound, content...)
	}
	return false
}

const (
	part = 32 << 10
	all  = 1 << 30
)

// dictates runs a dictation of sound, which ends unless it goes on.
func dictates(t *testing.T, sound []byte, goesOn bool, turns ...func(c *connection)) (*Dictation, func() (wire.Recording, error)) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	server := httptest.NewServer(&played{t: t, turns: turns})
	t.Cleanup(server.Close)
	kept, err := NewSound()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kept.Remove)
	kept.Write(sound)
	if !goesOn {
		kept.End()
	}
	d := &Dictation{Server: &Server{URL: server.URL, Key: "key", HTTP: http.DefaultClient}, Sound: kept, Start: Start{Name: "Visit"}}
	d.Started, d.Words, d.Lost, d.Made = func(Started) {}, func(Words) {}, func(error) {}, func(wire.Recording) {}
	return d, func() (wire.Recording, error) { return d.Run(context.Background()) }
}

func samples(n int) []byte { return bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 8}, n/8) }

const begins = `{"type":"started","upload":"u","offset":44,"live":true}`

// TestEndedByTheServer: what comes after that is not lost, but another recording.
func TestEndedByTheServer(t *testing.T) {
	sound := samples(3 * part)
	var made []int64
	var times []float64
	d, run := dictates(t, sound, false,
		func(c *connection) {
			c.opens()
			c.say(begins)
			c.takes(part)
			c.say(`{"type":"recording","recording":{"id":1,"audio":{"size":32812}}}`)
			io.Copy(io.Discard, signsOf(c.conn))
		},
		func(c *connection) {
			c.opens()
			if c.start.Upload != "" || c.start.Name != "Visit" || c.start.Heard != nil {
				t.Errorf("the second began with %+v", c.start)
			}
			c.say(begins)
			if !c.takes(all) || !bytes.Equal(c.sound, sound[part:]) {
				t.Errorf("the second has %d bytes of %d", len(c.sound), len(sound)-part)
			}
			c.say(`{"type":"words","confirmed":[{"word":" So","start":0,"end":0.5}]}`)
			c.say(`{"type":"recording","recording":{"id":2,"audio":{"size":65580}}}`)
		})
	d.Made = func(r wire.Recording) { made = append(made, r.ID) }
	d.Words = func(w Words) { times = append(times, w.Confirmed[0].Start) }
	r, err := run()
	if err != nil || r.ID != 2 || len(made) != 1 || made[0] != 1 {
		t.Errorf("recordings %v and %d, %v", made, r.ID, err)
	}
	if len(times) != 1 || times[0] != float64(part)/talkit.BytesPerSecond {
		t.Errorf("words at %v", times)
	}
}

// signsOf reads messages until the connection ends.
func signsOf(conn *websocket.Conn) io.Reader {
	return websocket.NetConn(context.Background(), conn, websocket.MessageBinary)
}

// TestEndedByTheServerWithAll: nothing follows, so there is no other.
func TestEndedByTheServerWithAll(t *testing.T) {
	var d *Dictation
	d, run := dictates(t, samples(part), true, func(c *connection) {
		c.opens()
		c.say(begins)
		c.takes(part)
		c.say(`{"type":"recording","recording":{"id":1,"audio":{"size":32812}}}`)
		d.Sound.End()
	})
	if r, err := run(); err != nil || r.ID != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if n, err := d.Sound.Write([]byte("late")); n != 0 || err == nil || d.Sound.Size() != part {
		t.Errorf("after the end: %d, %v", n, err)
	}
}

// TestSweptAway: an upload that the server knows no more begins anew, also where
// the server was away before.
func TestSweptAway(t *testing.T) {
	sound := samples(2 * part)
	_, run := dictates(t, sound, false,
		func(c *connection) {
			c.opens()
			c.say(begins)
			c.takes(part)
			c.say(`{"type":"words","confirmed":[{"word":" So","start":0,"end":0.5}]}`)
		},
		func(c *connection) { c.w.WriteHeader(http.StatusServiceUnavailable) },
		func(c *connection) {
			c.opens()
			if c.start.Upload != "u" || c.start.Name != "" {
				t.Errorf("resumed with %+v", c.start)
			}
			c.say(`{"type":"problem","status":404,"title":"Not found","detail":"It is gone."}`)
		},
		func(c *connection) {
			c.opens()
			c.say(begins)
			if !c.takes(all) || !bytes.Equal(c.sound, sound) {
				t.Errorf("anew: %d bytes of %d", len(c.sound), len(sound))
			}
			c.say(`{"type":"recording","recording":{"id":3,"audio":{"size":65580}}}`)
		})
	if r, err := run(); err != nil || r.ID != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTakenOver: who has lost the upload to somebody else does not take it back.
func TestTakenOver(t *testing.T) {
	problem := `{"type":"problem","status":423,"title":"In use","detail":"Another request goes on with this upload."}`
	_, run := dictates(t, samples(part), true,
		func(c *connection) { c.opens(); c.say(problem) }, // by a connection that does not let go
		func(c *connection) { c.opens(); c.say(begins); c.takes(part); c.say(problem) })
	if _, err := run(); err == nil || !strings.Contains(err.Error(), "Another request") {
		t.Errorf("got %v", err)
	}
}
