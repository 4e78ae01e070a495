package wire

import "talkit"

// The messages of GET /recordings/live, each a JSON object that says in type
// what it is. docs/live.md tells when each is sent.

// LiveStart begins a dictation, or goes on with one. It is the client's first
// message.
type LiveStart struct {
	Type        string            `json:"type"` // start
	ContentType string            `json:"content_type"`
	Upload      string            `json:"upload,omitempty"` // to go on with one
	Heard       *float64          `json:"heard,omitempty"`  // seconds up to which its words are confirmed
	Name        string            `json:"name,omitempty"`
	Kind        string            `json:"kind,omitempty"` // a Recording's type
	Language    string            `json:"language,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// LiveEnd says that no more sound comes. It is the client's last message.
type LiveEnd struct {
	Type string `json:"type"` // end
}

// LiveStarted answers a start: the client's sound goes on from Offset.
type LiveStarted struct {
	Type   string  `json:"type"` // started
	Upload string  `json:"upload"`
	Offset int64   `json:"offset"`
	Live   bool    `json:"live"` // whether words will come
	Reason *string `json:"reason"`
	Detail string  `json:"detail"` // words for the person why not
}

// LiveStored says how much of the sound survives anything.
type LiveStored struct {
	Type   string `json:"type"` // stored
	Offset int64  `json:"offset"`
}

// LiveWords are new confirmed words, which stay, and the tentative ones behind
// them, in place of the tentative ones before. Times count from the start of
// the recording.
type LiveWords struct {
	Type      string        `json:"type"` // words
	Confirmed []talkit.Word `json:"confirmed"`
	Tentative []talkit.Word `json:"tentative"`
}

// LiveRecording is what the dictation became. It is the server's last message.
type LiveRecording struct {
	Type      string    `json:"type"` // recording
	Recording Recording `json:"recording"`
}
