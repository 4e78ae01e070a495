package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"talkit"
)

// S3 is tested against versitygw, a real server: fakes have lied about
// multipart uploads.
const (
	testAccess = "talkit-test"
	testSecret = "talkit-test-secret"
	testBucket = "talkit"
)

func testCredentials() *credentials.Credentials {
	return credentials.NewStaticV4(testAccess, testSecret, "")
}

// findGateway gives the path of versitygw, or leaves the test out.
func findGateway(t *testing.T) string {
	t.Helper()
	if tools := os.Getenv("TALKIT_TOOLS"); tools != "" {
		if path := filepath.Join(tools, "versitygw"); exec.Command(path, "--version").Run() == nil {
			return path
		}
	}
	path, err := exec.LookPath("versitygw")
	if err == nil {
		return path
	}
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatal("versitygw is missing in TALKIT_TOOLS and PATH: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0")
	}
	t.Skip("left out: needs versitygw (make test installs it)")
	return ""
}

// startGateway serves an empty bucket until the test ends and returns the
// address to reach it at.
func startGateway(t *testing.T) string {
	t.Helper()
	program := findGateway(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	var output bytes.Buffer
	gateway := exec.Command(program, "--access", testAccess, "--secret", testSecret, "--port", address, "--quiet", "posix", t.TempDir())
	gateway.Stdout, gateway.Stderr = &output, &output
	if err := gateway.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		gateway.Process.Kill()
		gateway.Wait()
		if t.Failed() {
			t.Logf("versitygw: %s", output.String())
		}
	})
	makeBucket(t, address)
	return address
}

func makeBucket(t *testing.T, address string) {
	t.Helper()
	client, err := minio.New(address, &minio.Options{Creds: testCredentials(), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		if err = client.MakeBucket(t.Context(), testBucket, minio.MakeBucketOptions{}); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("versitygw does not answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func openTestS3(t *testing.T, address, bucket string) *S3 {
	t.Helper()
	store, err := OpenS3("s3://"+bucket+"/"+strings.ToLower(rand.Text())+"?endpoint=http://"+address, t.TempDir(), testCredentials())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// NewS3ForTest serves the conformance suite, which this package cannot import.
func NewS3ForTest(t *testing.T) func(*testing.T) Store {
	address := startGateway(t)
	return func(t *testing.T) Store {
		store := openTestS3(t, address, testBucket)
		t.Cleanup(func() { checkNoUploads(t, store) })
		return store
	}
}

func uploads(t *testing.T, store *S3) (found []string) {
	t.Helper()
	for upload := range store.client.ListIncompleteUploads(context.Background(), store.bucket, store.prefix, true) {
		if upload.Err != nil {
			t.Fatal(upload.Err)
		}
		found = append(found, upload.Key)
	}
	return found
}

func checkNoUploads(t *testing.T, store *S3) {
	t.Helper()
	if left := uploads(t, store); len(left) != 0 {
		t.Errorf("uploads left behind: %v", left)
	}
}

func TestS3CleansUpAfterTheDead(t *testing.T) {
	t.Parallel()
	store := openTestS3(t, startGateway(t), testBucket)
	core := minio.Core{Client: store.client}
	if _, err := core.NewMultipartUpload(t.Context(), store.bucket, store.prefix+NewKey(), minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := store.Clean(t.Context()); err != nil || len(uploads(t, store)) != 1 {
		t.Errorf("an upload that may still go on: %v, %v", uploads(t, store), err)
	}
	if err := store.cleanOlder(t.Context(), 0); err != nil {
		t.Error(err)
	}
	checkNoUploads(t, store)
}

func TestS3LocalCopyGoesWithRelease(t *testing.T) {
	t.Parallel()
	store := openTestS3(t, startGateway(t), testBucket)
	key := NewKey()
	if _, err := store.Put(t.Context(), key, strings.NewReader("sound")); err != nil {
		t.Fatal(err)
	}
	path, release, err := store.Local(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after release: %v", err)
	}
}

// A wrong bucket is for the operator, a server that is away is for trying again.
func TestS3Faults(t *testing.T) {
	t.Parallel()
	address := startGateway(t)
	wrong := openTestS3(t, address, "no-such-bucket")
	if err := wrong.Check(t.Context()); talkit.KindOf(err) != talkit.Internal || !strings.Contains(err.Error(), "bucket") {
		t.Errorf("a wrong bucket: %v", err)
	}
	refused, err := OpenS3("s3://"+testBucket+"?endpoint=http://"+address, t.TempDir(), credentials.NewStaticV4(testAccess, "wrong", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer refused.Close()
	if err := refused.Check(t.Context()); talkit.KindOf(err) != talkit.Internal {
		t.Errorf("a wrong secret: %v", err)
	}
}

func TestS3Away(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	store := openTestS3(t, listener.Addr().String(), testBucket)
	if _, err := store.Put(t.Context(), NewKey(), strings.NewReader("x")); talkit.KindOf(err) != talkit.Unavailable {
		t.Errorf("put: %v", err)
	}
	if _, err := store.Open(t.Context(), NewKey()); talkit.KindOf(err) != talkit.Unavailable {
		t.Errorf("open: %v", err)
	}
}

func TestS3Full(t *testing.T) {
	t.Parallel()
	for _, response := range []minio.ErrorResponse{{StatusCode: 507}, {StatusCode: 403, Code: "QuotaExceeded"}} {
		if err := putFailed(t.Context(), &source{}, response); talkit.KindOf(err) != talkit.StorageFull {
			t.Errorf("%+v: %v", response, err)
		}
	}
	for _, code := range []int{500, 503, 429} {
		if err := putFailed(t.Context(), &source{}, minio.ErrorResponse{StatusCode: code}); talkit.KindOf(err) != talkit.Unavailable {
			t.Errorf("%d: %v", code, err)
		}
	}
	if err := putFailed(t.Context(), &source{err: io.ErrUnexpectedEOF}, errSource); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}
