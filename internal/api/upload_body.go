package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"talkit"
)

// uploadBody is the body of a request that appends to an upload. It waits for
// a slow client as long as something keeps coming, ends soon after the
// permission does, and lets go at once when the server stops or Close is called.
type uploadBody struct {
	from      io.Reader
	ctx       context.Context
	control   *http.ResponseController
	permitted func() error
	until     time.Time // see uploadTime

	checked  time.Time
	deadline time.Time // of the Read that waits
	err      error     // why it ended

	mu     sync.Mutex // Close is called from other goroutines
	closed bool
}

func newUploadBody(r *http.Request, w http.ResponseWriter, permitted func() error) *uploadBody {
	now := time.Now()
	return &uploadBody{from: r.Body, ctx: r.Context(), control: http.NewResponseController(w), permitted: permitted,
		until: now.Add(uploadTime), checked: now}
}

// watch has the body end with its context; Read alone would find out when
// something comes.
func (b *uploadBody) watch() (stop func() bool) {
	return context.AfterFunc(b.ctx, func() { b.Close() })
}

var errBodyClosed = errors.New("api: the body was closed")

// Read implements io.Reader.
func (b *uploadBody) Read(p []byte) (n int, err error) {
	if b.err == nil {
		b.err = b.ready()
	}
	if b.err != nil {
		return 0, b.err
	}
	n, b.err = b.from.Read(p)
	if b.err == io.EOF { // the deadline must not outlive the body, see readWhole
		b.control.SetReadDeadline(time.Time{})
	}
	if now := time.Now(); now.Sub(b.checked) > permitEvery {
		if err := b.permitted(); err != nil { // what came is not wanted any more
			b.err = err
			return 0, err
		}
		b.checked = now
	}
	return n, b.err
}

// ready tells whether to read on, and sets how long to wait.
func (b *uploadBody) ready() error {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errBodyClosed
	}
	if b.deadline = now.Add(idleBody); b.deadline.After(b.until) {
		b.deadline = b.until
	}
	return b.control.SetReadDeadline(b.deadline)
}

// Close implements io.Closer: a Read that waits returns.
func (b *uploadBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.control.SetReadDeadline(longAgo)
}

var longAgo = time.Unix(1, 0)

// restTime is how long what nobody wants to read may take to come.
const restTime = 5 * time.Second

// end is called before the request is answered: net/http reads what is left of
// a body first, a little at the most, and would wait for it for ever.
func (b *uploadBody) end() {
	switch b.err {
	case io.EOF:
	case nil: // refused unread
		b.control.SetReadDeadline(time.Now().Add(restTime))
	default:
		b.control.SetReadDeadline(longAgo)
	}
}

// failed says what became of a body that did not come whole, if that is what
// err is about. The context does not tell: net/http ends it after any failure.
func (b *uploadBody) failed(err error) error {
	late := errors.Is(err, os.ErrDeadlineExceeded)
	switch {
	case b.err == nil || !errors.Is(err, b.err) || talkit.KindOf(err) == talkit.Locked:
		return err
	case errors.Is(err, errBodyClosed), late && time.Now().Before(b.deadline):
		return readError(context.Canceled) // by the stop
	case late:
		return talkit.Errorf(talkit.Conflict, "Nothing came for a minute, or the request took too long. What came until then is kept: ask where it ends, and go on there.").Because(err)
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	return readError(err)
}
