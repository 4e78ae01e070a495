package dictate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Problem is how the server says no (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

// Error says what is wrong, for people.
func (p *Problem) Error() string {
	switch {
	case p.Status == http.StatusUnauthorized:
		return "The server does not know this key. Make one with “talkit key create --kind user”, or in the settings of the pages, and give it in TALKIT_USER_KEY."
	case p.Detail == "":
		return fmt.Sprintf("What answers there is no Talkit server that can be spoken to live: it says %d %s.", p.Status, p.Title)
	}
	words := []string{p.Detail}
	for _, e := range p.Errors {
		words = append(words, fmt.Sprintf("%s: %s", e.Location[strings.LastIndex(e.Location, ".")+1:], e.Message))
	}
	return strings.Join(words, " ")
}

// passes tells whether it may be otherwise after a while.
func (p *Problem) passes() bool {
	switch p.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return p.Status >= 500
}

// problemOf reads one, of whatever answered.
func problemOf(answer *http.Response) *Problem {
	p := new(Problem)
	if answer.Body != nil {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		if json.Unmarshal(body, p) != nil {
			*p = Problem{}
		}
	}
	p.Status = answer.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(answer.StatusCode)
	}
	return p
}
