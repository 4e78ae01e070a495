package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/wire"
)

// onceOnly sends every POST of the document twice with one Idempotency-Key.
func onceOnly(t *testing.T, w *world) {
	hook := receive(t, nil)
	ids := w.things()
	made := w.newWebhook(hook.URL)
	tested := read[wire.Delivery](w.developer.post(w.path("/webhooks/%d/test", made.ID), nil).want(http.StatusAccepted))
	ids["{webhook_id}"], ids["{delivery_id}"] = made.ID, tested.ID
	waits := w.review("To be released, " + canary)
	sound := func(fields ...field) any { return submission(tone(), fields...) } // another boundary each time
	posts := map[string]struct {
		path        string
		status      int
		body, other any // other content, where there is any
	}{
		"POST /plugins":                                                               {status: 201, body: map[string]string{"name": "Once"}, other: map[string]string{"name": "Twice"}},
		"POST /plugins/{id}/secret_keys":                                              {status: 201, body: map[string]string{"description": "a"}, other: map[string]string{"description": "b"}},
		"POST /plugins/{id}/webhooks":                                                 {status: 201, body: map[string]string{"uri": "https://example.com/a"}, other: map[string]string{"uri": "https://example.com/b"}},
		"POST /plugins/{id}/webhooks/{webhook_id}/rotate_secret":                      {status: 200, body: map[string]int{"overlap_seconds": 5}, other: map[string]int{"overlap_seconds": 6}},
		"POST /plugins/{id}/webhooks/{webhook_id}/test":                               {status: 202},
		"POST /plugins/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": {status: 202},
		"POST /recordings":                                                            {status: 202, body: sound(field{"name", "a"}), other: sound(field{"name", "b"})},
		"POST /recordings/uploads":                                                    {status: 201},
		"POST /recordings/{id}/release":                                               {status: 200, path: fmt.Sprintf("/recordings/%d/release", waits.ID)},
		"POST /recordings/{id}/withdraw":                                              {status: 200},
		"POST /recordings/{id}/restore":                                               {status: 200},
		"POST /recordings/{id}/revisions/{number}/restore":                            {status: 200},
		"POST /v1/audio/transcriptions":                                               {status: 400, body: transcription(wav(make([]byte, 32)))}, // a person is the engine there
		"POST /recordings/{id}/retry":                                                 {status: 409},
		"POST /recordings/{id}/transcribe":                                            {status: 409}, // by hand there
	}
	for _, operation := range w.documents[0].operations() {
		method, template, _ := strings.Cut(operation, " ")
		if method != http.MethodPost {
			continue
		}
		post, known := posts[operation]
		if !known {
			t.Errorf("%s is not tried with Idempotency-Key: say how", operation)
			continue
		}
		if post.path == "" {
			post.path = ids.fill(template)
		}
		asks := w.callers(operation)[0].with("Idempotency-Key", "once "+w.installation.UUID)
		w.sameAgain(asks, post.path, post.status, post.body)
		if post.other != nil {
			asks.post(post.path, post.other).refused(http.StatusUnprocessableEntity, "invalid").names(t, "Idempotency-Key")
		}
	}
}

// sameAgain wants a second request to get the first one's answer.
func (w *world) sameAgain(asks caller, path string, status int, body any) {
	w.t.Helper()
	first := asks.post(path, body).want(status)
	if sent, ok := body.(raw); ok { // the same content in another form
		_, boundary, _ := strings.Cut(sent.contentType, "boundary=")
		another := multipart.NewWriter(nil).Boundary()
		body = raw{strings.ReplaceAll(sent.contentType, boundary, another), strings.ReplaceAll(sent.content, boundary, another)}
	}
	second := asks.post(path, body).want(status)
	if first.header.Get("Idempotency-Replayed") != "" || second.header.Get("Idempotency-Replayed") != "true" {
		w.t.Errorf("POST %s: Idempotency-Replayed is %q, then %q", path, first.header.Get("Idempotency-Replayed"), second.header.Get("Idempotency-Replayed"))
	}
	want, got := withoutID(first), withoutID(second)
	got["header"].(http.Header).Del("Idempotency-Replayed")
	if diff := gocmp.Diff(want, got); diff != "" {
		w.t.Errorf("POST %s: another answer the second time:\n%s", path, diff)
	}
}

