package door

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// IdleBody is how long a client may be silent in the middle of an upload.
	IdleBody = time.Minute
	// UploadTime is how long all of an upload in one request may take: what is
	// stored and belongs to no recording is swept away in a day.
	UploadTime = 12 * time.Hour
)

// LongBody reads the body of an upload, of at most most bytes. It waits for a
// slow client as long as something keeps coming.
func LongBody(w http.ResponseWriter, r *http.Request, most int64) io.ReadCloser {
	return http.MaxBytesReader(w, &patient{r.Body, http.NewResponseController(w), time.Now().Add(UploadTime)}, most)
}

type patient struct {
	io.ReadCloser
	deadline *http.ResponseController
	until    time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	next := time.Now().Add(IdleBody)
	if next.After(p.until) {
		next = p.until
	}
	p.deadline.SetReadDeadline(next)
	n, err := p.ReadCloser.Read(b)
	if err != nil { // the deadline must not outlive the body: the connection may bring another request
		p.deadline.SetReadDeadline(time.Time{})
	}
	return n, err
}

// restTime is how long what nobody wanted to read of a body may take to come.
const restTime = 5 * time.Second

// watchedBody knows whether a request's body came to its end. From then on
// there must be no deadline: net/http would take it for the client's end.
type watchedBody struct {
	io.ReadCloser
	ended atomic.Bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.ended.Store(true)
	}
	return n, err
}
