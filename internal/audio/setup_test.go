package audio

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"talkit"
)

// needFFmpeg leaves a test out where ffmpeg is not installed.
func needFFmpeg(t *testing.T) {
	t.Helper()
	if err := Available(); err != nil {
		leaveOut(t, "ffmpeg (make test installs it; by hand: apt install ffmpeg)")
	}
}

func leaveOut(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatal("missing: " + what)
	}
	t.Skip("left out: needs " + what)
}

// speech is the path of a file of the shared speech data, which lies beside
// the repository.
func speech(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", "testdata", "speech", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("left out: needs ../shared/testdata/speech beside the repository")
	}
	return path
}

// ffmpeg makes a file in a fresh folder, under a name without an extension,
// as the server stores them.
func ffmpeg(t *testing.T, format string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made")
	args = append([]string{"-v", "error", "-nostdin"}, args...)
	out, err := exec.CommandContext(t.Context(), "ffmpeg", append(args, "-f", format, path)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, out)
	}
	return path
}

func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "written")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func decodeAll(ctx context.Context, path string) ([]byte, error) {
	var pcm bytes.Buffer
	_, err := Decode(ctx, path, &pcm)
	return pcm.Bytes(), err
}

// wantKind checks that err has words for people, of a kind.
func wantKind(t *testing.T, err error, kind talkit.Kind) {
	t.Helper()
	if e, ok := errors.AsType[*talkit.Error](err); !ok || e.Kind != kind {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
}
