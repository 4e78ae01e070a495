package door

import (
	"io"
	"net/http"
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
