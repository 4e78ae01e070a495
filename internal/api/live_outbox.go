package api

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// outbox is what a client is still to be told. It keeps the state, not the
// messages: one that reads slowly gets fewer of them.
type outbox struct {
	mu        sync.Mutex
	offset    int64 // that is stored
	stored    bool  // it changed
	words     bool  // the words did
	confirmed []talkit.Word
	tentative []talkit.Word
	changed   chan struct{}
}

func newOutbox() *outbox { return &outbox{changed: make(chan struct{}, 1)} }

func (o *outbox) setStored(offset int64) {
	o.mu.Lock()
	o.offset, o.stored = offset, true
	o.mu.Unlock()
	signal(o.changed)
}

func (o *outbox) addWords(confirmed, tentative []talkit.Word) {
	o.mu.Lock()
	o.confirmed = append(o.confirmed, confirmed...)
	o.tentative, o.words = tentative, true
	o.mu.Unlock()
	signal(o.changed)
}

// take makes messages of what changed.
func (o *outbox) take() (messages []any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stored {
		messages = append(messages, wire.LiveStored{Type: "stored", Offset: o.offset})
	}
	if o.words {
		messages = append(messages, wire.LiveWords{Type: "words", Confirmed: notNil(o.confirmed), Tentative: notNil(o.tentative)})
	}
	o.stored, o.words, o.confirmed = false, false, nil
	return messages
}

func notNil(words []talkit.Word) []talkit.Word {
	if words == nil {
		return []talkit.Word{}
	}
	return words
}

// send writes what changes until stop is closed, and then what changed last.
func (o *outbox) send(conn *line, stop <-chan struct{}) error {
	for {
		select {
		case <-o.changed:
		case <-stop:
			return sendAll(conn, o.take()...)
		}
		if err := sendAll(conn, o.take()...); err != nil {
			return err
		}
	}
}

// sendAll writes messages. One that is not taken in time ends the connection;
// the error says that nobody is there.
func sendAll(conn *line, messages ...any) error {
	for _, message := range messages {
		text, err := json.Marshal(message)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), writeTime)
		err = conn.Write(ctx, websocket.MessageText, text)
		cancel()
		if err != nil {
			return gone(err)
		}
	}
	return nil
}

// liveProblem is a Problem as a message: type says that it is one, and problem
// what type of problem.
type liveProblem struct {
	Type      string         `json:"type"`
	Problem   string         `json:"problem"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	Errors    []ProblemError `json:"errors,omitempty"`
	RequestID string         `json:"request_id"`

	RetryAfter int `json:"retry_after,omitempty"` // seconds, as in the header
}

// closeWith tells the client why a dictation ends, in a message where it must
// know more than a code.
func closeWith(conn *line, p *Problem) {
	after, _ := strconv.Atoi(p.header.Get("Retry-After")) // 0 for none
	sendAll(conn, liveProblem{RetryAfter: after, Type: "problem", Problem: p.Type, Title: p.Title, Status: p.Status, Detail: p.Detail, Errors: p.Errors, RequestID: p.RequestID})
	conn.Close(closeCode(p), p.Title)
}

// closeCode says who has to do something (RFC 6455, section 7.4, and its registry).
func closeCode(p *Problem) websocket.StatusCode {
	switch kindOfStatus(p.Status) {
	case talkit.Locked: // by somebody who does not let go, or by who took it from this one
		if errors.Is(p, errTakenOver) {
			return websocket.StatusPolicyViolation
		}
		return websocket.StatusTryAgainLater
	case talkit.Conflict:
		if errors.Is(p, app.ErrWentOn) {
			return websocket.StatusTryAgainLater
		}
	case talkit.Unavailable, talkit.TooMany, talkit.StorageFull, requestTimeout:
		return websocket.StatusTryAgainLater
	case talkit.Internal:
		return websocket.StatusInternalError
	}
	return websocket.StatusPolicyViolation
}
