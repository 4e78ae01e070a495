package audio

import (
	"bytes"
	"io"
	"testing"
	"time"

	"talkit"
)

// TestStereo makes stereo of real speech as telephones, recorders and broken
// cables do.
func TestStereo(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	one, other := speech(t, "lj_LJ001-0001.flac"), speech(t, "hifi_bambatse_06_haggard_0163.wav")
	third := speech(t, "lj_LJ001-0003.flac")
	const mono = "aformat=sample_rates=16000:channel_layouts=mono"
	for name, c := range map[string]struct {
		filter  string // of [0:a], the one, [1:a], the other, and [2:a], a third clip
		apart   bool
		channel int // of the pieces, where they are one; -1: whichever
	}{
		// They speak one after the other, and the line crosses over a little.
		"a telephone call":       {"[0:a]" + mono + ",apad=pad_dur=12[a];[1:a]" + mono + ",adelay=11000[b];[a][b]join=inputs=2:channel_layout=stereo,pan=stereo|c0=c0+0.03*c1|c1=0.6*c1+0.03*c0", true, 0},
		"both at once":           {"[0:a]" + mono + "[a];[2:a]" + mono + ",apad[b];[a][b]join=inputs=2:channel_layout=stereo", true, 0},
		"one is far quieter":     {"[0:a]" + mono + ",apad=pad_dur=12[a];[1:a]" + mono + ",volume=-15dB,adelay=11000[b];[a][b]join=inputs=2:channel_layout=stereo", true, 0},
		"the same twice":         {"[0:a]" + mono + ",pan=stereo|c0=c0|c1=c0", false, 0},
		"panned":                 {"[0:a]" + mono + ",pan=stereo|c0=c0|c1=0.4*c0", false, 0},
		"a recorder between two": {"[0:a]" + mono + ",apad=pad_dur=12[a];[1:a]" + mono + ",adelay=11000[b];[a][b]join=inputs=2:channel_layout=stereo,pan=stereo|c0=c0+0.5*c1|c1=0.5*c0+c1,adelay=0|8", false, -1},
		"one is late":            {"[0:a]" + mono + ",pan=stereo|c0=c0|c1=0.9*c0,adelay=0|15", false, -1},
		"the second empty":       {"[0:a]" + mono + ",pan=stereo|c0=c0", false, 1},
		"the first empty":        {"[0:a]" + mono + ",pan=stereo|c1=c0", false, 2},
		"one only hums":          {"[0:a]" + mono + "[a];anoisesrc=r=16000:a=0.002:d=30[b];[a][b]join=inputs=2:channel_layout=stereo", false, 1},
		"inverted":               {"[0:a]" + mono + ",pan=stereo|c0=0.8*c0|c1=-1*c0", false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := ffmpeg(t, "wav", "-i", one, "-i", other, "-i", third, "-filter_complex", c.filter, "-ac", "2")
			var scene Stereo
			var sound bytes.Buffer
			length, err := DecodeChannels(t.Context(), path, func(channels int) io.Writer {
				if channels != 2 {
					t.Fatalf("%d channels", channels)
				}
				return io.MultiWriter(&sound, &odd{to: &scene})
			})
			if err != nil || Offset(int64(sound.Len())/2) != length {
				t.Fatalf("%d bytes, %v, %v", sound.Len(), length, err)
			}
			cuts, apart := scene.Cuts()
			seen := map[int]bool{}
			for i, cut := range cuts {
				seen[cut.Channel] = true
				if cut.Start < 0 || cut.End > int64(sound.Len())/2 || cut.Len() <= 0 || cut.Len()%talkit.BytesPerSample != 0 || i > 0 && cut.Start < cuts[i-1].Start {
					t.Errorf("cut %d: %+v of %d bytes", i, cut, sound.Len()/2)
				}
			}
			if apart != c.apart || apart && !(seen[1] && seen[2]) || !apart && (len(seen) != 1 || c.channel >= 0 && !seen[c.channel]) {
				t.Errorf("apart %v, pieces of channels %v", apart, seen)
			}
		})
	}
}

// odd hands on what it gets in portions of no sample's size.
type odd struct{ to io.Writer }

func (o *odd) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		part := min(777, len(p))
		o.to.Write(p[:part])
		p = p[part:]
	}
	return n, nil
}

func TestMonoIsDecodedAsOne(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	var sound bytes.Buffer
	length, err := DecodeChannels(t.Context(), ffmpeg(t, "wav", "-f", "lavfi", "-i", "sine=d=2"), func(channels int) io.Writer {
		if channels != 1 {
			t.Errorf("%d channels", channels)
		}
		return &sound
	})
	if err != nil || length != 2*time.Second || sound.Len() != 2*talkit.BytesPerSecond {
		t.Errorf("%v, %d bytes, %v", length, sound.Len(), err)
	}
}

func TestChannel(t *testing.T) {
	t.Parallel()
	both := []byte{10, 0, 20, 0, 0xff, 0x7f, 0xff, 0x7f, 0, 0x80, 0, 0x80}
	for channel, want := range [][]byte{{15, 0, 0xff, 0x7f, 0, 0x80}, {10, 0, 0xff, 0x7f, 0, 0x80}, {20, 0, 0xff, 0x7f, 0, 0x80}} {
		if got := Channel(both, channel); !bytes.Equal(got, want) {
			t.Errorf("channel %d: %v, want %v", channel, got, want)
		}
	}
}
