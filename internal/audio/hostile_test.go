package audio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"talkit"
)

func TestBadFiles(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for name, want := range map[string]talkit.Kind{
		"bad_empty.wav":       talkit.Invalid,
		"bad_header_only.wav": talkit.Unsupported,
		"bad_random.mp3":      talkit.Unsupported,
		"bad_text.wav":        talkit.Unsupported,
		"bad_truncated.flac":  talkit.Invalid,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := speech(t, name)
			pcm, err := decodeAll(t.Context(), path)
			wantKind(t, err, want)
			if len(pcm) > 0 {
				t.Errorf("%d bytes were decoded", len(pcm))
			}
			if _, err := Probe(t.Context(), path); name != "bad_truncated.flac" {
				wantKind(t, err, want)
			}
		})
	}
}

func TestRandomBytesAreNoSound(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	source := rand.NewChaCha8([32]byte{7})
	for range 8 {
		noise := make([]byte, 100_000)
		_, _ = source.Read(noise)
		_, err := Probe(t.Context(), file(t, noise))
		wantKind(t, err, talkit.Unsupported)
	}
}

func TestHeaderWithoutSound(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	_, err := Decode(t.Context(), file(t, wavHeader(0)), io.Discard)
	wantKind(t, err, talkit.Invalid)
}

func TestCutOff(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	sound := []string{"-f", "lavfi", "-i", "anoisesrc=d=12:r=16000:a=0.1"}
	for muxer, codec := range map[string]string{"flac": "flac", "matroska": "flac", "mp4": "aac"} {
		whole, err := os.ReadFile(ffmpeg(t, muxer, append(sound, "-c:a", codec, "-movflags", "+faststart")...))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Decode(t.Context(), file(t, whole[:len(whole)/2]), io.Discard)
		wantKind(t, err, talkit.Invalid)
		if !strings.Contains(err.Error(), "cut off") {
			t.Errorf("%s: %v", muxer, err)
		}
		if _, err = Decode(t.Context(), file(t, whole[:len(whole)*99/100]), io.Discard); err != nil {
			t.Errorf("%s: a few bytes missing: %v", muxer, err)
		}
	}
}

func TestNotAFile(t *testing.T) {
	t.Parallel()
	_, err := Probe(t.Context(), t.TempDir())
	wantKind(t, err, talkit.Invalid)
	_, err = Probe(t.Context(), filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// A playlist must not make ffmpeg read another file: what it names would end
// up in the transcript of whoever sent it.
func TestPlaylistsReadNoNeighbour(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	secret := ffmpeg(t, "wav", "-f", "lavfi", "-i", "sine=d=2")
	mpegts := ffmpeg(t, "mpegts", "-f", "lavfi", "-i", "sine=d=2", "-c:a", "mp2")
	for name, list := range map[string]string{
		"ffconcat":            "ffconcat version 1.0\nfile '" + secret + "'\n",
		"ffconcat, neighbour": "ffconcat version 1.0\nfile neighbour\n",
		"HLS":                 "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + mpegts + "\n#EXT-X-ENDLIST\n",
		"HLS, file:":          "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:" + secret + "\n#EXT-X-ENDLIST\n",
		"DASH":                `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet><Representation id="1"><BaseURL>file:` + secret + `</BaseURL></Representation></AdaptationSet></Period></MPD>`,
		"SDP":                 "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := file(t, []byte(list))
			content, err := os.ReadFile(secret)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), "neighbour"), content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Probe(t.Context(), path)
			wantKind(t, err, talkit.Unsupported)
			pcm, err := decodeAll(t.Context(), path)
			wantKind(t, err, talkit.Unsupported)
			// ffmpeg itself refuses, not Probe alone.
			var out counter
			err = run(t.Context(), decodeLimits, &out, "ffmpeg", decodeArgs(Format{}, path, 1)...)
			if _, refused := errors.AsType[*failedError](err); !refused || len(pcm) > 0 || out > 0 {
				t.Errorf("%d bytes of another file, %v", out, err)
			}
		})
	}
}

