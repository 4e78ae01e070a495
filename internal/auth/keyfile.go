package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// SecretKeyFile is the name, in the data folder, of the file that keeps the
// sealing key when TALKIT_SECRET_KEY is not set. It may hold several, like the
// variable.
const SecretKeyFile = "secret.key"

// LoadSealer makes the sealer from the value of TALKIT_SECRET_KEY, or, when
// that is empty, from the key file in folder, which it creates at the first
// use. The folder must exist.
func LoadSealer(secretKey, folder string) (*Sealer, error) {
	if secretKey != "" {
		sealer, err := NewSealer(secretKey)
		if err != nil {
			return nil, fmt.Errorf("TALKIT_SECRET_KEY: %w", err)
		}
		return sealer, nil
	}
	path := filepath.Join(folder, SecretKeyFile)
	keys, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createKeyFile(path); err == nil {
			keys, err = readKeyFile(path)
		}
	}
	if err != nil {
		return nil, err
	}
	sealer, err := NewSealer(keys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return sealer, nil
}

func readKeyFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others (mode %04o): run \"chmod 600 %s\", and if others are on this machine put a new key in front of it",
			path, info.Mode().Perm(), path)
	}
	content, err := io.ReadAll(io.LimitReader(f, 64<<10))
	return string(content), err
}

// createKeyFile puts a new key under path, whole and on the disk, or nothing.
// It links instead of renaming: of two processes that start at the same time
// the second must not replace the key the first may have sealed with already.
func createKeyFile(path string) error {
	key := make([]byte, 32)
	rand.Read(key)                                              // never fails (crypto/rand)
	temp, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
