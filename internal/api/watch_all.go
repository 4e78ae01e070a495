package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// lastEvent is what a browser that reconnects has seen of the stream.
type lastEvent struct {
	LastEventID string `header:"Last-Event-ID" doc:"The id of the last event that was seen: the stream goes on from there, as far as a day back"`
}

func (a *API) watchAllRoute() {
	a.getOnly("/recordings/events")
	op := operation(http.MethodGet, "/recordings/events", tagRecording, "Watch Recordings",
		"Server-sent events: each is a Recording of the User, sent when it was added or changed. What changed in the minute before comes first", app.UserKey)
	op.Responses = map[string]*huma.Response{"200": text("Events named recording", "text/event-stream")}
	op.Responses["200"].Headers = headers("X-Accel-Buffering", "no")
	register(a, op, func(_ context.Context, who talkit.Caller, in *lastEvent) (*huma.StreamResponse, error) {
		since, _ := strconv.ParseInt(in.LastEventID, 10, 64) // what is no id of ours begins now
		return a.events(who, func(ctx context.Context, s *stream) { a.watchAll(ctx, s, a.App.NewFeed(talkit.Time(since))) }), nil
	})
}

// watchAll sends what changes among a person's recordings, until one of both
// ends is gone.
func (a *API) watchAll(ctx context.Context, s *stream, feed *app.Feed) {
	look, stop := a.App.Changes.WatchAll(s.who.UserID)
	defer stop()
	for {
		changed, err := feed.Next(ctx, s.who)
		if err != nil || s.sendAll(changed, feed.Since()) != nil || !s.wait(ctx, look) {
			return
		}
	}
}

// sendAll writes what changed, and a comment now and then so that a client that
// is gone is noticed, or finds that it is heard.
func (s *stream) sendAll(changed []wire.Recording, since talkit.Time) error {
	var message []byte
	for _, r := range changed {
		data, err := json.Marshal(r)
		if err != nil {
			return err
		}
		message = fmt.Appendf(message, "event: recording\nid: %d\ndata: %s\n\n", since, data)
	}
	if len(changed) == 0 {
		if time.Since(s.sent) < permitEvery {
			return nil
		}
		message = []byte(": still here\n\n")
	}
	return s.write(message)
}
