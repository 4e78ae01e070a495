package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
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
		return a.events(who, func(ctx context.Context, s *stream) { a.watch(ctx, s, first) }), nil
	})
}

// watch sends a recording each time it changes, until it is done with, gone, or
// the caller is.
func (a *API) watch(ctx context.Context, s *stream, r wire.Recording) {
	look, stop := a.App.Changes.Watch(r.ID)
	defer stop()
	for s.send(r) == nil && !finished(r) && s.wait(ctx, look) {
		var err error
		if r, err = a.App.LookAgain(ctx, s.who, r.ID); err != nil {
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
