package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"talkit"
)

// s3PartSize is how much of a blob is kept in memory while it is put. minio-go's
// own choice, for a size it is not told, is half a gigabyte.
const s3PartSize = 16 << 20

// s3Abandoned is the age at which an upload to S3 counts as left behind by a
// dead process. S3 knows no lock that could tell; none of ours takes a day.
const s3Abandoned = 24 * time.Hour

// S3 keeps blobs in a bucket, under a prefix.
type S3 struct {
	client *minio.Client
	bucket string
	prefix string   // "" or with a slash at its end
	local  *os.Root // for the copies that Local makes
}

// Put implements Store. S3 shows an object only once it is whole and safe.
func (s *S3) Put(ctx context.Context, key string, r io.Reader) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	from := &source{ctx: ctx, r: r}
	if err := s.put(ctx, key, from); err != nil {
		return 0, putFailed(ctx, from, err)
	}
	return from.size, nil
}

// s3SmallSize is what is read before the kind of request is chosen.
const s3SmallSize = 1 << 20

// put sends what is small in one request, and needs no part's memory for it.
func (s *S3) put(ctx context.Context, key string, from io.Reader) error {
	var start bytes.Buffer
	n, err := io.CopyN(&start, from, s3SmallSize)
	body, size := io.Reader(&start), n
	switch {
	case err == nil:
		body, size = io.MultiReader(&start, from), -1
	case err != io.EOF:
		return err
	}
	_, err = s.client.PutObject(ctx, s.bucket, s.prefix+key, body, size,
		minio.PutObjectOptions{PartSize: s3PartSize, ContentType: "application/octet-stream"})
	return err
}

func putFailed(ctx context.Context, from *source, err error) error {
	var response minio.ErrorResponse
	switch {
	case from.err != nil || isFull(err):
		return from.failed(err)
	case ctx.Err() != nil:
		return fmt.Errorf("blob: %w", ctx.Err())
	case errors.As(err, &response) && (response.StatusCode == http.StatusInsufficientStorage || slices.Contains(s3FullCodes, response.Code)):
		return full(err)
	}
	return s3Error("", err)
}

// s3FullCodes are what S3 servers other than Amazon's say when they are full.
var s3FullCodes = []string{"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}

// Open implements Store.
func (s *S3) Open(ctx context.Context, key string) (*Blob, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	// The size is asked for by itself: Object.Stat gives what is left to read.
	info, err := s.client.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return nil, s3Error(key, err)
	}
	object, err := s.client.GetObject(ctx, s.bucket, s.prefix+key, minio.GetObjectOptions{})
	if err != nil {
		return nil, s3Error(key, err)
	}
	return &Blob{object, info.Size}, nil
}

// Local implements Store with a copy, which release deletes.
func (s *S3) Local(ctx context.Context, key string) (string, func(), error) {
	blob, err := s.Open(ctx, key)
	if err != nil {
		return "", nil, err
	}
	defer blob.Close()
	temp, name, err := newTemp(s.local)
	if err != nil {
		return "", nil, err
	}
	release := func() {
		s.local.Remove(name)
		temp.Close()
	}
	from := &source{ctx: ctx, r: blob}
	if _, err := io.Copy(temp, from); err != nil {
		release()
		return "", nil, from.failed(err)
	}
	return filepath.Join(s.local.Name(), filepath.FromSlash(name)), release, nil
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := s3Error(key, s.client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{}))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// List implements Store.
func (s *S3) List(ctx context.Context, f func(Info) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing when f fails
	for object := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true}) {
		if object.Err != nil {
			return s3Error("", object.Err)
		}
		key := strings.TrimPrefix(object.Key, s.prefix)
		if checkKey(key) != nil {
			continue // not ours
		}
		if err := f(Info{key, object.Size, object.LastModified}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Clean implements Store.
func (s *S3) Clean(ctx context.Context) error { return s.cleanOlder(ctx, s3Abandoned) }

func (s *S3) cleanOlder(ctx context.Context, age time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	core := minio.Core{Client: s.client}
	for upload := range s.client.ListIncompleteUploads(ctx, s.bucket, s.prefix, true) {
		if upload.Err != nil {
			return s3Error("", upload.Err)
		}
		if checkKey(strings.TrimPrefix(upload.Key, s.prefix)) != nil || time.Since(upload.Initiated) < age {
			continue
		}
		if err := core.AbortMultipartUpload(ctx, s.bucket, upload.Key, upload.UploadID); err != nil {
			return s3Error("", err)
		}
	}
	return errors.Join(ctx.Err(), cleanTemp(s.local))
}

// Check implements Store.
func (s *S3) Check(ctx context.Context) error { return checkStore(ctx, s) }

// Close implements Store.
func (s *S3) Close() error { return s.local.Close() }

// s3Error tells apart what callers do: a blob that does not exist, a store that
// does not answer, and what only its operator can mend.
func s3Error(key string, err error) error {
	var response minio.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &response) && response.Code == minio.NoSuchKey:
		return missing(key)
	case response.StatusCode != 0 && response.StatusCode < http.StatusInternalServerError && response.StatusCode != http.StatusTooManyRequests:
		return fmt.Errorf("blob: S3: %w", err)
	}
	unavailable := talkit.Errorf(talkit.Unavailable, "The storage does not answer. Try again in a moment.").Because(err)
	unavailable.RetryAfter = 5 * time.Second
	return unavailable
}
