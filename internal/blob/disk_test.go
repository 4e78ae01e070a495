package blob_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/blob/blobtest"
)

func openDisk(t *testing.T, folder string) *blob.Disk {
	t.Helper()
	disk, err := blob.OpenDisk(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { disk.Close() })
	return disk
}

func TestDisk(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store {
		folder := filepath.Join(t.TempDir(), "made", "by", "open")
		disk := openDisk(t, folder)
		t.Cleanup(func() { checkNoTemp(t, folder) })
		return disk
	})
}

func tempFiles(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "tmp", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func checkNoTemp(t *testing.T, folder string) {
	t.Helper()
	if left := tempFiles(t, folder); len(left) != 0 {
		t.Errorf("temp files left behind: %v", left)
	}
}

// What a dead process left is removed at once, what a living one writes is not.
func TestDiskCleansUpAfterTheDead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := openDisk(t, folder)
	leftover := filepath.Join(folder, "tmp", "LEFTOVER")
	if err := os.WriteFile(leftover, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	slow, feed := io.Pipe()
	done := make(chan error)
	key := blob.NewKey()
	go func() {
		_, err := first.Put(t.Context(), key, slow)
		done <- err
	}()
	feed.Write([]byte("first ")) // returns once it is read, so the temp file is there
	openDisk(t, folder)
	if left := tempFiles(t, folder); len(left) != 1 || left[0] == leftover {
		t.Errorf("temp files after opening again: %v", left)
	}
	feed.Write([]byte("second"))
	feed.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, key))
	if err != nil || string(got) != "first second" {
		t.Errorf("%q, %v", got, err)
	}
	checkNoTemp(t, folder)
}

func TestDiskFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	key := blob.NewKey()
	if _, err := openDisk(t, folder).Put(t.Context(), key, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{key, filepath.Dir(key), "tmp"} {
		info, err := os.Stat(filepath.Join(folder, path))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestDiskFollowsNoLinkOut(t *testing.T) {
	t.Parallel()
	folder, outside, key := t.TempDir(), t.TempDir(), blob.NewKey()
	disk := openDisk(t, folder)
	if err := os.Symlink(outside, filepath.Join(folder, key[:2])); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, key[3:]), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Open(t.Context(), key); err == nil {
		t.Error("opened a file outside")
	}
	if _, _, err := disk.Local(t.Context(), key); err == nil {
		t.Error("gave the path of a file outside")
	}
	if _, err := disk.Put(t.Context(), key, strings.NewReader("x")); err == nil {
		t.Error("wrote a file outside")
	}
	checkNoTemp(t, folder)
}

// A full disk is played by a child process that may write 1 MiB to a file
// (RLIMIT_FSIZE): that needs no root and no mount, and its writes fail in the
// middle like those on a full disk, with another number.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv("BLOB_TEST_FULL"); folder != "" {
		putTooMuch(t, folder)
		return
	}
	folder := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestDiskFull$")
	child.Env = append(os.Environ(), "BLOB_TEST_FULL="+folder)
	if output, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	checkNoTemp(t, folder)
	if err := openDisk(t, folder).List(t.Context(), func(info blob.Info) error { return errors.New(info.Key) }); err != nil {
		t.Errorf("left behind: %v", err)
	}
}

func putTooMuch(t *testing.T, folder string) {
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	_, err := openDisk(t, folder).Put(t.Context(), blob.NewKey(), bytes.NewReader(make([]byte, 3<<20)))
	if talkit.KindOf(err) != talkit.StorageFull {
		t.Errorf("%v", err)
	}
}

func TestKeysAreRandom(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		key := blob.NewKey()
		if seen[key] || len(key) < 27 || key[2] != '/' {
			t.Errorf("key %q", key)
		}
		seen[key] = true
	}
}
