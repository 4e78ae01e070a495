package install

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A lock names packages and hashes, and leaves it to the operator's pip where
// they come from.
func TestLocks(t *testing.T) {
	t.Parallel()
	for name, lock := range map[string][]byte{"engine": engineLock(), "base": modelLock("base"), "tiny.en": modelLock("tiny.en")} {
		packages, hashed := 0, 0
		for line := range strings.Lines(string(lock)) {
			switch line = strings.TrimSpace(line); {
			case strings.HasPrefix(line, "--hash=sha256:"):
				hashed = packages
			case strings.Contains(line, "==") && !strings.HasPrefix(line, "-"):
				if packages != hashed {
					t.Errorf("%s: no hash before %q", name, line)
				}
				packages++
			default:
				t.Errorf("%s: %q", name, line)
			}
		}
		if packages == 0 || packages != hashed {
			t.Errorf("%s: %d packages, %d with hashes", name, packages, hashed)
		}
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	if _, ok := catalogue[DefaultModel]; !ok || !strings.HasPrefix(Installable(), "base, base.en, distil-large-v3, large-v2") {
		t.Error(Installable())
	}
	seen := map[string]string{}
	for model, w := range catalogue {
		if (Source{Hub: DefaultHub, Repository: w.repository, Revision: w.revision, SHA256: w.hash("model.bin")}).check() != nil {
			t.Errorf("%s: %s %s", model, w.repository, w.revision)
		}
		if w.inWheels() {
			modelLock(model) // it panics without one
		}
		for _, f := range w.files {
			if !sha256Form.MatchString(f.sha256) || f.bytes == 0 || (len(f.parts) > 0) != w.inWheels() || !slices.Contains(modelFiles, f.name) {
				t.Errorf("%s: %+v", model, f)
			}
			if other, ok := seen[f.sha256]; ok && f.name == "model.bin" {
				t.Errorf("%s and %s are the same", model, other)
			}
			seen[f.sha256] = model
		}
		if w.hash("config.json") == "" || w.hash("tokenizer.json") == "" || w.hash("vocabulary.txt")+w.hash("vocabulary.json") == "" {
			t.Errorf("%s lacks a file", model)
		}
	}
}

func TestJudgePython(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"3 10 1\n": "", "3 14 1": "", "4 0 1": "",
		"3 9 1": "is 3.9", "2 7 1": "is 2.7", "3 12 0": "python3-venv", "what?": "does not say",
	} {
		err := judgePython(words)
		if want != "" {
			wantWords(t, err, want)
		} else if err != nil {
			t.Errorf("%q: %v", words, err)
		}
	}
}

func TestLastLine(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"":                              "it said nothing",
		"a\nb\n\n":                      "b",
		"a\n  ERROR: b\nERROR: c\nd":    "b",
		"WARNING: Retrying\nERROR: no.": "no.",
		"ERROR: Exception:\nTraceback:\nOSError: [Errno 28] No space left on device": "OSError: [Errno 28] No space left on device",
		"ERROR: Could not find a (from versions: none)":                              "pip does not reach its package index, or that lacks what is asked for (Could not find a (from versions: none))",
	} {
		if got := lastLine(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}

func TestDefaultDir(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	if got := DefaultDir(); got != "/data/talkit/engines" {
		t.Error(got)
	}
	t.Setenv("HOME", "/home/ann")
	for _, unset := range []string{"", "relative"} { // the specification has a relative one ignored
		t.Setenv("XDG_DATA_HOME", unset)
		if got := DefaultDir(); got != "/home/ann/.local/share/talkit/engines" {
			t.Error(got)
		}
	}
}

// What is installed on this machine is what the catalogue says.
func TestInstalled(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TALKIT_ENGINES")
	if dir == "" {
		dir = DefaultDir()
	}
	for _, model := range []string{"base", "tiny.en"} {
		if err := Present(dir, model); err != nil {
			if os.Getenv("TALKIT_TEST_ALL") == "1" {
				t.Fatal(err)
			}
			t.Skipf("left out: needs the model %s in %s; make test installs it", model, filepath.Base(dir))
		}
		if err := Verify(t.Context(), dir, model); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
}
