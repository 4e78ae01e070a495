package audio

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"talkit"
)

// TestWaveform: a sound that grows louder, of many lengths, written in portions
// of any size.
func TestWaveform(t *testing.T) {
	t.Parallel()
	for _, samples := range []int{1, 2, 599, 600, 601, 9600, 16 * maxBins, 16*maxBins + 1, 1_000_003, 30_000_000} {
		var w Waveform
		sound := make([]byte, 0, samples*talkit.BytesPerSample)
		for i := range samples {
			sound = binary.LittleEndian.AppendUint16(sound, uint16(int16(i*32768/samples*(1-2*(i%2)))))
		}
		for rest := sound; len(rest) > 0; {
			n := min(len(rest), 1+rand.IntN(3+len(sound)/10))
			if got, err := w.Write(rest[:n]); got != n || err != nil {
				t.Fatal(got, err)
			}
			rest = rest[n:]
		}
		if cap(w.bins) > 2*maxBins {
			t.Errorf("%d samples: room for %d bins", samples, cap(w.bins))
		}
		peaks := w.Peaks()
		if len(peaks) != WaveformPeaks {
			t.Fatalf("%d samples: %d peaks", samples, len(peaks))
		}
		for i, p := range peaks {
			exact := float64(i) / WaveformPeaks * 255
			if samples >= 16*WaveformPeaks && (float64(p) < exact-2 || float64(p) > exact+3) {
				t.Fatalf("%d samples: peak %d is %d, want about %.0f", samples, i, p, exact)
			}
		}
		if last := peaks[WaveformPeaks-1]; samples > 600 && last < 250 {
			t.Errorf("%d samples: the loud end has %d", samples, last)
		}
	}
}

func TestWaveformOfNothing(t *testing.T) {
	t.Parallel()
	var none, half, silence, loud Waveform
	half.Write([]byte{1})
	silence.Write(make([]byte, 100_000))
	loud.Write(bytes.Repeat([]byte{0x00, 0x80}, 1000)) // -32768
	if none.Peaks() != nil || half.Peaks() != nil {
		t.Error("nothing has peaks")
	}
	if got := silence.Peaks(); !bytes.Equal(got, make([]byte, WaveformPeaks)) {
		t.Errorf("silence: %v", got)
	}
	if got := loud.Peaks(); !bytes.Equal(got, bytes.Repeat([]byte{255}, WaveformPeaks)) {
		t.Errorf("full scale: %v", got)
	}
}
