package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

const (
	watchEvery  = 2 * time.Second  // a look even when nobody said to
	permitEvery = 15 * time.Second // the credential is looked at again
	writeTime   = 10 * time.Second // for one event to be taken
)

func (a *API) watchRoute() {
	op := operation(http.MethodGet, "/recordings/{id}/events", tagRecording, "Watch a Recording",
		"Server-sent events: each is the Recording, sent when it changes. The stream ends once nothing more is to come", app.UserKey, app.InstallationJWT)
	op.Responses = map[string]*huma.Response{"200": text("Events named recording", "text/event-stream")}
	op.Responses["200"].Headers = headers("X-Accel-Buffering", "no")
	register(a, op, func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*huma.StreamResponse, error) {
		first, err := a.App.FetchRecording(ctx, who, in.ID)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			r, w := humago.Unwrap(hctx)
			end, ok := a.mayStream(w, r, who)
			if !ok {
				return
			}
			defer end()
			s := &stream{w: w, control: http.NewResponseController(w)}
			s.begin()
			if r.Method == http.MethodHead {
				return
			}
			a.watch(r.Context(), s, who, first, func(ctx context.Context) (talkit.Caller, error) { return a.stillCaller(ctx, r, hctx.Operation()) })
		}}, nil
	})
}

// watch sends a recording each time it changes, until it is done with, gone, or
// the caller is.
func (a *API) watch(ctx context.Context, s *stream, who talkit.Caller, r wire.Recording, again func(context.Context) (talkit.Caller, error)) {
	look, stop := a.App.Changes.Watch(r.ID)
	defer stop()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	checked := time.Now()
	var err error
	for {
		if err = s.send(r); err != nil || finished(r) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-look:
		case <-tick.C:
		}
		if time.Since(checked) > permitEvery {
			if who, err = again(ctx); err != nil {
				return
			}
			checked = time.Now()
		}
		if r, err = a.App.LookAgain(ctx, who, r.ID); err != nil {
			return
		}
	}
}

func finished(r wire.Recording) bool {
	if r.Again != nil && (talkit.Run{Status: talkit.RunStatus(r.Again.Job.Status)}).InWork() {
		return false
	}
	return r.Status == string(talkit.RecordingCompleted) || r.Status == string(talkit.RecordingFailed)
}

// stream writes server-sent events (WHATWG HTML, section 9.2).
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	last    []byte
	sent    time.Time
}

func (s *stream) begin() {
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("X-Accel-Buffering", "no") // proxies hold events back otherwise
	s.w.WriteHeader(http.StatusOK)
}

// send writes the recording if it changed, and a comment now and then so that
// a client that is gone is noticed.
func (s *stream) send(r wire.Recording) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	message := []byte(": still here\n\n")
	switch {
	case !bytes.Equal(data, s.last):
		message = append(append([]byte("event: recording\ndata: "), data...), "\n\n"...)
		s.last = data
	case time.Since(s.sent) < permitEvery:
		return nil
	}
	return s.write(message)
}

func (s *stream) write(message []byte) error {
	s.sent = time.Now()
	s.control.SetWriteDeadline(s.sent.Add(writeTime))
	if _, err := s.w.Write(message); err != nil {
		return err
	}
	return s.control.Flush()
}
