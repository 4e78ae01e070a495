package server

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestScratch: a file of sound is gone when its hearing is over, and one that a
// killed process left when the next begins. A living one's stays.
func TestScratch(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	left := filepath.Join(os.TempDir(), "talkit-sound-1")
	if err := os.WriteFile(left, []byte("sound"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, remove, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := file.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	sweepScratch()
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("left by a dead process: %v", err)
	}
	if _, err := os.Stat(file.Name()); err != nil {
		t.Errorf("in use: %v", err)
	}
	remove()
	remove()
	if _, err := os.Stat(file.Name()); !os.IsNotExist(err) {
		t.Errorf("after its use: %v", err)
	}
}

// TestExamineOpenAI: the operator is told what is wrong with the other server.
func TestExamineOpenAI(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch r.Header.Get("Authorization") {
		case "Bearer right":
			io.WriteString(w, `{"text":"And so, my fellow Americans"}`)
		case "Bearer deaf":
			io.WriteString(w, `{"text":""}`)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer s.Close()
	for key, c := range map[string]struct {
		ok    bool
		words string
	}{
		"right": {true, "the speech server at " + s.URL + "/v1/audio/transcriptions transcribes with the model large"},
		"deaf":  {false, "hears nothing in a sample of speech with the model large"},
		"wrong": {false, "does not accept the key (401): set TALKIT_OPENAI_KEY to one that it does"},
		"":      {false, "wants a key (401): set TALKIT_OPENAI_KEY"},
	} {
		found := map[string]Finding{}
		c2 := settings(t, "--engine=openai", "--openai-url="+s.URL, "--openai-key="+key, "--openai-model=large")
		for _, f := range Examine(t.Context(), c2, slog.New(slog.DiscardHandler)) {
			found[f.Check] = f
		}
		if f := found["engine"]; f.OK != c.ok || !strings.Contains(f.Words, c.words) {
			t.Errorf("with the key %q: %+v", key, f)
		}
	}
}
