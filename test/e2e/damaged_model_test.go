package e2e_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
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

// TestAModelFromTheHub: a model that Talkit does not know comes from a hub on the
// operator's word, and is recognised with; without that word, or against it,
// nothing is installed.
func TestAModelFromTheHub(t *testing.T) {
	t.Parallel()
	installed := killEngine(t)
	if err := install.Present(installed, "tiny.en"); err != nil {
		killLeaveOut(t, "the model tiny.en (talkit engine install --model tiny.en)")
	}
	short, _ := killClips(t)
	engines := t.TempDir()
	if err := os.Symlink(filepath.Join(installed, "whisper"), filepath.Join(engines, "whisper")); err != nil {
		t.Fatal(err)
	}
	hub, hash := hubOfOne(t, install.ModelDir(installed, "tiny.en"))
	s := killSetup(t)
	s.with("TALKIT_ENGINES="+engines, "TALKIT_MODEL_HUB="+hub)
	words := func(args ...string) string {
		t.Helper()
		out, err := s.command("", append([]string{"engine", "install", "--model=mine", "--repository=my/model", "--revision=" + hubRevision}, args...)...).CombinedOutput()
		if err == nil {
			t.Errorf("it was installed with %v", args)
		}
		return string(out)
	}
	if said := words(); !strings.Contains(said, "--sha256 "+hash) {
		t.Errorf("without a hash: %s", said)
	}
	if said := words("--sha256=" + strings.Repeat("0", 64)); !strings.Contains(said, "nothing was installed") {
		t.Errorf("with another: %s", said)
	}
	s.talkit("engine", "install", "--model=mine", "--repository=my/model", "--revision="+hubRevision, "--sha256="+hash)
	if list := s.engines(); len(list) != 1 || list[0].Name != "mine" || !list[0].Whole {
		t.Errorf("the list has %+v", list)
	}
	if text := s.talkit("transcribe", "--model=mine", short[0].path); len(text) < 20 {
		t.Errorf("it heard %q", text)
	}
	if _, err := os.Stat(s.data); err == nil {
		t.Error("a list made a data folder")
	}
	flipBit(t, filepath.Join(install.ModelDir(engines, "mine"), "model.bin"))
	if out, err := s.command("", "transcribe", "--model=mine", short[0].path).CombinedOutput(); err == nil || !strings.Contains(string(out), "damaged") {
		t.Errorf("damaged, it heard %s %v", out, err)
	}
}

const hubRevision = "00112233445566778899aabbccddeeff00112233"

// hubOfOne is a model hub with one model, my/model, and what its weights hash to.
func hubOfOne(t *testing.T, folder string) (url, hash string) {
	t.Helper()
	var list []map[string]any
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		e := map[string]any{"type": "file", "path": f.Name(), "size": len(content),
			"oid": fmt.Sprintf("%x", sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...)))}
		if f.Name() == "model.bin" {
			hash = fmt.Sprintf("%x", sha256.Sum256(content))
			e["lfs"] = map[string]any{"oid": hash, "size": len(content)}
		}
		list = append(list, e)
	}
	hub := http.NewServeMux()
	hub.HandleFunc("GET /api/models/my/model/tree/"+hubRevision, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(list) })
	hub.HandleFunc("GET /my/model/resolve/"+hubRevision+"/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(folder, filepath.Base(r.PathValue("name"))))
	})
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	return server.URL, hash
}

type listedEngine struct {
	Name, Device, Fault string
	Whole, Loaded       bool
	Elsewhere           bool
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
