package transcribe

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"talkit/internal/speech/enginetest"
)

// heap writes nothing, and keeps the most memory that was in use meanwhile.
type heap struct{ written, most uint64 }

func (h *heap) Write(p []byte) (int, error) {
	const every = 64 << 20
	if h.written/every != (h.written+uint64(len(p)))/every {
		h.most = max(h.most, inUse())
	}
	h.written += uint64(len(p))
	return len(p), nil
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// TestTenHours decodes and cuts ten hours of a call in constant memory.
func TestTenHours(t *testing.T) {
	if os.Getenv("TALKIT_TEST_LONG") != "1" {
		t.Skip("left out: decodes ten hours (make test-long)")
	}
	clips := enginetest.Clips(t)
	path, clip := filepath.Join(t.TempDir(), "call.wav"), filepath.Join(t.TempDir(), "clip.pcm")
	silence := strings.Repeat("\x00", len(clips[0].PCM))
	if err := os.WriteFile(clip, append(append([]byte{}, clips[0].PCM...), silence...), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-stream_loop", "-1", "-f", "s16le", "-ar", "16000", "-i", clip,
		"-filter_complex", "asplit[a][b];[b]adelay=5000[c];[a][c]join=inputs=2:channel_layout=stereo",
		"-t", "36000", "-ar", "8000", "-c:a", "pcm_mulaw", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := inUse()
	var sound heap
	got, err := Prepare(t.Context(), path, &sound)
	if err != nil {
		t.Fatal(err)
	}
	if got.Length.Round(time.Second) != 10*time.Hour || got.Channels != 2 || len(got.Pieces) < 1200 {
		t.Errorf("%v, %d channels, %d pieces", got.Length, got.Channels, len(got.Pieces))
	}
	if grown := int64(sound.most) - int64(before); grown > 16<<20 {
		t.Errorf("%d MiB more in use", grown>>20)
	}
	t.Logf("%d MiB in use before, %d at most; %d pieces, apart: %v", before>>20, sound.most>>20, len(got.Pieces), got.Apart)
}
