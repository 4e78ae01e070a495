package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// watch reads server-sent events: each is the recording. The channel is closed
// when the stream ends.
func (w *world) watch(asks caller, id int64) <-chan wire.Recording {
	w.t.Helper()
	return w.stream(asks, fmt.Sprintf("/recordings/%d/events", id))
}

func (w *world) stream(asks caller, path string) <-chan wire.Recording {
	w.t.Helper()
	response, err := asks.ask(http.MethodGet, path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("events: %s %v", response.Status, response.Header)
	}
	events := make(chan wire.Recording, 100)
	go func() {
		defer close(events)
		defer response.Body.Close()
		if err := readEvents(response.Body, events); err != nil {
			w.t.Error(err)
		}
	}()
	return events
}

func readEvents(stream io.Reader, events chan<- wire.Recording) error {
	lines, name := bufio.NewScanner(stream), ""
	for lines.Scan() {
		switch field, value, _ := strings.Cut(lines.Text(), ": "); field {
		case "event":
			name = value
		case "data":
			var r wire.Recording
			if err := json.Unmarshal([]byte(value), &r); err != nil || name != "recording" {
				return fmt.Errorf("event %q with data %q: %w", name, value, err)
			}
			events <- r
		}
	}
	return nil // however it ended: the test says what it wanted
}

// watching sees a recording from its submission to its end.
func watching(t *testing.T, w *world) {
	r := w.submit()
	events := w.watch(w.user, r.ID)
	await := func(status talkit.RecordingStatus) (last wire.Recording) {
		t.Helper()
		for deadline := time.After(patience); last.Status != string(status); {
			select {
			case event, open := <-events:
				if !open {
					t.Fatalf("the stream ended with %+v, want %s", last, status)
				}
				last = event
			case <-deadline:
				t.Fatalf("waited %v in vain for %s", patience, status)
			}
		}
		return last
	}
	await(talkit.RecordingReview)
	w.user.put(fmt.Sprintf("/recordings/%d/transcript", r.ID), map[string]string{"text": "Seen " + canary}).want(http.StatusOK)
	done := w.release(r)
	if last := await(talkit.RecordingCompleted); *last.TranscriptID != *done.TranscriptID {
		t.Errorf("the last event is %+v", last)
	}
	w.wantEnd(events)
	w.wantEnd(w.watch(w.user, r.ID)) // one event, and its end
}

func (w *world) wantEnd(events <-chan wire.Recording) {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, open := <-events:
			if !open {
				return
			}
		case <-deadline:
			w.t.Fatalf("waited %v in vain for the stream's end", patience)
		}
	}
}

// watchingTheDeleted ends when there is nothing to watch any more.
func watchingTheDeleted(t *testing.T, w *world) {
	r := w.reach(w.submit().ID, talkit.RecordingReview)
	events := w.watch(w.user, r.ID)
	<-events
	w.user.delete(fmt.Sprintf("/recordings/%d", r.ID)).want(http.StatusNoContent)
	w.wantEnd(events)
}

// watchingAll sees all that happens to a person's recordings, and nothing else.
func watchingAll(t *testing.T, w *world) {
	other := setup(t, w.site)
	events := w.stream(w.user, "/recordings/events")
	theirs := other.submit()
	r, second := w.submit(), w.submit()
	awaitAll := func(want map[int64]string) {
		t.Helper()
		for deadline := time.After(patience); len(want) > 0; {
			select {
			case event, open := <-events:
				if !open || event.ID == theirs.ID {
					t.Fatalf("the stream gives %+v, open %v", event, open)
				}
				if want[event.ID] == event.Status {
					delete(want, event.ID)
				}
			case <-deadline:
				t.Fatalf("waited %v in vain for %v", patience, want)
			}
		}
	}
	awaitAll(map[int64]string{r.ID: "review", second.ID: "review"})
	w.user.put(fmt.Sprintf("/recordings/%d/transcript", r.ID), map[string]string{"text": "Seen " + canary}).want(http.StatusOK)
	w.release(r)
	awaitAll(map[int64]string{r.ID: "completed"})
	w.token.get("/recordings/events").refused(http.StatusUnauthorized, "unauthenticated")
	w.user.post("/recordings/events", nil).refused(http.StatusMethodNotAllowed, "method_not_allowed")
}

// TestStreamsEnd: what is shut out stops hearing within 30 s.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	s := serve(t, "--engine=manual")
	yes := true
	for what, c := range map[string]struct {
		watcher func(w *world) caller
		shutOut func(w *world)
	}{
		"a person":      {func(w *world) caller { return w.user }, func(w *world) { w.change(w.person, app.UserChange{Disabled: &yes}) }},
		"a plugin":      {func(w *world) caller { return w.token }, func(w *world) { w.developer.patch(w.path(""), map[string]bool{"disabled": true}).want(http.StatusOK) }},
		"uninstalled":   {func(w *world) caller { return w.token }, func(w *world) { w.token.delete("/installation").want(http.StatusNoContent) }},
		"a secret key":  {func(w *world) caller { return w.token }, func(w *world) { w.revokeSecretKeys() }},
		"not permitted": {func(w *world) caller { return w.token }, func(w *world) { w.forbid() }},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := setup(t, s)
			r := read[wire.Recording](w.token.post("/recordings", submission(tone())).want(http.StatusAccepted))
			w.reach(r.ID, talkit.RecordingReview)
			events := w.watch(c.watcher(w), r.ID)
			<-events
			all := events
			if what == "a person" {
				all = w.stream(w.user, "/recordings/events")
			}
			began := time.Now()
			c.shutOut(w)
			w.wantEnd(events)
			w.wantEnd(all)
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("the stream went on for %v", took)
			}
		})
	}
}
