package audio

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"talkit"
)

// say is noise in syllables, as speech has it: a quarter of a second, and a gap.
func say(seconds float64, level float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, seed))
	out := make([]float64, int(seconds*talkit.SampleRate))
	for i := range out {
		if within := i % (talkit.SampleRate * 3 / 10); within < talkit.SampleRate/4 {
			out[i] = level * random.NormFloat64()
		}
	}
	return out
}

// at lays sounds into one of so many seconds, each from its second on.
func at(seconds int, sounds map[float64][]float64) []float64 {
	out := make([]float64, seconds*talkit.SampleRate)
	for from, sound := range sounds {
		for i, v := range sound {
			out[int(from*talkit.SampleRate)+i] += v
		}
	}
	return out
}

// crossed interleaves two channels that hear each other, late samples later.
func crossed(first, second []float64, gain float64, late int) []byte {
	var out []byte
	for i := range first {
		a, b := first[i], second[i]
		if i >= late {
			a, b = a+gain*second[i-late], b+gain*first[i-late]
		}
		for _, v := range []float64{a, b} {
			out = binary.LittleEndian.AppendUint16(out, uint16(int16(max(-1, min(1, v))*32767)))
		}
	}
	return out
}

func levelOf(mono []byte, from, to float64) float64 {
	part := mono[int(from*talkit.SampleRate)*2 : int(to*talkit.SampleRate)*2]
	energy := 0.0
	for i := 0; i < len(part); i += 2 {
		energy += float64(sample(part[i:])) * float64(sample(part[i:]))
	}
	return math.Sqrt(energy/float64(len(part)/2)) / 32768
}

// TestTheOtherOneIsMuted: the first speaks, then the second, then both.
func TestTheOtherOneIsMuted(t *testing.T) {
	t.Parallel()
	first := at(12, map[float64][]float64{1: say(3, 0.1, 1), 9: say(2, 0.1, 2)})
	second := at(12, map[float64][]float64{5: say(3, 0.1, 3), 9: say(2, 0.07, 4)})
	for gain, late := range map[float64]int{0.03: 0, 0.1: 0, 0.25: 0, 0.2: 48} {
		stereo := crossed(first, second, gain, late)
		one, other := ChannelAlone(stereo, 1), ChannelAlone(stereo, 2)
		if len(one) != len(stereo)/2 || len(other) != len(one) {
			t.Fatalf("%d and %d bytes of %d", len(one), len(other), len(stereo))
		}
		for name, silence := range map[string]float64{"the second in the first": levelOf(one, 5, 8), "the first in the second": levelOf(other, 1, 4)} {
			if silence > 0 {
				t.Errorf("crossed at %v, %d late: %s is heard at %.5f", gain, late, name, silence)
			}
		}
		for _, heard := range []struct {
			mono     []byte
			channel  int
			from, to float64
		}{{one, 1, 1, 4}, {other, 2, 5, 8}, {one, 1, 9, 11}, {other, 2, 9, 11}} {
			if got, whole := levelOf(heard.mono, heard.from, heard.to), levelOf(Channel(stereo, heard.channel), heard.from, heard.to); got < 0.999*whole {
				t.Errorf("crossed at %v: of what is said in channel %d from %v on only %.3f of %.3f is there", gain, heard.channel, heard.from, got, whole)
			}
		}
	}
}

// TestMutingIsTheSameInPortions, for a piece is read at once and the whole as
// it comes; and it makes no clicks.
func TestMutingIsTheSameInPortions(t *testing.T) {
	t.Parallel()
	stereo := crossed(at(4, map[float64][]float64{0: say(2, 0.1, 1)}), at(4, map[float64][]float64{2: say(1.9, 0.1, 2)}), 0.1, 0)
	stereo = stereo[:len(stereo)-444]
	var got, other bytes.Buffer
	m := muter{emit: func(first, second []byte) { got.Write(first); other.Write(second) }}
	(&odd{to: &m}).Write(stereo)
	m.end()
	if !bytes.Equal(got.Bytes(), ChannelAlone(stereo, 1)) || !bytes.Equal(other.Bytes(), ChannelAlone(stereo, 2)) {
		t.Error("it is not the same")
	}
	if held := cap(m.frames); held > 64 {
		t.Errorf("%d frames are kept", held)
	}
	flat := bytes.Repeat([]byte{0xe8, 3, 0, 0}, talkit.SampleRate)                      // a level on the first channel,
	flat = append(flat, bytes.Repeat([]byte{100, 0, 0x10, 0x27}, talkit.SampleRate)...) // a tenth of it beside the second
	one := ChannelAlone(flat, 1)
	for i := 2; i < len(one); i += 2 {
		if i/2 != talkit.SampleRate && math.Abs(float64(sample(one[i:]))-float64(sample(one[i-2:]))) > 10 {
			t.Fatalf("a step at sample %d", i/2)
		}
	}
}

// TestPiecesOfEachAlone: a channel has no pieces of what the other one says.
func TestPiecesOfEachAlone(t *testing.T) {
	t.Parallel()
	var scene Stereo
	scene.Write(crossed(at(40, map[float64][]float64{1: say(5, 0.1, 1), 30: say(5, 0.1, 2)}), at(40, map[float64][]float64{12: say(5, 0.1, 3)}), 0.1, 0))
	cuts, apart := scene.Cuts()
	var channels []int
	for _, cut := range cuts {
		channels = append(channels, cut.Channel)
		if cut.Len() > 7*talkit.BytesPerSecond {
			t.Errorf("%+v is longer than what was said", cut)
		}
	}
	if want := []int{1, 2, 1}; !apart || len(channels) != 3 || channels[0] != want[0] || channels[1] != want[1] || channels[2] != want[2] {
		t.Errorf("apart %v, pieces of %v, want %v", apart, channels, want)
	}
}
