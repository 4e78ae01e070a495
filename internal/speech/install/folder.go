package install

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"talkit"
)

// lock makes dir and takes its lock, which the kernel gives back even when we
// are killed. It waits for whoever holds it until ctx ends.
func lock(ctx context.Context, dir string, progress Progress) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Join(dir, "models"), 0o755); err != nil {
		return nil, unwritable(dir, err)
	}
	file, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			_ = file.Close()
			return nil, unwritable(dir, err)
		}
		progress("waiting for another installation", 0, 0)
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, context.Cause(ctx)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// margin is what an installation leaves free, in bytes.
const margin = 64 << 20

// enoughRoom refuses to begin what a disk has no room for. What cannot be found
// out refuses nothing.
func enoughRoom(dir string, bytes int64) error {
	free, ok := freeBytes(dir)
	if !ok || bytes+margin <= free {
		return nil
	}
	return talkit.Errorf(talkit.StorageFull, "There is no room in %s: %d MB are needed and %d MB are free. Free some, or put "+
		"the engines elsewhere (TALKIT_ENGINES).", dir, (bytes+margin)/1_000_000, free/1_000_000)
}

// sweep removes what broken installations left behind, and environments no
// longer in use. Whoever calls it holds the lock, so nobody is making any.
func sweep(dir string) {
	inUse, _ := os.Readlink(filepath.Join(dir, "whisper"))
	environments, _ := filepath.Glob(filepath.Join(dir, "whisper-*"))
	for _, path := range environments {
		if filepath.Base(path) != inUse {
			_ = os.RemoveAll(path)
		}
	}
	models, _ := os.ReadDir(filepath.Join(dir, "models"))
	for _, entry := range models {
		if strings.HasPrefix(entry.Name(), ".new-") || isStale(entry) {
			_ = os.RemoveAll(filepath.Join(dir, "models", entry.Name()))
		}
	}
}

// keepParts is how long what has come of a download waits to be gone on with.
const keepParts = 7 * 24 * time.Hour

func isStale(part fs.DirEntry) bool {
	info, err := part.Info()
	return err == nil && strings.HasPrefix(part.Name(), ".part-") && time.Since(info.ModTime()) > keepParts
}

// watchGrowth reports how many bytes there are in dir, twice a second, until
// stop is called: pip itself cannot be asked before version 24.1.
func watchGrowth(dir, step string, total int64, progress Progress) (stop func()) {
	progress(step, 0, total)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(500 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
				size := diskUsage(dir)
				if total > 0 {
					size = min(size, total)
				}
				progress(step, size, total)
			}
		}
	}()
	return func() { close(quit); <-done }
}

func diskUsage(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // gone meanwhile, or nothing to count
		}
		if info, err := entry.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
