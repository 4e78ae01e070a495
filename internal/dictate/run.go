package dictate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"talkit"
	"talkit/wire"
)

// Run speaks until the sound ends and gives the recording that the server made
// of it, the last where it made several. A lost connection is tried again for as
// long as it takes; what the server does not take, and a server that never
// answered, is an error.
func (d *Dictation) Run(ctx context.Context) (wire.Recording, error) {
	var (
		now      stand
		answered bool
		failures int
	)
	for {
		s := &session{Dictation: d, stand: now}
		recording, err := s.run(ctx)
		if err == nil {
			rest := stand{base: now.base + taken(recording), heard: s.heard}
			if more, err := d.Sound.goesOn(ctx, rest.base); err != nil || !more {
				return recording, err
			}
			d.Made(recording)
			now, failures = rest, 0
			continue
		}
		if ctx.Err() != nil {
			return recording, err
		}
		now, answered = s.stand, answered || s.begun
		if s.stored {
			failures = 0
		}
		switch p, said := errors.AsType[*Problem](err); {
		case said && (p.Status == http.StatusNotFound || p.Status == http.StatusGone) && now.upload != "":
			now.upload = "" // it took too long, and was swept away: all is here still
		case said && p.Status == http.StatusLocked && s.begun: // somebody else goes on with it
			return recording, err
		case said && !p.passes(), !answered:
			return recording, err
		}
		d.Lost(err)
		if err := rest(ctx, failures); err != nil {
			return recording, err
		}
		failures++
	}
}

// stand is how far a dictation has come.
type stand struct {
	upload string
	base   int64   // of the sound: where the upload begins, behind what recordings have
	heard  float64 // where the last confirmed word ends, in seconds of the sound
}

// taken is how much sound a recording has: a server that ends a dictation by
// itself, after a day, does not have all of it.
func taken(r wire.Recording) int64 {
	if r.Audio == nil {
		return math.MaxInt32
	}
	return max(0, r.Audio.Size-headerSize)
}

// rest waits, longer each time.
func rest(ctx context.Context, failures int) error {
	most := min(500*time.Millisecond<<min(failures, 7), 30*time.Second)
	select {
	case <-time.After(most*3/4 + rand.N(most/2)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// session is one connection.
type session struct {
	*Dictation
	stand
	conn   *websocket.Conn
	came   atomic.Int64 // when the server said something last, Unix nanoseconds
	begun  bool         // the server said where to go on
	stored bool         // some sound became safe
}

const (
	portion   = 8 << 10 // bytes in one message: of one that is half there nothing is kept
	patience  = 20 * time.Second
	lastWords = 2 * time.Second // to come, why the server closed the connection
)

// start is the first message.
type start struct {
	Type        string   `json:"type"`
	ContentType string   `json:"content_type"`
	Upload      string   `json:"upload,omitempty"`
	Heard       *float64 `json:"heard,omitempty"`
	Start
}

// message is any that the server sends.
type message struct {
	Type string `json:"type"`
	Started
	Words
	Upload    string         `json:"upload"`
	Offset    int64          `json:"offset"`
	Recording wire.Recording `json:"recording"`
}

func (s *session) run(ctx context.Context) (wire.Recording, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var none wire.Recording
	if err := s.dial(ctx); err != nil {
		return none, err
	}
	defer s.conn.CloseNow()
	first := start{"start", fmt.Sprintf("audio/pcm;rate=%d", talkit.SampleRate), s.upload, nil, s.Start}
	if s.upload != "" {
		heard := max(0, s.heard-s.from())
		first.Heard, first.Start = &heard, Start{}
	}
	if err := s.say(ctx, first); err != nil {
		return none, err
	}
	go s.watch(ctx, stop)
	for {
		m, err := s.hear(ctx)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		if err != nil {
			return none, err
		}
		switch m.Type {
		case "started":
			s.upload, s.begun = m.Upload, true
			s.Dictation.Started(m.Started)
			go s.speak(ctx, stop, s.base+max(0, m.Offset-headerSize))
		case "stored":
			s.stored = true
		case "words":
			s.tell(m.Words)
		case "recording":
			s.conn.Close(websocket.StatusNormalClosure, "")
			return m.Recording, nil
		}
	}
}

// from is where the upload begins, in seconds of the sound.
func (s *session) from() float64 { return float64(s.base) / talkit.BytesPerSecond }

// tell hands words on, in the times of the sound.
func (s *session) tell(w Words) {
	for _, words := range [][]wire.Word{w.Confirmed, w.Tentative} {
		for i := range words {
			words[i].Start += s.from()
			words[i].End += s.from()
		}
	}
	if n := len(w.Confirmed); n > 0 {
		s.heard = w.Confirmed[n-1].End
	}
	s.Dictation.Words(w)
}

func (s *session) dial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, s.Server.at("/recordings/live"), &websocket.DialOptions{HTTPClient: s.Server.HTTP, HTTPHeader: s.Server.header()})
	if err == nil {
		conn.SetReadLimit(16 << 20)
		s.conn = conn
		return nil
	}
	if answer != nil {
		return problemOf(answer)
	}
	return talkit.Errorf(talkit.Unavailable, "No server answers at %s: %v", s.Server.URL, innermost(err)).Because(err)
}

// innermost is the part of an error that a person has use for.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func (s *session) say(ctx context.Context, m any) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.write(ctx, websocket.MessageText, text)
}

func (s *session) write(ctx context.Context, kind websocket.MessageType, p []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.conn.Write(ctx, kind, p)
}

// hear waits for a message. A problem is its error.
func (s *session) hear(ctx context.Context) (message, error) {
	var m message
	_, text, err := s.conn.Read(ctx)
	if err != nil {
		return m, err
	}
	s.came.Store(time.Now().UnixNano())
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("what the server says: %w", err)
	}
	if m.Type == "problem" {
		p := new(Problem)
		return m, errors.Join(json.Unmarshal(text, p), p)
	}
	return m, nil
}

// watch finds out when nobody is there any more. On a slow line a ping waits
// behind the sound; what the server says of that is a sign as well.
func (s *session) watch(ctx context.Context, stop func(error)) {
	tick := time.NewTicker(patience / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		within, cancel := context.WithTimeout(ctx, patience)
		err := s.conn.Ping(within)
		cancel()
		if err != nil && time.Since(time.Unix(0, s.came.Load())) > patience {
			stop(fmt.Errorf("the server says nothing any more: %w", err))
			return
		}
	}
}

// speak sends samples from an offset on, and says when they end.
func (s *session) speak(ctx context.Context, stop func(error), at int64) {
	p := make([]byte, portion)
	for {
		n, err := s.Sound.read(ctx, p, at)
		if err == io.EOF {
			err = s.say(ctx, map[string]string{"type": "end"})
			if err == nil {
				return
			}
		}
		if err == nil {
			err = s.write(ctx, websocket.MessageBinary, p[:n])
		}
		if err != nil {
			time.AfterFunc(lastWords, func() { stop(err) })
			return
		}
		at += int64(n)
	}
}
