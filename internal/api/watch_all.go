package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

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
			a.watchAll(r.Context(), s, who, a.App.NewFeed(talkit.Time(since)),
				func(ctx context.Context) (talkit.Caller, error) { return a.stillCaller(ctx, r, hctx.Operation()) })
		}}, nil
	})
}

// watchAll sends what changes among a person's recordings, until one of both
// ends is gone.
func (a *API) watchAll(ctx context.Context, s *stream, who talkit.Caller, feed *app.Feed, again func(context.Context) (talkit.Caller, error)) {
	look, stop := a.App.Changes.WatchAll(who.UserID)
	defer stop()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for checked := time.Now(); ; {
		changed, err := feed.Next(ctx, who)
		if err != nil || s.sendAll(changed, feed.Since()) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-look:
		case <-tick.C:
		}
		if time.Since(checked) <= permitEvery {
			continue
		}
		if who, err = again(ctx); err != nil {
			return
		}
		checked = time.Now()
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
