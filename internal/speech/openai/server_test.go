package openai

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
)

func TestModels(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	var up atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1); r.URL.Path != "/v1/models" || r.Header.Get("Authorization") != "Bearer "+key {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, `{"object":"list","data":[{"id":"whisper-1"},{"id":"large\n-v3"}]}`)
	}))
	defer s.Close()
	server := connect(t, s.URL)
	for range 3 {
		if err := server.HasModel("large"); talkit.KindOf(err) != talkit.Unavailable || !errors.Is(err, speech.ErrNotReady) {
			t.Errorf("a server that is away: %v", err)
		}
	}
	up.Store(true)
	server.known.until = time.Now().Add(-time.Second)
	if err := server.HasModel("whisper-1"); err != nil {
		t.Error(err)
	}
	for i := range 10 {
		if err := server.HasModel(fmt.Sprint("tiny", i)); talkit.KindOf(err) != talkit.Invalid || !strings.Contains(err.Error(), "There is whisper-1, large -v3.") {
			t.Error(err)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times within two minutes", n)
	}
	none := httptest.NewServer(http.NotFoundHandler())
	defer none.Close()
	if err := connect(t, none.URL).HasModel("tiny"); talkit.KindOf(err) != talkit.Invalid || !strings.Contains(err.Error(), "does not say which it has") {
		t.Error(err)
	}
	if err := connect(t, "http://127.0.0.1:1").HasModel("tiny"); talkit.KindOf(err) != talkit.Unavailable || !errors.Is(err, speech.ErrNotReady) {
		t.Errorf("nobody there: %v", err)
	}
}

// Models of one server share what it takes at once and its rests, but for what
// may be one model's fault.
func TestModelsOfOneServer(t *testing.T) {
	t.Parallel()
	s := serve(t, func(n int, in seen, w http.ResponseWriter) {
		switch in.fields["model"][0] {
		case "missing":
			status(404, `{"error":{"code":"model_not_found"}}`)(n, in, w)
		case "broken":
			status(500, "out of memory")(n, in, w)
		case "limited":
			status(429, "", "Retry-After", "3600")(n, in, w)
		default:
			ok(`{"text":"Hello"}`)(n, in, w)
		}
	})
	server := connect(t, s.URL)
	engines := map[string]*Engine{}
	for _, model := range []string{"good", "missing", "broken", "limited"} {
		engines[model] = server.Engine(model)
		enginetest.Start(t, engines[model])
	}
	for _, model := range []string{"missing", "broken", "limited"} {
		if err := engines["good"].Ready(t.Context()); err != nil {
			t.Errorf("before %s: %v", model, err)
		}
		if _, err := engines[model].Recognize(t.Context(), speech.Piece{PCM: spoken(3)}); !errors.Is(err, speech.ErrNotReady) {
			t.Errorf("%s: %v", model, err)
		}
		if engines[model].Ready(t.Context()) == nil {
			t.Errorf("%s is ready", model)
		}
	}
	if err := engines["good"].Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("a server that wants to be left alone: %v", err)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	asked, release := make(chan bool), make(chan bool)
	s := serve(t, func(n int, in seen, w http.ResponseWriter) {
		if n > 1 {
			status(403, "")(n, in, w)
			return
		}
		asked <- true
		<-release
		ok(`{"text":"Hello"}`)(n, in, w)
	})
	var e speech.Reporter = start(t, s.URL)
	if got := e.Status(); got != (speech.Status{Device: "at " + strings.TrimPrefix(s.URL, "http://")}) {
		t.Errorf("%+v before it was asked", got)
	}
	done := make(chan error)
	go func() {
		_, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3)})
		done <- err
	}()
	<-asked
	if got := e.Status(); got.InHand != 1 {
		t.Errorf("%+v at a piece", got)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := e.Status(); got.InHand != 0 || !got.Loaded || got.Sound != 3*time.Second || got.Busy <= 0 || got.Fault != "" {
		t.Errorf("%+v after it", got)
	}
	_, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3)})
	if got := e.Status(); got.Loaded || got.Fault != err.Error() || time.Since(got.FaultOn) > time.Hour {
		t.Errorf("%+v after %v", got, err)
	}
}

// One at a time is what some servers do: no more than Workers are sent,
// whatever models they are for.
func TestNoMoreThanWorkersAtOnce(t *testing.T) {
	t.Parallel()
	busy := make(chan bool, 2)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case busy <- true:
		default:
			t.Error("a third at the same time")
		}
		time.Sleep(time.Millisecond)
		<-busy
		io.WriteString(w, `{"text":"Hello"}`)
	}))
	defer s.Close()
	server := connect(t, s.URL)
	engines := []*Engine{server.Engine("one"), server.Engine("two")}
	for _, e := range engines {
		enginetest.Start(t, e)
	}
	done := make(chan error)
	for i := range 12 {
		go func() {
			_, err := engines[i%2].Recognize(t.Context(), speech.Piece{PCM: spoken(1 + i%3)})
			done <- err
		}()
	}
	for range 12 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
