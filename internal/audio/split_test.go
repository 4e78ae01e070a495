package audio

import (
	"bytes"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"talkit"
)

// sound makes s16le of stretches: seconds at a level, swinging between it and
// its negative.
type stretch struct {
	seconds float64
	level   int16
}

func sound(stretches ...stretch) []byte {
	var pcm []byte
	for _, s := range stretches {
		for i := range int(s.seconds * talkit.SampleRate) {
			level := s.level
			if i%2 == 1 {
				level = -level
			}
			pcm = binary.LittleEndian.AppendUint16(pcm, uint16(level))
		}
	}
	return pcm
}

func split(pcm []byte) []Range {
	var s Splitter
	_, _ = s.Write(pcm)
	return s.Pieces()
}

func bytesAt(seconds float64) int64 { return int64(seconds * talkit.BytesPerSecond) }

func TestSplitKeepsEverySound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stretches := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) stretch {
			return stretch{
				seconds: rapid.Float64Range(0, 12).Draw(t, "seconds"),
				level:   rapid.SampledFrom([]int16{0, 0, 5, 32, 33, 200, 600, 3000, 32767, -32768}).Draw(t, "level"),
			}
		}), 0, 12).Draw(t, "stretches")
		pcm := sound(stretches...)
		pcm = pcm[:len(pcm)-min(len(pcm), rapid.IntRange(0, 700).Draw(t, "cut"))]

		var s Splitter
		step := rapid.IntRange(1, 100_000).Draw(t, "step")
		for rest := pcm; len(rest) > 0; {
			n, _ := s.Write(rest[:min(step, len(rest))])
			rest = rest[n:]
		}
		checkPieces(t, pcm, s.Pieces())
	})
}

func checkPieces(t *rapid.T, pcm []byte, pieces []Range) {
	end := int64(0)
	for i, p := range append(pieces, Range{int64(len(pcm)), int64(len(pcm))}) {
		if p.Start < end || p.End < p.Start || p.End > int64(len(pcm)) || p.Start%2 != 0 && i < len(pieces) || p.Len() > 30*talkit.BytesPerSecond {
			t.Fatalf("piece %d is %+v after %d, of %d bytes", i, p, end, len(pcm))
		}
		if i < len(pieces) && (p.Len() == 0 || p.End%2 != 0) {
			t.Fatalf("piece %d is %+v", i, p)
		}
		if level := peak(pcm[end&^1 : p.Start&^1]); level >= silent {
			t.Fatalf("between %d and %d a level of %d is in no piece", end, p.Start, level)
		}
		end = p.End
	}
}

func TestSplitAtPauses(t *testing.T) {
	t.Parallel()
	// Pauses at 12, 24 and 36 s: the last before 30 s is the place.
	loud, hush := stretch{11.6, 8000}, stretch{0.4, 100}
	got := split(sound(loud, hush, loud, hush, loud, hush, loud))
	if len(got) != 2 || got[0].Start != 0 || got[0].End != got[1].Start {
		t.Fatalf("%+v", got)
	}
	if at := got[0].End; at < bytesAt(23.65) || at > bytesAt(23.95) {
		t.Errorf("cut at %v, not in the pause", Offset(at))
	}
}

func TestSplitAFaintRecording(t *testing.T) {
	t.Parallel()
	// All of it is under -35 dB; the pause is 20 dB under its speech.
	got := split(sound(stretch{20, 400}, stretch{0.5, 36}, stretch{20, 400}))
	if len(got) != 2 || got[0].End < bytesAt(20) || got[0].End > bytesAt(20.5) {
		t.Errorf("%+v", got)
	}
}

func TestSplitWithoutPause(t *testing.T) {
	t.Parallel()
	got := split(sound(stretch{25, 8000}, stretch{0.1, 1000}, stretch{20, 8000}))
	if len(got) != 2 || got[0].End < bytesAt(24.9) || got[0].End > bytesAt(25.2) {
		t.Errorf("not cut at the quietest place: %+v", got)
	}
	for _, p := range split(sound(stretch{100, 8000})) {
		if p.Len() > bytesAt(30) {
			t.Errorf("%+v is longer than 30 s", p)
		}
	}
}

func TestSilenceFallsOut(t *testing.T) {
	t.Parallel()
	if got := split(sound(stretch{100, 10})); len(got) != 0 {
		t.Errorf("silence has pieces: %+v", got)
	}
	got := split(sound(stretch{10, 0}, stretch{2, 8000}, stretch{20, 0}, stretch{2, 8000}, stretch{10, 0}))
	want := []Range{{bytesAt(9.7), bytesAt(12.3)}, {bytesAt(31.7), bytesAt(34.3)}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v, want %+v", got, want)
	}
	got = split(sound(stretch{2, 8000}, stretch{5, 0}, stretch{2, 8000}))
	if len(got) != 2 || got[1].Start != bytesAt(6.7) {
		t.Errorf("no margin before sound right after a long silence: %+v", got)
	}
	if got = split(sound(stretch{2, 8000}, stretch{4, 0}, stretch{2, 8000})); len(got) != 1 {
		t.Errorf("a short silence made pieces: %+v", got)
	}
}

func TestSplitRealSpeech(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	var pcm bytes.Buffer
	if _, err := Decode(t.Context(), speech(t, "long_dev.mp3"), &pcm); err != nil {
		t.Fatal(err)
	}
	pieces := split(pcm.Bytes())
	if len(pieces) > 14 {
		t.Errorf("%d pieces for 340 s: they are not well filled", len(pieces))
	}
	for _, p := range pieces[1:] {
		around := pcm.Bytes()[p.Start-bytesAt(0.1)&^1 : p.Start+bytesAt(0.1)&^1]
		if level := peak(around); level > quiet {
			t.Errorf("cut at %v in sound of level %d", Offset(p.Start), level)
		}
	}
	for i, p := range pieces {
		t.Logf("piece %d: %v to %v", i, Offset(p.Start), Offset(p.End))
	}
}

func TestSilentFileHasNoPieces(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	var s Splitter
	if _, err := Decode(t.Context(), speech(t, "nospeech_silence20.flac"), &s); err != nil {
		t.Fatal(err)
	}
	if pieces := s.Pieces(); len(pieces) > 0 {
		t.Errorf("%+v", pieces)
	}
}

func BenchmarkSplitter(b *testing.B) {
	pcm := sound(stretch{2, 8000}, stretch{0.5, 20})
	b.SetBytes(int64(len(pcm)))
	b.ReportAllocs()
	var s Splitter
	for b.Loop() {
		_, _ = s.Write(pcm)
	}
}
