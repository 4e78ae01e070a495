package door

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// recorder notes what was answered. It holds the beginning back, so that an
// answer of ordinary size goes out whole, with its length.
type recorder struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int
	bytes   int64
	held    *bytes.Buffer // nil once something went out
	body    *watchedBody  // of the request, nil for none
}

// maxHeld is the most that is held back: a page of 20 transcripts of 700 words.
const maxHeld = 128 << 10

var holds = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func newRecorder(w http.ResponseWriter) *recorder {
	return &recorder{ResponseWriter: w, control: http.NewResponseController(w), held: holds.Get().(*bytes.Buffer)}
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if status < 200 {
		w.ResponseWriter.WriteHeader(status)
		if status == http.StatusSwitchingProtocols { // what follows is no answer any more
			w.status = status
			w.letGo()
		}
	} else if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.bytes += int64(len(b))
	if w.held != nil && w.held.Len()+len(b) <= maxHeld {
		return w.held.Write(b)
	}
	if err := w.begin(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}

// begin sends what was held back; what follows goes out as it comes.
func (w *recorder) begin() error {
	if w.held == nil {
		return nil
	}
	w.control.SetWriteDeadline(time.Now().Add(AnswerTime))
	w.endBody()
	w.ResponseWriter.WriteHeader(w.status)
	_, err := w.ResponseWriter.Write(w.held.Bytes())
	w.letGo()
	return err
}

// end sends an answer that was held back whole.
func (w *recorder) end() {
	if w.held == nil {
		return
	}
	if w.held.Len() > 0 && w.Header().Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(w.held.Len()))
	}
	if w.status != 0 {
		w.begin()
	} else {
		w.endBody()
		w.letGo()
	}
}

// endBody is called before an answer goes out: net/http reads some of what is
// left of the body first, and would wait for it for ever.
func (w *recorder) endBody() {
	if w.body != nil && !w.body.ended.Load() {
		w.control.SetReadDeadline(time.Now().Add(restTime))
	}
}

func (w *recorder) letGo() {
	if w.held == nil {
		return
	}
	w.held.Reset()
	holds.Put(w.held)
	w.held = nil
}

// FlushError serves http.ResponseController.
func (w *recorder) FlushError() error {
	w.WriteHeader(http.StatusOK)
	if err := w.begin(); err != nil {
		return err
	}
	return w.control.Flush()
}

// Unwrap serves http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
