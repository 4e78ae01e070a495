package bench

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/speech/enginetest"
	"talkit/internal/transcribe"
)

// TestTwoOnTwoChannels: what each says stands once, on their channel, however
// much of it the other channel hears as well.
func TestTwoOnTwoChannels(t *testing.T) {
	t.Parallel()
	engine := installedEngine(t)
	clips := enginetest.Clips(t)
	one, other := clips[0], clips[1]
	for _, c := range []struct {
		name      string
		crossover float64 // of full scale
		late      int     // samples
		room      float64 // noise in each microphone
	}{
		{"a line, -30 dB", 0.032, 0, 0},
		{"a line, -20 dB", 0.1, 0, 0},
		{"a line, -12 dB", 0.25, 0, 0},
		{"two microphones, 3 ms apart, -14 dB", 0.2, 48, 0.001},
	} {
		path := filepath.Join(t.TempDir(), "call.wav")
		if err := os.WriteFile(path, call(one.PCM, other.PCM, c.crossover, c.late, c.room), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := transcribe.File(t.Context(), engine, path, transcribe.Options{Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		var said [3]strings.Builder
		for _, s := range result.Segments {
			channel := 0
			if s.Channel != nil {
				channel = *s.Channel
			}
			said[channel].WriteString(" " + s.Text)
		}
		for channel, clip := range map[int]enginetest.Clip{1: one, 2: other} {
			wrong, of := WordErrors(clip.Text, said[channel].String())
			if 4*wrong > of {
				t.Errorf("%s: channel %d says %q, not %q; all: %q", c.name, channel, said[channel].String(), clip.Text, result.Segments.Text())
			}
		}
	}
}

// call is a WAV file in which one speaks on the first channel, and then the
// other on the second.
func call(one, other []byte, crossover float64, late int, room float64) []byte {
	const pause = talkit.SampleRate
	frames := len(one)/2 + pause + len(other)/2 + pause
	noise := enginetest.Noise(frames/talkit.SampleRate + 2) // at 0.1
	at := func(channel, i int) float64 {
		pcm, i := one, i
		if channel == 1 {
			pcm, i = other, i-len(one)/2-pause
		}
		if i < 0 || 2*i+1 >= len(pcm) {
			return 0
		}
		return float64(int16(binary.LittleEndian.Uint16(pcm[2*i:])))
	}
	size := uint32(4 * frames)
	wav := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x80\x3e\x00\x00\x00\xfa\x00\x00\x04\x00\x10\x00data")
	binary.LittleEndian.PutUint32(wav[4:], 36+size)
	wav = binary.LittleEndian.AppendUint32(wav, size)
	for i := range frames {
		for channel := range 2 {
			hiss := float64(int16(binary.LittleEndian.Uint16(noise[2*(i+channel*talkit.SampleRate/2):]))) * room * 10
			v := 0.8*(at(channel, i)+crossover*at(1-channel, i-late)) + hiss
			wav = binary.LittleEndian.AppendUint16(wav, uint16(int16(v)))
		}
	}
	return wav
}
