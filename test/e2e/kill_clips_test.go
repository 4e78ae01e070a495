package e2e_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"talkit/internal/speech/enginetest"
	"talkit/internal/speech/install"
)

// killClip is a file of speech; Text is "" where nobody wrote down what is said.
type killClip struct {
	path string
	enginetest.Clip
}

// killSpeech is the folder of speech data shared between checkouts, beside
// the repository, "" where there is none.
func killSpeech(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	folder := filepath.Join(dir, "..", "shared", "testdata", "speech")
	if _, err := os.Stat(folder); err != nil {
		return ""
	}
	return folder
}

// killClips are short recordings of one sentence each, and long ones of more
// than one piece. Where there is no shared data, Debian has some.
func killClips(t *testing.T) (short, long []killClip) {
	t.Helper()
	folder := killSpeech(t)
	if folder == "" {
		paths, _ := filepath.Glob("/usr/share/pocketsphinx/test/data/librivox/*.wav")
		if len(paths) == 0 {
			killLeaveOut(t, "recorded speech (apt install pocketsphinx-testdata)")
		}
		for _, path := range paths {
			short = append(short, killClip{path: path})
		}
		return short, short
	}
	for _, row := range killManifest(t, folder) {
		clip := killClip{filepath.Join(folder, row[0]), enginetest.Clip{Text: row[4]}}
		switch {
		case strings.HasPrefix(row[0], "hifi_"), strings.HasPrefix(row[0], "lj_"):
			short = append(short, clip)
		case strings.HasPrefix(row[0], "son_"):
			long = append(long, clip)
		}
	}
	return short, long
}

func killManifest(t *testing.T, folder string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, "manifest.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table := csv.NewReader(file)
	table.Comma, table.LazyQuotes = '\t', true
	rows, err := table.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// smallModel is for tests that take what is heard for granted.
const smallModel = "tiny.en"

// killEngine leaves a test out where there is no engine.
func killEngine(t *testing.T) (folder string) {
	t.Helper()
	folder = os.Getenv("TALKIT_ENGINES")
	if folder == "" {
		folder = install.DefaultDir()
	}
	for _, model := range []string{install.DefaultModel, smallModel} {
		if err := install.Present(folder, model); err != nil {
			killLeaveOut(t, "the speech engine (talkit engine install --model "+model+")")
		}
	}
	return folder
}
