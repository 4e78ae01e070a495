package api

import (
	"context"
	"net/http"
	"path"
	"time"

	"talkit/internal/door"
	"talkit/internal/telemetry"
)

// note keeps an error for the request's log line.
func note(ctx context.Context, err error) { door.Note(ctx, err) }

func requestID(ctx context.Context) string { return telemetry.RequestID(ctx) }

const (
	bodyTime   = 30 * time.Second // how long a body may take that is not a stream
	answerTime = door.AnswerTime
)

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Door.Serve(w, r, http.HandlerFunc(a.serve), failed)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != path.Clean(r.URL.Path) { // ServeMux would redirect, with a page of its own
		unknownPath(w, r)
		return
	}
	if id, ok := uploadAt(r.URL.Path); ok {
		a.serveUploads(w, r, id)
		return
	}
	a.mux.ServeHTTP(w, r)
}

func failed(w http.ResponseWriter, r *http.Request, err error) { problem(r.Context(), err).write(w) }
