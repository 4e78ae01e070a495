// Package dictate speaks to a Talkit server live: it sends sound while it is
// made, hands on the words that come back, and goes on by itself after a lost
// connection. All sound is kept in a file until the server has made a recording
// of it. The protocol is in docs/live.md.
package dictate

import (
	"net/http"
	"strings"

	"talkit/wire"
)

// Dictation is one recording while it is spoken.
type Dictation struct {
	Server *Server
	Sound  *Sound
	Start  Start

	// What becomes of it is told to these, one at a time; they must return soon.

	Started func(Started) // a connection stands; again after each that was lost
	Words   func(Words)
	Lost    func(error) // a connection was lost, and is tried again

	Made func(wire.Recording) // the server ended it by itself; what follows becomes another
}

// Server is where to speak to, and as whom.
type Server struct {
	URL  string
	Key  string // a user key
	HTTP *http.Client
}

func (s *Server) at(path string) string { return strings.TrimRight(s.URL, "/") + path }

func (s *Server) header() http.Header {
	return http.Header{"Authorization": {"Bearer " + s.Key}, "User-Agent": {"talkit-dictate/1"}}
}

// Start is what the recording is to be.
type Start struct {
	Name     string            `json:"name,omitempty"`
	Kind     string            `json:"kind,omitempty"`
	Language string            `json:"language,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Started is how the server begins to listen.
type Started struct {
	Live   bool   `json:"live"`   // whether words will come
	Detail string `json:"detail"` // why not, for the person
}

// Words are more words that stay, and what may come after them; that takes the
// place of what was tentative before.
type Words struct {
	Confirmed []wire.Word `json:"confirmed"`
	Tentative []wire.Word `json:"tentative"`
}
