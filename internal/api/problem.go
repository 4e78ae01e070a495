package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/door"
)

// Problem is an error as RFC 9457 writes it. Its type is stable; title says
// what kind of problem it is, detail what is wrong here and what to do.
type Problem struct {
	Type      string         `json:"type" doc:"A stable name of the kind of problem" example:"urn:talkit:problem:not_found"`
	Title     string         `json:"title"`
	Status    int            `json:"status" doc:"The HTTP status"`
	Detail    string         `json:"detail" doc:"What is wrong, and what to do"`
	Errors    []ProblemError `json:"errors,omitempty" doc:"Which values were not acceptable"`
	RequestID string         `json:"request_id" doc:"The X-Request-Id of this answer: name it when you ask for help"`

	header http.Header
	cause  error
	openAI bool // it is shown in OpenAI's form
}

// ProblemError names one value that was not acceptable; it never repeats it.
type ProblemError struct {
	Location string `json:"location" example:"body.name"`
	Message  string `json:"message"`
}

// kinds are the problems there are.
var kinds = map[talkit.Kind]struct {
	status int
	title  string
}{
	talkit.Malformed:       {door.StatusOf(talkit.Malformed), "The request cannot be read"},
	talkit.Invalid:         {door.StatusOf(talkit.Invalid), "A value is not acceptable"},
	talkit.Unauthenticated: {door.StatusOf(talkit.Unauthenticated), "No valid credential"},
	talkit.Forbidden:       {door.StatusOf(talkit.Forbidden), "A permission is missing"},
	talkit.NotFound:        {door.StatusOf(talkit.NotFound), "Not found"},
	methodNotAllowed:       {http.StatusMethodNotAllowed, "The method is not allowed here"},
	notAcceptable:          {http.StatusNotAcceptable, "That media type is not given"},
	requestTimeout:         {http.StatusRequestTimeout, "The request came too slowly"},
	talkit.TooMany:         {door.StatusOf(talkit.TooMany), "Too many requests"},
	talkit.Conflict:        {door.StatusOf(talkit.Conflict), "Not possible in this state"},
	talkit.Locked:          {door.StatusOf(talkit.Locked), "In use"},
	talkit.TooLarge:        {door.StatusOf(talkit.TooLarge), "Too large"},
	talkit.Unsupported:     {door.StatusOf(talkit.Unsupported), "Unsupported media"},
	rangeNotSatisfiable:    {http.StatusRequestedRangeNotSatisfiable, "That range is not there"},
	preconditionFailed:     {http.StatusPreconditionFailed, "Changed since"},
	upgradeRequired:        {http.StatusUpgradeRequired, "Another protocol is needed"},
	talkit.StorageFull:     {door.StatusOf(talkit.StorageFull), "No room left"},
	talkit.Unavailable:     {door.StatusOf(talkit.Unavailable), "Not available right now"},
	talkit.Internal:        {door.StatusOf(talkit.Internal), "A fault of the server"},
}

// Kinds that only HTTP knows.
const (
	methodNotAllowed    talkit.Kind = "method_not_allowed"
	notAcceptable       talkit.Kind = "not_acceptable"
	requestTimeout      talkit.Kind = "request_timeout"
	rangeNotSatisfiable talkit.Kind = "range_not_satisfiable"
	preconditionFailed  talkit.Kind = "precondition_failed"
	upgradeRequired     talkit.Kind = "upgrade_required"
)

func kindOfStatus(status int) talkit.Kind {
	for kind, k := range kinds {
		if k.status == status {
			return kind
		}
	}
	return talkit.Internal
}

// problem shows an error to the caller. What carries no words for people is a
// fault of ours: the log has it, the caller does not.
func problem(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	e, ok := errors.AsType[*talkit.Error](err)
	if !ok {
		e = faultOf(err)
	}
	p := newProblem(ctx, e.Kind, e.Message)
	p.cause = err
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemError(f))
	}
	if e.RetryAfter > 0 {
		p.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if e.Kind == talkit.Unauthenticated {
		p.header.Set("WWW-Authenticate", `Bearer realm="talkit", error="invalid_token"`)
	}
	return p
}

func faultOf(err error) *talkit.Error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return talkit.Errorf(talkit.Unavailable, "The request was broken off. Try again.").Because(err)
	}
	return talkit.Errorf(talkit.Internal, "Something went wrong on the server. It was logged; try again, and name the request id if it stays.").Because(err)
}

// problemPrefix begins the type of each problem.
const problemPrefix = "urn:talkit:problem:"

func newProblem(ctx context.Context, kind talkit.Kind, detail string) *Problem {
	k := kinds[kind]
	return &Problem{Type: problemPrefix + string(kind), Title: k.title, Status: k.status, Detail: detail,
		RequestID: requestID(ctx), header: http.Header{}, openAI: inOpenAIForm(door.Of(ctx).R)}
}

// Error implements error.
func (p *Problem) Error() string {
	if p.cause != nil {
		return p.cause.Error()
	}
	return p.Detail
}

// Unwrap gives what the log knows: the kind of the cause is how bad it is.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// write answers with the problem outside of huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	shown := p.answer()
	w.Header().Set("Content-Type", shown.ContentType(""))
	w.WriteHeader(shown.GetStatus())
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.Encode(shown)
}

// humaProblem is what huma makes of a request that does not fit the document.
// It leaves out the values that huma would repeat: they can be secrets.
func humaProblem(ctx context.Context, status int, message string, errs ...error) huma.StatusError {
	p := newProblem(ctx, kindOfStatus(status), sentence(status, message, errs))
	for _, err := range errs {
		if own, ok := errors.AsType[*talkit.Error](err); ok {
			return problem(ctx, own).answer()
		}
		if d, ok := err.(huma.ErrorDetailer); ok {
			detail := d.ErrorDetail()
			p.Errors = append(p.Errors, ProblemError{detail.Location, detail.Message})
		}
	}
	return p.answer()
}

func sentence(status int, message string, errs []error) string {
	switch {
	case status == http.StatusUnprocessableEntity && len(errs) > 0:
		if d, ok := errs[0].(huma.ErrorDetailer); ok && len(errs) == 1 {
			return fmt.Sprintf("The request does not fit: %s: %s.", d.ErrorDetail().Location, d.ErrorDetail().Message)
		}
		return fmt.Sprintf("The request does not fit in %d places, see errors.", len(errs))
	case status == http.StatusBadRequest:
		return "The body is not JSON that can be read."
	case status == http.StatusUnsupportedMediaType:
		return "The body must be application/json."
	case status == http.StatusRequestEntityTooLarge:
		return "The body is larger than this operation takes."
	case status == http.StatusRequestTimeout:
		return "The body did not come in time. Try again."
	case status >= 500:
		return "Something went wrong on the server. It was logged; try again, and name the request id if it stays."
	}
	return message
}
