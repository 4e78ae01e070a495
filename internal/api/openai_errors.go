package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/door"
)

// openAIRoot is where the operations are that clients of OpenAI know. There
// problems are in OpenAI's form, so that those clients show their words.
const openAIRoot = "/v1/"

func inOpenAIForm(r *http.Request) bool { return r != nil && strings.HasPrefix(r.URL.Path, openAIRoot) }

// OpenAIProblem is a problem in OpenAI's form.
type OpenAIProblem struct {
	Shown OpenAIError `json:"error"`

	problem *Problem
}

// OpenAIError says what is wrong.
type OpenAIError struct {
	Message string  `json:"message" doc:"What is wrong, and what to do"`
	Type    string  `json:"type" example:"invalid_request_error"`
	Param   *string `json:"param" doc:"Which field it is about"`
	Code    *string `json:"code" doc:"A stable name of the kind of problem" example:"invalid_api_key"`
}

// openAICodes are OpenAI's names for what both know; others have ours.
var openAICodes = map[talkit.Kind]string{
	talkit.Unauthenticated: "invalid_api_key",
	talkit.TooMany:         "rate_limit_exceeded",
	talkit.Invalid:         "invalid_value",
	talkit.Unsupported:     "invalid_value",
}

func newOpenAIProblem(p *Problem) *OpenAIProblem {
	kind := talkit.Kind(strings.TrimPrefix(p.Type, problemPrefix))
	code, ok := openAICodes[kind]
	if !ok {
		code = string(kind)
	}
	shown := OpenAIError{Message: p.Detail, Type: "invalid_request_error", Code: &code}
	switch {
	case p.Status == http.StatusTooManyRequests:
		shown.Type = "requests"
	case p.Status >= 500:
		shown.Type = "server_error"
	}
	if len(p.Errors) > 0 {
		field := strings.TrimPrefix(strings.TrimPrefix(p.Errors[0].Location, "body."), "path.")
		shown.Param = &field
		if field == "model" && kind == talkit.NotFound {
			code = "model_not_found"
		}
	}
	return &OpenAIProblem{shown, p}
}

// Error implements error.
func (p *OpenAIProblem) Error() string { return p.problem.Error() }

// Unwrap gives what the log knows.
func (p *OpenAIProblem) Unwrap() error { return p.problem }

// GetStatus implements huma.StatusError. OpenAI's servers say 400 of each value
// that is not acceptable, and of files they cannot read.
func (p *OpenAIProblem) GetStatus() int {
	switch p.problem.Status {
	case door.StatusOf(talkit.Invalid), door.StatusOf(talkit.Unsupported):
		return http.StatusBadRequest
	}
	return p.problem.Status
}

// GetHeaders implements huma.HeadersError.
func (p *OpenAIProblem) GetHeaders() http.Header { return p.problem.header }

// ContentType implements huma.ContentTypeFilter.
func (p *OpenAIProblem) ContentType(string) string { return "application/json" }

// answer is a problem in the form that its caller knows.
func (p *Problem) answer() interface {
	huma.StatusError
	huma.HeadersError
	huma.ContentTypeFilter
} {
	if p.openAI {
		return newOpenAIProblem(p)
	}
	return p
}
