// Package blob keeps the bytes of recordings, of decoded sound and of pictures:
// in a folder or in S3. A blob is written once, under a random key, and is
// either there whole or not at all.
package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"syscall"
	"time"

	"talkit"
)

// Store keeps blobs. Its methods may be called from many goroutines at once.
// An error about a blob that does not exist wraps fs.ErrNotExist; one about
// missing room is talkit.StorageFull, one about a store that does not answer
// talkit.Unavailable. Keys are those that NewKey makes.
type Store interface {
	// Put keeps all that r gives and returns how many bytes that were. When
	// it returns without an error, the blob survives a power cut. When r fails
	// or ctx ends, the error wraps that cause and nothing is left.
	Put(ctx context.Context, key string, r io.Reader) (size int64, err error)

	// Open gives a blob's bytes, which can be had as long as ctx lives.
	Open(ctx context.Context, key string) (*Blob, error)

	// Local gives a file of this machine with the blob's bytes, for a program
	// that wants a path. It must not be written to, and may be gone after
	// release, which is to be called once.
	Local(ctx context.Context, key string) (path string, release func(), err error)

	// Delete removes a blob. One that does not exist is no error.
	Delete(ctx context.Context, key string) error

	// List calls f for every blob, in no particular order, until f fails;
	// that error is returned. Blobs put or deleted meanwhile may be missed.
	List(ctx context.Context, f func(Info) error) error

	// Clean removes what Puts and Locals of dead processes left behind. It
	// disturbs no living one, on this machine or another.
	Clean(ctx context.Context) error

	// Check tells whether blobs can be kept, by keeping one and deleting it.
	Check(ctx context.Context) error

	// Close frees what the store itself holds.
	Close() error
}

// Blob is an open blob. http.ServeContent serves it with ranges.
type Blob struct {
	io.ReadSeekCloser
	Size int64 // bytes
}

// Info describes a blob in a list.
type Info struct {
	Key      string
	Size     int64     // bytes
	Modified time.Time // when it was put
}

// NewKey makes a key: 128 random bits in two parts, of which the first spreads
// blobs over 1,024 folders. It tells nothing about what is kept under it, and
// has no extension for a program to guess a format from.
func NewKey() string {
	random := strings.ToLower(rand.Text())
	return random[:2] + "/" + random[2:]
}

// rand.Text gives 26 characters "using the standard RFC 4648 base32 alphabet",
// and may give more in a later version of Go.
var keyForm = regexp.MustCompile(`^[a-z2-7]{2}/[a-z2-7]{24,62}$`)

// checkKey lets no key through that could mean something to a file system.
func checkKey(key string) error {
	if !keyForm.MatchString(key) {
		return errors.New("blob: malformed key")
	}
	return nil
}

// missing is the error for a blob that does not exist.
func missing(key string) error { return fmt.Errorf("blob %s: %w", key, fs.ErrNotExist) }

// checkStore is Check of any store.
func checkStore(ctx context.Context, s Store) error {
	key := NewKey()
	if _, err := s.Put(ctx, key, strings.NewReader("talkit checks its storage")); err != nil {
		return err
	}
	return s.Delete(ctx, key)
}

// source is what a Put reads from. It ends with ctx, counts, and remembers
// whether reading is what failed: that is not the storage's fault.
type source struct {
	ctx  context.Context
	r    io.Reader
	size int64
	err  error // other than io.EOF
}

func (s *source) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, errSource
	}
	n, err := s.r.Read(p)
	s.size += int64(n)
	if err != nil && err != io.EOF {
		s.err, err = err, errSource
	}
	return n, err
}

// errSource stands in for what the reader said. An upload broken off ends with
// io.ErrUnexpectedEOF, which minio-go takes for the end of the data: it would
// keep the part that came as if it were the whole.
var errSource = errors.New("blob: the source failed")

// failed tells people why err, which the storage gave, kept a blob from being
// kept. What the source said goes back as it was.
func (s *source) failed(err error) error {
	switch {
	case s.err != nil:
		return fmt.Errorf("blob: reading what is to be kept: %w", s.err)
	case isFull(err):
		return full(err)
	}
	return fmt.Errorf("blob: %w", err)
}

func full(cause error) error {
	return talkit.Errorf(talkit.StorageFull, "There is no room left to keep this. Whoever runs this server has to free or add space.").Because(cause)
}

// isFull tells whether a write failed for want of room: on the disk, in the
// quota, or in what the process may write to one file.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