// onceForEach: a key is its owner's, and is looked at after the permission.
func onceForEach(t *testing.T, w *world) {
	other := setup(t, w.site)
	const key = "the same for all"
	body := map[string]string{"name": "Mine"}
	mine := read[wire.Plugin](w.developer.with("Idempotency-Key", key).post("/plugins", body).want(http.StatusCreated))
	theirs := read[wire.Plugin](other.developer.with("Idempotency-Key", key).post("/plugins", body).want(http.StatusCreated))
	if mine.ID == theirs.ID || theirs.UserID != other.owner.ID {
		t.Errorf("another developer got %+v", theirs)
	}
	again := w.as(t, w.newKey(w.owner, talkit.DeveloperKey)).with("Idempotency-Key", key) // another key of the same person
	if got := read[wire.Plugin](again.post("/plugins", body).want(http.StatusCreated)); got.ID != mine.ID {
		t.Errorf("another key of the owner got %+v", got)
	}
	secrets := fmt.Sprintf("/plugins/%d/secret_keys", mine.ID)
	asks := w.developer.with("Idempotency-Key", key)
	asks.post(secrets, nil).want(http.StatusCreated)
	other.developer.with("Idempotency-Key", key).post(secrets, nil).refused(http.StatusNotFound, "not_found")
	w.developer.delete(fmt.Sprintf("/plugins/%d", mine.ID)).want(http.StatusNoContent)
	asks.post(secrets, nil).refused(http.StatusNotFound, "not_found")
	for _, bad := range []string{strings.Repeat("k", 256), "ключ"} {
		w.developer.with("Idempotency-Key", bad).post("/plugins", body).want(http.StatusUnprocessableEntity)
	}
}

// onceAtATime holds a request open while another with its key comes.
func onceAtATime(t *testing.T, w *world) {
	needFFmpeg(t)
	key := "at the same time " + w.installation.UUID
	asks := w.user.with("Idempotency-Key", key)
	sent := submission(tone())
	body, feed := io.Pipe()
	request, err := asks.request(http.MethodPost, "/recordings", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Body = body
	request.Header.Set("Content-Type", sent.contentType)
	answered := make(chan answer, 1)
	go func() {
		response, err := checked{t, w.site}.RoundTrip(request)
		if err != nil {
			t.Error(err)
			answered <- answer{}
			return
		}
		content, _ := io.ReadAll(response.Body)
		answered <- answer{t, "POST /recordings", response.StatusCode, response.Header, content}
	}()
	half := len(sent.content) / 2
	if _, err := io.WriteString(feed, sent.content[:half]); err != nil { // read, so it runs
		t.Fatal(err)
	}
	until(t, "the first request holds its key", func() bool {
		var held int
		err := w.DB.Writer().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM kept_answers WHERE key = '"+key+"'").Scan(&held)
		return err == nil && held == 1
	})
	asks.post("/recordings", submission(tone())).refused(http.StatusConflict, "conflict").names(t, "still running")
	if _, err := io.WriteString(feed, sent.content[half:]); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	first := read[wire.Recording]((<-answered).want(http.StatusAccepted))
	if got := read[wire.Recording](asks.post("/recordings", submission(tone())).want(http.StatusAccepted)); got.ID != first.ID {
		t.Errorf("recording %d, then %d", first.ID, got.ID)
	}
}

// TestFaultsAreNotKept: what went wrong on the server is tried again.
func TestFaultsAreNotKept(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	s := serve(t, "--engine=manual")
	s.lines.faulty = true
	probe, healthy := s.App.Probe, atomic.Bool{}
	s.App.Probe = func(ctx context.Context, path string) (talkit.Audio, error) {
		if !healthy.Load() {
			return talkit.Audio{}, errors.New("probe: a fault of ours about " + path)
		}
		return probe(ctx, path)
	}
	w := setup(t, s)
	asks := w.user.with("Idempotency-Key", "try again")
	for range 2 {
		p := asks.post("/recordings", submission(tone())).refused(http.StatusInternalServerError, "internal")
		if strings.Contains(p.Detail, "probe") || strings.Contains(p.Detail, filepath.Dir(s.Config.Data)) {
			t.Errorf("a fault shows internals: %s", p.Detail)
		}
	}
	until(t, "what was stored is dropped", func() bool { return len(stored(t, s)) == 0 })
	healthy.Store(true)
	w.sameAgain(asks, "/recordings", http.StatusAccepted, submission(tone()))
}
