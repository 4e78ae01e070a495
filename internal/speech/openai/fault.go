package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// fault is a request that did not bring a transcript, with words for the
// operator.
type fault struct {
	what  what
	err   error
	after time.Duration // when the server says to come again, 0 where it doesn't
	field string        // of the request, where the server says which it does not take
}

// what a fault says of the next request.
type what int

const (
	passing     what = iota // another try may do
	unreachable             // so may it here, once the server is up
	busy                    // the server wants to be left alone for a while
	slow                    // no answer in time: another try would take as long
	rubbish                 // an answer that cannot be read
	refused                 // this piece, or all of them
	unfit                   // all of this model, until the operator does something
	setup                   // all of them, until the operator does something
)

// ofServer tells whether the server's other models would fare no better.
func (w what) ofServer() bool { return w == unreachable || w == busy || w == setup }

// noAnswer describes an error of the connection. Go's own words repeat the
// whole address, in which there can be secrets.
func (s *Server) noAnswer(ctx context.Context, within time.Duration, err error) *fault {
	if ctx.Err() == context.DeadlineExceeded {
		return &fault{what: slow, err: fmt.Errorf("the speech server at %s gave no answer within %v: it is overloaded, or it hangs", s.Place(), within)}
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	why := err.Error()
	switch dns, isDNS := errors.AsType[*net.DNSError](err); {
	case isDNS:
		why = "the name " + dns.Name + " is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "nothing listens there"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return &fault{what: passing, err: fmt.Errorf("the speech server at %s broke off in the middle of an answer: it may have crashed", s.Place())}
	}
	return &fault{what: unreachable, err: fmt.Errorf("the speech server at %s cannot be reached: %s. Is it running, and is TALKIT_OPENAI_URL right?", s.Place(), why)}
}

// refusal describes an answer of another status than 200.
func (e *Engine) refusal(response *http.Response, body []byte) *fault {
	said := e.readRefusal(body)
	status := response.StatusCode
	f := &fault{what: refused, field: said.field(), after: retryAfter(response.Header.Get("Retry-After"))}
	tell := func(format string, args ...any) *fault {
		f.err = fmt.Errorf("the speech server at %s %s%s", e.Place(), fmt.Sprintf(format, args...), said.quoted())
		return f
	}
	switch {
	case status >= 300 && status < 400:
		f.what = setup
		return tell("sends on to another address, %s (%d), and sound is not sent on: set TALKIT_OPENAI_URL to the right one", goal(response), status)
	case status == http.StatusUnauthorized && e.options.Key == "":
		f.what = setup
		return tell("wants a key (401): set TALKIT_OPENAI_KEY")
	case status == http.StatusUnauthorized:
		f.what = setup
		return tell("does not accept the key (401): set TALKIT_OPENAI_KEY to one that it does")
	case status == http.StatusForbidden:
		f.what = setup
		return tell("does not let us in (403): the key (TALKIT_OPENAI_KEY) may not do this")
	case status == http.StatusPaymentRequired, said.Code == "insufficient_quota":
		f.what = setup
		return tell("wants to be paid (%d)", status)
	case said.aboutModel(status):
		f.what = unfit
		return tell("does not know the model %s (%d): set TALKIT_OPENAI_MODEL to one of its own", e.model, status)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		f.what = setup
		return tell("transcribes nothing at this address (%d): TALKIT_OPENAI_URL must be the server's, as a rule up to /v1", status)
	case status == http.StatusTooManyRequests:
		f.what = busy
		return tell("has too much to do (429)")
	case status == http.StatusServiceUnavailable, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		f.what = busy // or what stands before it says that it is
		return tell("is overloaded, or not up (%d)", status)
	case status == http.StatusRequestTimeout, status >= 500:
		f.what = passing
		return tell("fails (%d)", status)
	case status >= 200 && status < 300:
		f.what = rubbish
		return tell("gives an answer of status %d, which is no transcript", status)
	}
	return tell("does not take what it is sent (%d)", status)
}

// goal is where a redirect points, without what may be secret in it.
func goal(response *http.Response) string {
	to, err := response.Location()
	if err != nil {
		return "which it does not name"
	}
	return to.Scheme + "://" + to.Host + to.Path
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(value string) time.Duration {
	if value == "" {
		return 0
	}
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		return time.Duration(max(0, min(n, 86_400)) * float64(time.Second))
	}
	if on, err := http.ParseTime(value); err == nil {
		return max(0, min(time.Until(on), 24*time.Hour))
	}
	return 0
}

// saidError is what a server says of a refusal, in OpenAI's form or others.
type saidError struct {
	Message string
	Code    string
	Param   string
}

func (e *Engine) readRefusal(body []byte) saidError {
	var s saidError
	var tree struct {
		Error   json.RawMessage
		Message json.RawMessage
		Detail  json.RawMessage
	}
	if json.Unmarshal(body, &tree) != nil {
		s.Message = string(body)
		if strings.HasPrefix(strings.TrimSpace(s.Message), "<") { // a page, which nobody wants in a line
			s.Message = ""
		}
	}
	for _, raw := range []json.RawMessage{tree.Error, tree.Message, tree.Detail} {
		if s.Message == "" {
			s.read(raw)
		}
	}
	if e.options.Key != "" { // before it is cut, which leaves the beginning of a key
		s.Message = strings.ReplaceAll(s.Message, e.options.Key, "(the key)")
	}
	s.Message = oneLine(s.Message)
	return s
}

// read takes a text, or an object with the members that OpenAI's have.
func (s *saidError) read(raw json.RawMessage) {
	if json.Unmarshal(raw, &s.Message) == nil {
		return
	}
	var object struct{ Message, Code, Param any }
	if json.Unmarshal(raw, &object) != nil {
		s.Message = string(raw)
		return
	}
	s.Message, _ = object.Message.(string)
	s.Code, _ = object.Code.(string)
	s.Param, _ = object.Param.(string)
}

// oneLine is what a stranger said, fit for a line of a log.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:199]) + "…"
	}
	return text
}

func (s saidError) quoted() string {
	if s.Message == "" {
		return ""
	}
	return ". It says: “" + s.Message + "”"
}

// aboutModel tells whether an answer says that the server lacks the model. Words
// alone do not: a piece can be one that “could not be processed by the model”.
func (s saidError) aboutModel(status int) bool {
	switch {
	case status >= 500, status == http.StatusTooManyRequests:
		return false
	case s.Code == "model_not_found", s.Param == "model":
		return true
	}
	return status == http.StatusNotFound && strings.Contains(strings.ToLower(s.Message), "model")
}

// field is the one of those we could do without that the server names.
func (s saidError) field() string {
	for _, name := range []string{"timestamp_granularities", "response_format", "verbose_json", "language", "prompt"} {
		if strings.Contains(s.Param, name) || (s.Param == "" && strings.Contains(strings.ToLower(s.Message), name)) {
			return name
		}
	}
	return ""
}
