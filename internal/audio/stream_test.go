package audio

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestDecodeStream: what comes from a microphone gives the same samples as the
// file that it becomes, or pieces that were heard early would be of no use.
func TestDecodeStream(t *testing.T) {
	t.Parallel()
	if err := Available(); err != nil {
		if os.Getenv("TALKIT_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("left out: needs ffmpeg (make test installs it)")
	}
	for name, encode := range map[string][]string{
		"chrome.webm": {"-c:a", "libopus", "-f", "webm", "-cluster_time_limit", "250"},
		"firefox.ogg": {"-c:a", "libopus", "-f", "ogg"},
		"safari.mp4":  {"-c:a", "aac", "-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof"},
		"sound.wav":   {"-f", "wav"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			args := append([]string{"-v", "error", "-nostdin", "-f", "lavfi", "-i", "aevalsrc=0.3*sin(440*t*(1+t)):s=48000:d=7"}, encode...)
			if out, err := exec.Command("ffmpeg", append(args, path)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var whole, streamed bytes.Buffer
			if _, err := Decode(t.Context(), path, &whole); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := DecodeStream(t.Context(), file, &streamed); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(whole.Bytes(), streamed.Bytes()) {
				t.Errorf("%d bytes as a file, %d other ones as they come", whole.Len(), streamed.Len())
			}
		})
	}
}
