package client

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Error is how the server says no: a problem as RFC 9457 describes it.
type Error struct {
	Type   string       `json:"type"`   // stable: a URI reference to tell problems apart by
	Title  string       `json:"title"`  // the kind of problem
	Status int          `json:"status"` // of the answer
	Detail string       `json:"detail"` // what is wrong this time, and what to do about it
	Errors []FieldError `json:"errors"` // which values were not acceptable

	// RetryAfter is how long the server asks to wait, 0 when it does not.
	RetryAfter time.Duration `json:"-"`
}

// FieldError names one value that was not acceptable.
type FieldError struct {
	Location string `json:"location"` // "body.name", "query.limit"
	Message  string `json:"message"`
}

func (e *Error) Error() string {
	words := fmt.Sprintf("talkit: %d %s", e.Status, e.Title)
	if e.Detail != "" {
		words += ": " + e.Detail
	}
	return words
}

// readError reads a problem; of an answer that is none, from a proxy perhaps,
// it keeps the status.
func readError(response *http.Response) error {
	problem := new(Error)
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if json.Unmarshal(body, problem) != nil {
		*problem = Error{}
	}
	problem.Status = response.StatusCode
	if problem.Type == "" {
		problem.Type = "about:blank"
	}
	if problem.Title == "" {
		problem.Title = http.StatusText(response.StatusCode)
	}
	if seconds, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 31); err == nil {
		problem.RetryAfter = time.Duration(seconds) * time.Second
	}
	return problem
}
