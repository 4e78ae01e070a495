package audio

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
		"stereo.webm": {"-ac", "2", "-c:a", "libopus", "-f", "webm", "-cluster_time_limit", "250"},
		"stereo.mp4":  {"-ac", "2", "-c:a", "aac", "-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			args := append([]string{"-v", "error", "-nostdin", "-f", "lavfi", "-i", "aevalsrc=0.3*sin(440*t*(1+t))|0.2*sin(440*t*(1+t)+1):s=48000:d=7", "-ac", "1"}, encode...)
			if out, err := exec.Command("ffmpeg", append(args, path)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var whole, streamed bytes.Buffer
			channels := 0
			if _, err := DecodeChannels(t.Context(), path, func(n int) io.Writer { channels = n; return &whole }); err != nil {
				t.Fatal(err)
			}
			want := whole.Bytes()
			if channels == 2 {
				want = Channel(want, 0)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := DecodeStream(t.Context(), file, &streamed); err != nil {
				t.Fatal(err)
			}
			if stereo := strings.HasPrefix(name, "stereo"); stereo != (channels == 2) || !bytes.Equal(want, streamed.Bytes()) {
				t.Errorf("%d bytes as a file of %d channels, %d other ones as they come", len(want), channels, streamed.Len())
			}
		})
	}
}
