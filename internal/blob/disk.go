package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Disk keeps blobs in a folder. Nothing outside it can be reached, not even
// through a symbolic link in it.
type Disk struct{ root *os.Root }

// OpenDisk opens a folder of blobs, making it where it is missing, and removes
// what dead processes left behind in it.
func OpenDisk(folder string) (*Disk, error) {
	root, err := openFolder(folder)
	if err != nil {
		return nil, err
	}
	return &Disk{root}, nil
}

// openFolder opens a folder with a clean temp folder in it.
func openFolder(folder string) (*os.Root, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	if err := root.Mkdir(tempFolder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, errors.Join(err, root.Close())
	}
	if err := cleanTemp(root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// Put implements Store. The bytes are on the disk before the name is, and the
// name before Put returns.
func (d *Disk) Put(ctx context.Context, key string, r io.Reader) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	from := &source{ctx: ctx, r: r}
	if err := d.put(key, from); err != nil {
		return 0, from.failed(err)
	}
	return from.size, nil
}

func (d *Disk) put(key string, from io.Reader) error {
	temp, name, err := newTemp(d.root)
	if err != nil {
		return err
	}
	defer temp.Close() // lets go of the lock, so last
	if _, err = io.Copy(temp, from); err == nil {
		err = temp.Sync()
	}
	if err == nil {
		err = d.moveTo(name, key)
	}
	if err != nil {
		d.root.Remove(name)
	}
	return err
}

func (d *Disk) moveTo(name, key string) error {
	shard := path.Dir(key)
	err := d.root.Mkdir(shard, 0o700)
	if err == nil {
		err = d.sync(".") // the new folder's own name
	} else if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if err := d.root.Rename(name, key); err != nil {
		return err
	}
	if err := d.sync(shard); err != nil {
		return errors.Join(err, d.root.Remove(key))
	}
	return nil
}

func (d *Disk) sync(folder string) error {
	dir, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Open implements Store.
func (d *Disk) Open(_ context.Context, key string) (*Blob, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	f, err := d.root.Open(key)
	if err != nil {
		return nil, notThere(key, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Blob{f, info.Size()}, nil
}

func notThere(key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return missing(key)
	}
	return err
}

// Local implements Store with the file itself.
func (d *Disk) Local(_ context.Context, key string) (string, func(), error) {
	if err := checkKey(key); err != nil {
		return "", nil, err
	}
	if _, err := d.root.Stat(key); err != nil {
		return "", nil, notThere(key, err)
	}
	return filepath.Join(d.root.Name(), filepath.FromSlash(key)), func() {}, nil
}

// Delete implements Store.
func (d *Disk) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := d.root.Remove(key); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// List implements Store.
func (d *Disk) List(ctx context.Context, f func(Info) error) error {
	return fs.WalkDir(d.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // deleted meanwhile
		case err != nil:
			return err
		case entry.IsDir() && name == tempFolder:
			return fs.SkipDir
		case entry.IsDir() || checkKey(name) != nil:
			return ctx.Err()
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return f(Info{name, info.Size(), info.ModTime()})
	})
}

// Clean implements Store.
func (d *Disk) Clean(context.Context) error { return cleanTemp(d.root) }

// Check implements Store.
func (d *Disk) Check(ctx context.Context) error { return checkStore(ctx, d) }

// Close implements Store.
func (d *Disk) Close() error { return d.root.Close() }
