package auth

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKeyFileIsMadeOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	ids := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range ids { // as processes that start at the same time
		all.Go(func() {
			sealer, err := LoadSealer("", folder)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = sealer.CurrentKeyID()
		})
	}
	all.Wait()
	for _, id := range ids {
		if !bytes.Equal(id, ids[0]) {
			t.Error("two starts made two keys")
		}
	}
	info, err := os.Stat(filepath.Join(folder, SecretKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestKeyFileRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"group may read":  {firstKey, 0o640, "chmod 600"},
		"world may read":  {firstKey, 0o604, "chmod 600"},
		"group may write": {firstKey, 0o620, "chmod 600"},
		"empty":           {"", 0o600, "at least 32"},
		"short":           {"abc\n", 0o600, "at least 32"},
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, SecretKeyFile)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadSealer("", folder); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyFileIsNotAFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, SecretKeyFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSealer("", folder); err == nil {
		t.Error("a folder was taken for a key")
	}
	if _, err := LoadSealer("", filepath.Join(folder, "missing")); err == nil {
		t.Error("a key was made without a folder")
	}
}

func TestVariableGoesBeforeKeyFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	sealer, err := LoadSealer(firstKey, folder)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sealer.CurrentKeyID(), newSealer(t, firstKey).CurrentKeyID()) {
		t.Error("another key than the variable's")
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Errorf("a key file was made: %v", entries)
	}
	if _, err := LoadSealer("short", folder); err == nil || !strings.Contains(err.Error(), "TALKIT_SECRET_KEY") {
		t.Errorf("a short variable: %v", err)
	}
}
