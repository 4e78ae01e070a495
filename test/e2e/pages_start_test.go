package e2e_test

import (
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"talkit/internal/door"
)

var snippets = regexp.MustCompile(`(?s)<pre id="(\w+)" tabindex="0">(.*?)</pre>`)

// TestQuickStart runs each snippet of the quick start as it stands there, with
// the developer's keys in the environment.
func TestQuickStart(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual", loopback))
	w.dictate("What the snippets read, " + canary + ".")
	found := w.startPage()
	environment := append(os.Environ(), "TALKIT_SECRET="+w.secret, "TALKIT_DEVELOPER="+w.developer.credential())
	for name, s := range map[string]struct{ id, file, says string }{
		"curl as a developer": {"curl", "start.sh", w.installation.UUID},
		"curl":                {"shell", "start.sh", canary},
		"JavaScript":          {"js", "start.mjs", canary},
		"Python":              {"python", "start.py", canary},
		"Go":                  {"go", "start.go", canary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := found[s.id]
			if text == "" {
				t.Fatalf("there is no snippet %q", s.id)
			}
			file := filepath.Join(t.TempDir(), s.file)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			run := interpreter(t, file)
			run.Env, run.Dir = environment, filepath.Dir(file)
			out, err := run.CombinedOutput()
			if err != nil || !strings.Contains(string(out), s.says) || !strings.Contains(string(out), "data") {
				t.Errorf("%v\n%s\nsays\n%s", err, text, out)
			}
		})
	}
}

// startPage reads the snippets of the owner's quick start, by their id.
func (w *world) startPage() map[string]string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.URL()+"/developers/start", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: door.SessionCookie(w.URL()), Value: greeting(w.t, w.site, w.owner).Value})
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("the quick start: %s, %v", response.Status, err)
	}
	found := map[string]string{}
	for _, s := range snippets.FindAllStringSubmatch(string(page), -1) {
		found[s[1]] = html.UnescapeString(s[2])
	}
	return found
}

// interpreter runs a file by what its name says it is written in.
func interpreter(t *testing.T, file string) *exec.Cmd {
	t.Helper()
	cache, err := filepath.Abs("../../.cache")
	if err != nil {
		t.Fatal(err)
	}
	switch filepath.Ext(file) {
	case ".sh":
		for _, program := range []string{"sh", "curl", "openssl"} {
			if _, err := exec.LookPath(program); err != nil {
				leaveOut(t, program+" (by hand: apt install "+program+")")
			}
		}
		return exec.CommandContext(t.Context(), "sh", "-eu", file)
	case ".mjs":
		modules := filepath.Join(cache, "snippets", "node_modules")
		if _, err := os.Stat(filepath.Join(modules, "jose")); err != nil {
			leaveOut(t, "jose (by hand: scripts/snippets)")
		}
		if err := os.Symlink(modules, filepath.Join(filepath.Dir(file), "node_modules")); err != nil {
			t.Fatal(err)
		}
		return exec.CommandContext(t.Context(), "node", file)
	case ".py":
		python := filepath.Join(cache, "venv", "bin", "python")
		if exec.Command(python, "-c", "import jwt").Run() != nil {
			leaveOut(t, "PyJWT (by hand: scripts/snippets)")
		}
		return exec.CommandContext(t.Context(), python, file)
	}
	return exec.CommandContext(t.Context(), "go", "run", file)
}
