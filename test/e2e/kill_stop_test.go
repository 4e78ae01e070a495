package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// killFile is an upload of a clip.
func killFile(t *testing.T, path string) killUpload {
	t.Helper()
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return killUpload{sound: bytes.NewReader(sound), fields: map[string]string{"language": "en"}}
}

// inWork waits until a piece is being recognised.
func (d killData) inWork() {
	d.t.Helper()
	killUntil(d.t, time.Minute, "a piece is in work", func() bool {
		return d.count("SELECT COUNT(*) FROM pieces WHERE status = 'running'") > 0
	})
}

// TestStopInTheMiddle: SIGTERM ends a server within 30 s while a recording is
// in work and watched; the next one goes on with it.
func TestStopInTheMiddle(t *testing.T) {
	t.Parallel()
	needLong(t)
	killEngine(t)
	_, long := killClips(t)
	s := killSetup(t)
	server := s.serve()
	key := s.user(killEmail)
	id := s.submitted(key, killFile(t, long[0].path))
	watched := make(chan error, 1)
	events := s.watch(key, id)
	go func() {
		_, err := io.Copy(io.Discard, events)
		watched <- err
	}()
	s.keeps().inWork()
	children := killDescendants(server.pid())
	code, took := server.stop(t)
	if code != 0 || took > 30*time.Second {
		t.Errorf("SIGTERM ended the server with %d after %v", code, took)
	}
	if err := <-watched; err != nil {
		t.Errorf("the event stream broke off: %v", err)
	}
	killGone(t, children)
	t.Logf("ended after %v", took.Round(time.Millisecond))
	s.serve()
	if r := s.settled(key, id); r.Status != "completed" {
		t.Errorf("the recording is %s", r.Status)
	}
}

// watch opens the event stream of a recording.
func (s *killServer) watch(key string, id int64) io.Reader {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), "GET", fmt.Sprintf("%s/recordings/%d/events", s.url, id), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("GET events: %s", response.Status)
	}
	return response.Body
}

// TestSecondServer: a second server on the same folder says why it cannot be,
// and leaves the first alone.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	first := s.serve()
	var words bytes.Buffer
	second := s.command("", "serve", "--listen", "127.0.0.1:0")
	second.Stderr = &words
	if err := second.Run(); err == nil || !strings.Contains(words.String(), "another talkit works on "+s.data) {
		t.Errorf("a second server: %v, %s", err, words.String())
	}
	if first.hasEnded() {
		t.Error("the first server ended")
	}
	s.call("GET", "/healthz", "", "")
}

// TestWaitsForEngine: without an engine a recording is kept, says what it waits
// for, over a kill too, and goes on by itself once there is one.
func TestWaitsForEngine(t *testing.T) {
	t.Parallel()
	installed := killEngine(t)
	short, _ := killClips(t)
	engines := filepath.Join(t.TempDir(), "engines")
	s := killSetup(t)
	s.with("TALKIT_ENGINES=" + engines)
	server := s.serve()
	key := s.user(killEmail)
	id := s.submitted(key, killFile(t, short[0].path))
	waits := func() {
		t.Helper()
		killUntil(t, 30*time.Second, "the recording says that it waits for an engine", func() bool {
			r := s.recording(key, id)
			return r.WaitingFor != nil && r.WaitingFor.Code == "engine" && strings.Contains(r.WaitingFor.Message, "talkit engine install")
		})
	}
	waits()
	server.kill()
	s.serve()
	waits()
	if err := os.Symlink(installed, engines); err != nil {
		t.Fatal(err)
	}
	if r := s.settled(key, id); r.Status != "completed" || r.WaitingFor != nil {
		t.Errorf("once there is an engine, the recording is %s and waits for %v", r.Status, r.WaitingFor)
	}
}