// 25 hours of silence are 600 KB of FLAC. Making them takes ffmpeg some time,
// so that a smaller file stands for them where time is short.
func TestTooLong(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	made, max := "3600", 10*time.Minute
	if os.Getenv("TALKIT_TEST_LONG") == "1" {
		made, max = "90000", talkit.MaxDuration
	}
	silence, err := os.ReadFile(ffmpeg(t, "flac", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", made, "-compression_level", "0", "-frame_size", "16384"))
	if err != nil {
		t.Fatal(err)
	}
	// The number of samples in STREAMINFO, 36 bits, is what the file says.
	const hours25 = 25 * 3600 * 8000
	binary.BigEndian.PutUint32(silence[22:], hours25)
	path := file(t, silence)
	_, err = Probe(t.Context(), path)
	wantKind(t, err, talkit.TooLarge)
	_, err = Decode(t.Context(), path, io.Discard)
	wantKind(t, err, talkit.TooLarge)

	binary.BigEndian.PutUint32(silence[22:], 0) // unknown
	path = file(t, silence)
	if format, err := Probe(t.Context(), path); err != nil || format.Duration != 0 {
		t.Fatalf("%+v, %v", format, err)
	}
	var sound counter
	_, err = decoder{max: max, limits: decodeLimits}.decode(t.Context(), path, &sound)
	wantKind(t, err, talkit.TooLarge)
	if most := int64(max.Seconds()) * talkit.BytesPerSecond; int64(sound) > most {
		t.Errorf("%d bytes came out, %d may", sound, most)
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func TestLimits(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	const size = 2 << 30 // a sparse file: it takes no room
	path := file(t, wavHeader(size))
	if err := os.Truncate(path, 44+size); err != nil {
		t.Fatal(err)
	}
	for name, limit := range map[string]limits{
		"wall": {wall: 20 * time.Millisecond, cpu: time.Minute, memory: 1 << 30},
		"CPU":  {wall: time.Minute, cpu: time.Second, memory: 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decoder{max: talkit.MaxDuration, limits: limit}.decode(t.Context(), path, io.Discard)
			wantKind(t, err, talkit.TooLarge)
			if !errors.Is(err, errTooSlow) {
				t.Error(err)
			}
		})
	}
	t.Run("probe", func(t *testing.T) { // says nothing of the file
		t.Parallel()
		stuck := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(stuck, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := probe(t.Context(), stuck, limits{wall: time.Second, cpu: time.Minute, memory: 1 << 30})
		wantKind(t, err, talkit.Unavailable)
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		limit := decodeLimits
		limit.memory = 1 << 20
		if _, err := (decoder{max: time.Hour, limits: limit}).decode(t.Context(), path, io.Discard); err == nil {
			t.Error("it ran in a mebibyte")
		}
	})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	path := file(t, append(wavHeader(60*talkit.BytesPerSecond), make([]byte, 60*talkit.BytesPerSecond)...))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Decode(ctx, path, writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil }))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	full := errors.New("no room")
	_, err = Decode(t.Context(), path, writerFunc(func([]byte) (int, error) { return 0, full }))
	if !errors.Is(err, full) {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestBrokenWAVIsTheSoundItself(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	path := speech(t, "bad_length_ffffffff.wav")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := decodeAll(t.Context(), path)
	want = want[bytes.Index(want, []byte("data"))+8:]
	if err != nil || !bytes.Equal(pcm, want) {
		t.Errorf("%d bytes, %v; want the %d behind the head", len(pcm), err, len(want))
	}
}

func TestMissingProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	wantKind(t, Available(), talkit.Unavailable)
	_, err := Probe(t.Context(), file(t, wavHeader(0)))
	wantKind(t, err, talkit.Unavailable)
}

func wavHeader(size uint32) []byte {
	head := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data")
	binary.LittleEndian.PutUint32(head[4:], 36+size)
	return binary.LittleEndian.AppendUint32(head, size)
}

func FuzzSalvageWAV(f *testing.F) {
	f.Add(append(wavHeader(math.MaxUint32), 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, head []byte) {
		w, ok := findSamples(head)
		if ok && (w.start > len(head) || w.bytesPerSecond <= 0) {
			t.Errorf("%+v of %d bytes", w, len(head))
		}
	})
}
