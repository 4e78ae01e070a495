package enginetest

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// Clip is some seconds of English, with what is said in them.
type Clip struct {
	Text string
	PCM  []byte // as speech.Piece has it
}

// Heard is the share of the clip's words that are in text.
func (c Clip) Heard(text string) float64 {
	heard := map[string]bool{}
	for _, word := range words(text) {
		heard[word] = true
	}
	said, found := words(c.Text), 0
	for _, word := range said {
		if heard[word] {
			found++
		}
	}
	return float64(found) / float64(len(said))
}

func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
}

// The speech data shared between checkouts lies beside the repository; where
// it doesn't, Debian's pocketsphinx-testdata has clips too.
var (
	sharedClips = map[string]string{
		"misc_jfk.wav":       "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
		"lj_LJ001-0004.flac": "produced the block books, which were the immediate predecessors of the true printed book,",
		"lj_LJ001-0006.flac": "And it is worth mention in passing that, as an example of fine typography,",
	}
	debianFolder = "/usr/share/pocketsphinx/test/data/librivox"
	debianClips  = map[string]string{
		"sense_and_sensibility_01_austen_64kb-0880.wav": "he was not an ill disposed young man",
		"sense_and_sensibility_01_austen_64kb-0890.wav": "unless to be rather cold hearted and rather selfish is to be ill disposed",
	}
)

// Clips are two clips or more.
func Clips(t *testing.T) []Clip {
	t.Helper()
	folder, texts := filepath.Join(root(t), "..", "shared", "testdata", "speech"), sharedClips
	if _, err := os.Stat(folder); err != nil {
		folder, texts = debianFolder, debianClips
	}
	if _, err := os.Stat(folder); err != nil {
		LeaveOut(t, "recorded speech (apt install pocketsphinx-testdata)")
	}
	var clips []Clip
	for name, text := range texts {
		clips = append(clips, Clip{text, Decode(t, filepath.Join(folder, name))})
	}
	return clips
}

// Decode reads a file's sound with ffmpeg.
func Decode(t *testing.T, path string) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		LeaveOut(t, "ffmpeg (apt install ffmpeg)")
	}
	pcm, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-i", path,
		"-ac", "1", "-ar", "16000", "-f", "s16le", "-").Output()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v", path, err)
	}
	return pcm
}

// LeaveOut skips a test for want of something, unless all tests are to run.
func LeaveOut(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatal("missing: " + what)
	}
	t.Skip("left out: needs " + what + "; make test installs it")
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above the test")
	return ""
}

// Noise is white noise, the same each time.
func Noise(seconds int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	return synthesize(seconds, func(int) float64 { return 0.1 * random.NormFloat64() })
}

// Tone is a 440 Hz sine.
func Tone(seconds int) []byte {
	return synthesize(seconds, func(i int) float64 { return 0.3 * math.Sin(2*math.Pi*440*float64(i)/16_000) })
}

func synthesize(seconds int, at func(i int) float64) []byte {
	var pcm bytes.Buffer
	for i := range seconds * 16_000 {
		sample := int16(32767 * max(-1, min(1, at(i))))
		_ = binary.Write(&pcm, binary.LittleEndian, sample) // a Buffer takes all
	}
	return pcm.Bytes()
}
