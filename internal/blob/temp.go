package blob

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// tempFolder is where files are kept that are not finished, one folder for all,
// so that finding leftovers does not mean walking through every blob.
const tempFolder = "tmp"

// newTemp makes an empty file in the root's temp folder. Its flock marks it as
// in use: it goes when the file is closed, which a dying process cannot help,
// so an unlocked file is a leftover at once, whatever its age.
func newTemp(root *os.Root) (*os.File, string, error) {
	for {
		name := tempFolder + "/" + rand.Text()
		f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		lost, err := lockTemp(f)
		if err == nil && !lost {
			return f, name, nil
		}
		f.Close()
		if err != nil {
			return nil, "", errors.Join(err, root.Remove(name))
		}
	}
}

// lockTemp locks f. It is lost when someone cleaned up between its making and
// its locking.
func lockTemp(f *os.File) (lost bool, err error) {
	if err := flock(f, unix.LOCK_EX); err != nil {
		return false, err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &stat); err != nil {
		return false, err
	}
	return stat.Nlink == 0, nil
}

func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); err != unix.EINTR {
			return err
		}
	}
}

// cleanTemp removes the temp files that nobody holds.
func cleanTemp(root *os.Root) error {
	dir, err := root.Open(tempFolder)
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		err = errors.Join(err, removeIfLeft(root, tempFolder+"/"+name))
	}
	return err
}

func removeIfLeft(root *os.Root, name string) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := flock(f, unix.LOCK_EX|unix.LOCK_NB); err == unix.EWOULDBLOCK {
		return nil
	} else if err != nil {
		return err
	}
	// A temp file that was renamed meanwhile is a blob now, and no longer here.
	if err := root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
