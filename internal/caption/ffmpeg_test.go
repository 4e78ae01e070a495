package caption

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"talkit"
)

// hostile is what somebody might dictate or type to break a player.
func hostile() talkit.Segments {
	segments := talkit.Segments{}
	for i, text := range []string{
		"--> 00:00:01.000 --> 00:00:02.000 -->", "a < b > c && d &lt;b&gt; &amp; &nbsp;", "<v Bob>not Bob</v> <i>x</i> <script>", "WEBVTT\n\nNOTE this\n\nSTYLE ::cue {x}",
		"1\n\n2\r\n\r\n00:00:09,000 --> 00:00:10,000\r\nx", "\ufeffwith a mark", "7", "שלום עולם, مرحبا بالعالم؟ yes", "\u202eright to left\u202c and back",
		strings.Repeat("x", 500), "{\\an8}top {b} [x] (y)", "e\u0301\u0301\u0301 👩‍👩‍👧‍👧 🇩🇪", "会議は来週の月曜日に行います。", "a\u2028b\u0085c", "\\n \\h \\N", "-", "'", "C:\\new",
	} {
		segments = append(segments, spoken(float64(10*i), float64(10*i+4), text))
	}
	one, ada := 1, "Ada <b> & \n Co"
	segments[2].Channel, segments[3].Speaker = &one, &ada
	return segments
}

// TestFFmpegReadsThem: an independent reader finds the cues that were written,
// each with its times and its text.
func TestFFmpegReadsThem(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("TALKIT_TEST_ALL") == "1" {
			t.Fatal("missing: ffmpeg (make test installs it; by hand: apt install ffmpeg)")
		}
		t.Skip("left out: needs ffmpeg (make test installs it)")
	}
	for name, segments := range map[string]talkit.Segments{"note": note(), "hostile": hostile()} {
		for file, content := range map[string]string{name + ".srt": SRT(segments), name + ".vtt": WebVTT(segments)} {
			path := filepath.Join(t.TempDir(), file)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-f", "srt", "-").CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v: %s", file, err, out)
			}
			want := cues(segments)
			got := read(strings.ReplaceAll(string(out), "\r\n", "\n"))
			if len(got) != len(want) {
				t.Errorf("%s: ffmpeg reads %d cues of %d:\n%s", file, len(got), len(want), out)
				continue
			}
			for i, c := range want {
				shown := strings.Join(c.lines, "\n")
				if strings.HasSuffix(file, ".srt") {
					shown = srtText.Replace(shown)
				}
				if strings.HasSuffix(file, ".vtt") && strings.Contains(shown, `\`) {
					continue // WebVTT knows no backslash, ffmpeg does
				}
				times := fmt.Sprintf("%s --> %s", stamp(c.start, ','), stamp(c.end, ','))
				if got[i].times != times || got[i].text != seen(shown) {
					t.Errorf("%s: cue %d: %q at %s, want %q at %s", file, i, got[i].text, got[i].times, seen(shown), times)
				}
			}
		}
	}
}

// seen leaves out the white space at the ends.
func seen(text string) string { return strings.TrimSpace(text) }

type readCue struct{ times, text string }

var srtCue = regexp.MustCompile(`(?m)^\d+\n(\d\d:\d\d:\d\d,\d\d\d --> \d\d:\d\d:\d\d,\d\d\d)\n`)

// read takes apart the SubRip that ffmpeg writes, in which braces are escaped.
func read(srt string) []readCue {
	var all []readCue
	at := srtCue.FindAllStringSubmatchIndex(srt, -1)
	for i, m := range at {
		end := len(srt)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		text := strings.NewReplacer(`\{`, "{", `\}`, "}").Replace(srt[m[1]:end])
		all = append(all, readCue{srt[m[2]:m[3]], seen(text)})
	}
	return all
}
