package e2e_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"talkit/internal/speech/install"
)

// TestADamagedModel: a bit of a model that changed after it was installed is
// found before anything is recognised with it. The recording waits, doctor and
// the operators' list say what is wrong; talkit engine install mends it, here
// from a model hub as no package index is in reach, and the recording goes on.
func TestADamagedModel(t *testing.T) {
	t.Parallel()
	installed := killEngine(t)
	short, _ := killClips(t)
	engines := t.TempDir()
	models := install.ModelDir(engines, install.DefaultModel)
	if err := errors.Join(os.Symlink(filepath.Join(installed, "whisper"), filepath.Join(engines, "whisper")),
		os.CopyFS(models, os.DirFS(install.ModelDir(installed, install.DefaultModel)))); err != nil {
		t.Fatal(err)
	}
	flipBit(t, filepath.Join(models, "model.bin"))

	s := killSetup(t)
	var fetched atomic.Int64
	s.with("TALKIT_ENGINES="+engines, "TALKIT_MODEL_HUB="+modelHub(t, installed, &fetched),
		"PIP_INDEX_URL=http://127.0.0.1:1/", "PIP_EXTRA_INDEX_URL=", "PIP_NO_CACHE_DIR=1", "PIP_RETRIES=0")
	s.serve()
	key := s.user(killEmail)
	id := s.submitted(key, killFile(t, short[0].path))
	killUntil(t, time.Minute, "the recording says what it waits for", func() bool {
		r := s.recording(key, id)
		return r.WaitingFor != nil && r.WaitingFor.Code == "engine" && strings.Contains(r.WaitingFor.Message, "damaged")
	})
	if out, err := s.command("", "doctor").Output(); err == nil || !strings.Contains(string(out), "model base is damaged") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	killUntil(t, 30*time.Second, "the list says what went wrong", func() bool {
		return strings.Contains(s.engines()[0].Fault, "damaged")
	})

	s.talkit("engine", "install")
	if fetched.Load() == 0 {
		t.Error("the hub was not asked")
	}
	if r := s.settled(key, id); r.Status != "completed" {
		t.Errorf("mended, the recording is %s: %v", r.Status, r.Error)
	}
	killUntil(t, 30*time.Second, "the list has the model's speed", func() bool {
		m := s.engines()[0]
		return m.Name == "base" && m.Whole && m.Loaded && m.Device != "" && m.Speed != nil && *m.Speed > 0
	})
	s.talkit("doctor")
}

type listedEngine struct {
	Name, Device, Fault string
	Whole, Loaded       bool
	Speed               *float64
}

// engines is what talkit engine list says, beside the running server.
func (s *killServer) engines() (list []listedEngine) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.talkit("engine", "list", "--json")), &list); err != nil || len(list) == 0 {
		s.t.Fatalf("engine list: %v %v", list, err)
	}
	return list
}

func flipBit(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	b := make([]byte, 1)
	if _, err := file.ReadAt(b, 5_000_000); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 4
	if _, err := file.WriteAt(b, 5_000_000); err != nil {
		t.Fatal(err)
	}
}

// modelHub serves the installed base model as the model hub does, its large
// file by a redirect to another port.
func modelHub(t *testing.T, engines string, fetched *atomic.Int64) (url string) {
	t.Helper()
	files := http.FileServerFS(os.DirFS(install.ModelDir(engines, install.DefaultModel)))
	serve := func(w http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		r.URL.Path = "/" + path.Base(r.URL.Path)
		files.ServeHTTP(w, r)
	}
	store := httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(store.Close)
	repository, revision := install.Repository(install.DefaultModel)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch under := "/" + repository + "/resolve/" + revision + "/"; {
		case !strings.HasPrefix(r.URL.Path, under):
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".bin"):
			http.Redirect(w, r, store.URL+r.URL.Path, http.StatusFound)
		default:
			serve(w, r)
		}
	}))
	t.Cleanup(hub.Close)
	return hub.URL
}
