package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"talkit/internal/app"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
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

// deep is an engine that keeps every piece until the test lets it go.
type deep struct {
	speech.Engine
	asked, release chan struct{}
}

func (d deep) Info() speech.Info           { return speech.Info{Name: "deep", Workers: 2} }
func (d deep) Ready(context.Context) error { return nil }
func (d deep) Recognize(context.Context, speech.Piece) (speech.Result, error) {
	d.asked <- struct{}{}
	<-d.release
	return speech.Result{}, nil
}

// TestDecodesTakeTurns: no more are decoded at once than there are turns, and
// what is decoded keeps none.
func TestDecodesTakeTurns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tone.wav")
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		enginetest.LeaveOut(t, "ffmpeg (apt install ffmpeg)")
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", path).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	engine := deep{asked: make(chan struct{}), release: make(chan struct{})}
	e := &ear{engines: speech.NewEngines("", func(string) (speech.Engine, error) { return engine, nil }),
		pieces: app.NewTurns(2, 2), decodes: app.NewTurns(1, 1)}
	hearing := app.Hearing{Person: 1, Path: path, Language: "en"}
	taken, err := e.decodes.Take(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.hear(ctx, hearing); !errors.Is(err, context.Canceled) {
		t.Errorf("without a turn: %v", err)
	}
	taken()
	done := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := e.hear(t.Context(), hearing)
			done <- err
		}()
	}
	for range 2 {
		<-engine.asked // both, though one at a time may be decoded
	}
	close(engine.release)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
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
