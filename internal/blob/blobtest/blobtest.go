// Package blobtest holds every blob store to the contract of blob.Store.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"talkit/internal/blob"
)

// Run holds the stores that open gives to the contract. Each test opens one of
// its own, empty.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"round trip": roundTrip, "ranges": ranges, "missing": missing, "malformed keys": malformedKeys,
		"a source that fails": failingSource, "a context that ends": endedContext, "list": list, "local": local,
		"many at once": manyAtOnce, "check": check, "replace": replace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// content is n bytes that repeat nowhere.
func content(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}

func put(t *testing.T, store blob.Store, data []byte) string {
	t.Helper()
	key := blob.NewKey()
	// OneByteReader's opposite: a reader that tells nothing about its size.
	size, err := store.Put(t.Context(), key, io.MultiReader(bytes.NewReader(data)))
	if err != nil || size != int64(len(data)) {
		t.Fatalf("put %d bytes: %d, %v", len(data), size, err)
	}
	return key
}

func read(t *testing.T, store blob.Store, key string) []byte {
	t.Helper()
	b, err := store.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	data, err := io.ReadAll(b)
	if err != nil || int64(len(data)) != b.Size {
		t.Fatalf("read %d of %d bytes: %v", len(data), b.Size, err)
	}
	return data
}

func keys(t *testing.T, store blob.Store) []string {
	t.Helper()
	var found []string
	err := store.List(t.Context(), func(info blob.Info) error {
		found = append(found, info.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func roundTrip(t *testing.T, store blob.Store) {
	// Around the sizes at which S3 changes from one request to parts.
	for _, size := range []int{0, 1, 4096, 1<<20 - 1, 1 << 20, 1<<20 + 1, 16 << 20, 16<<20 + 1, 33 << 20} {
		data := content(size)
		key := put(t, store, data)
		if !bytes.Equal(read(t, store, key), data) {
			t.Errorf("%d bytes came back as others", size)
		}
		if err := store.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	if left := keys(t, store); len(left) != 0 {
		t.Errorf("left after deleting: %v", left)
	}
}

func replace(t *testing.T, store blob.Store) {
	key := put(t, store, []byte("before, and longer"))
	if _, err := store.Put(t.Context(), key, strings.NewReader("after")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, store, key); string(got) != "after" {
		t.Errorf("%q", got)
	}
}

func ranges(t *testing.T, store blob.Store) {
	data := content(3 << 20)
	b, err := store.Open(t.Context(), put(t, store, data))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, c := range []struct {
		header string
		status int
		want   []byte
	}{
		{"", 200, data}, {"bytes=0-0", 206, data[:1]}, {"bytes=1000000-1999999", 206, data[1000000:2000000]},
		{"bytes=-5", 206, data[len(data)-5:]}, {"bytes=3145727-", 206, data[3145727:]}, {"bytes=3145728-", 416, nil},
		{"bytes=500-999", 206, data[500:1000]},
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		if c.header != "" {
			request.Header.Set("Range", c.header)
		}
		answer := httptest.NewRecorder()
		http.ServeContent(answer, request, "", time.Time{}, b)
		if answer.Code != c.status || (c.want != nil && !bytes.Equal(answer.Body.Bytes(), c.want)) {
			t.Errorf("%q: %d with %d bytes", c.header, answer.Code, answer.Body.Len())
		}
	}
}

func missing(t *testing.T, store blob.Store) {
	key := blob.NewKey()
	if _, err := store.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v", err)
	}
	if _, _, err := store.Local(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("local: %v", err)
	}
	if err := store.Delete(t.Context(), key); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func malformedKeys(t *testing.T, store blob.Store) {
	good := blob.NewKey()
	for _, key := range []string{"", "/", ".", "..", "../" + good, "/" + good, good + "/", good + "/..", good[:3] + "../" + good[3:],
		good[3:], good + ".mp3", strings.ToUpper(good), good + "\n", good + "\x00", strings.Replace(good, "/", "\\", 1), "tmp/" + good[3:]} {
		if _, err := store.Put(t.Context(), key, strings.NewReader("x")); err == nil {
			t.Errorf("put %q", key)
		}
		if _, err := store.Open(t.Context(), key); err == nil {
			t.Errorf("open %q", key)
		}
		if _, _, err := store.Local(t.Context(), key); err == nil {
			t.Errorf("local %q", key)
		}
		if err := store.Delete(t.Context(), key); err == nil {
			t.Errorf("delete %q", key)
		}
	}
}

var errBroken = errors.New("the line went dead")

func failingSource(t *testing.T, store blob.Store) {
	// An upload broken off ends with io.ErrUnexpectedEOF, and must not be
	// taken for the whole.
	for _, cause := range []error{errBroken, io.ErrUnexpectedEOF, io.ErrClosedPipe} {
		for _, size := range []int{0, 1, 1 << 20, 17 << 20} {
			key := blob.NewKey()
			broken := io.MultiReader(bytes.NewReader(content(size)), iotest.ErrReader(cause))
			if _, err := store.Put(t.Context(), key, broken); !errors.Is(err, cause) {
				t.Errorf("%v after %d bytes: %v", cause, size, err)
			}
			if _, err := store.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v after %d bytes: something is there: %v", cause, size, err)
			}
		}
	}
	checkNothingLeft(t, store)
}

func endedContext(t *testing.T, store blob.Store) {
	for _, size := range []int{0, 1, 17 << 20} {
		ctx, cancel := context.WithCancel(t.Context())
		key := blob.NewKey()
		ends := readerFunc(func([]byte) (int, error) { cancel(); return 0, nil })
		if _, err := store.Put(ctx, key, io.MultiReader(bytes.NewReader(content(size)), ends)); !errors.Is(err, context.Canceled) {
			t.Errorf("after %d bytes: %v", size, err)
		}
		if _, err := store.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after %d bytes: something is there: %v", size, err)
		}
	}
	checkNothingLeft(t, store)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func checkNothingLeft(t *testing.T, store blob.Store) {
	t.Helper()
	if left := keys(t, store); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func list(t *testing.T, store blob.Store) {
	began := time.Now().Add(-5 * time.Second) // S3 gives whole seconds
	var want []string
	for size := range 12 {
		want = append(want, put(t, store, content(size)))
	}
	slices.Sort(want)
	if got := keys(t, store); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	calls := 0
	err := store.List(t.Context(), func(info blob.Info) error {
		calls++
		if info.Modified.Before(began) || info.Size < 0 || info.Size > 11 {
			t.Errorf("%+v", info)
		}
		return errBroken
	})
	if calls != 1 || !errors.Is(err, errBroken) {
		t.Errorf("a list broken off: %d calls, %v", calls, err)
	}
}

func local(t *testing.T, store blob.Store) {
	data := content(2 << 20)
	path, release, err := store.Local(t.Context(), put(t, store, data))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Clean(t.Context()); err != nil { // takes nothing that is in use
		t.Error(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	release()
}

func manyAtOnce(t *testing.T, store blob.Store) {
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			data, key := content(200_000+n), blob.NewKey()
			if _, err := store.Put(t.Context(), key, bytes.NewReader(data)); err != nil {
				t.Error(err)
				return
			}
			if !bytes.Equal(read(t, store, key), data) {
				t.Error("other bytes came back")
			}
		})
	}
	all.Wait()
	if found := keys(t, store); len(found) != 8 {
		t.Errorf("%d blobs", len(found))
	}
}

func check(t *testing.T, store blob.Store) {
	if err := store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := store.Clean(t.Context()); err != nil {
		t.Error(err)
	}
	checkNothingLeft(t, store)
}
