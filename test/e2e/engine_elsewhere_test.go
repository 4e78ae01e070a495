package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestAnEngineElsewhereIsListed: operators see how a server stands that
// recognises speech for this one, and nobody is told to install an engine.
func TestAnEngineElsewhereIsListed(t *testing.T) {
	t.Parallel()
	needLong(t)
	var shut atomic.Bool
	speech := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if shut.Load() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		time.Sleep(10 * time.Millisecond) // the work, of which a speed is made
		io.WriteString(w, `{"text":"Hello, Ada.","language":"english"}`)
	}))
	t.Cleanup(speech.Close)
	s := killSetup(t, "TALKIT_ENGINES="+t.TempDir(), "TALKIT_OPENAI_URL="+speech.URL)
	if out, err := s.command("", "engine", "list").CombinedOutput(); err != nil || !strings.Contains(string(out), "another server recognises speech") {
		t.Errorf("before the start: %v %s", err, out)
	}
	s.serve()
	killUntil(t, time.Minute, "it is listed before it is used", func() bool { return strings.Contains(s.talkit("engine", "list"), "whisper-1") })
	key := s.user(killEmail)
	path := filepath.Join(t.TempDir(), "speech.wav")
	if err := os.WriteFile(path, swelling(3), 0o600); err != nil {
		t.Fatal(err)
	}
	s.settled(key, s.submitted(key, killFile(t, path)))
	listed := func(what string, is func(e listedEngine) bool) {
		t.Helper()
		killUntil(t, time.Minute, what, func() bool {
			list := s.engines()
			return len(list) == 1 && list[0].Name == "whisper-1" && list[0].Elsewhere && list[0].Device == "at "+strings.TrimPrefix(speech.URL, "http://") && is(list[0])
		})
	}
	listed("its speed", func(e listedEngine) bool { return e.Loaded && e.Speed != nil && *e.Speed > 0 && e.Fault == "" })
	shut.Store(true)
	id := s.submitted(key, killFile(t, path))
	killUntil(t, time.Minute, "the recording says what it waits for", func() bool {
		r := s.recording(key, id)
		return r.WaitingFor != nil && r.WaitingFor.Code == "engine" && strings.Contains(r.WaitingFor.Message, "cannot be used now")
	})
	listed("its fault", func(e listedEngine) bool { return !e.Loaded && strings.Contains(e.Fault, "does not let us in (403)") })
	if table := s.talkit("engine", "list"); !strings.Contains(table, "not in use (at ") || !strings.Contains(table, "(403)") {
		t.Errorf("%s", table)
	}
}
