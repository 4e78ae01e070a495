package audio

import (
	"io"
	"slices"
	"testing"
	"time"

	"talkit"
)

func TestOrdinaryFormats(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for name, want := range map[string]string{
		"fmt_48k_s24.wav":         "audio/wav",
		"fmt_8kbps.mp3":           "audio/mpeg",
		"fmt_aac.m4a":             "audio/mp4",
		"fmt_f32.wav":             "audio/wav",
		"fmt_flac.flac":           "audio/flac",
		"fmt_opus.ogg":            "audio/ogg",
		"fmt_opus.webm":           "audio/webm",
		"fmt_phone8k_mulaw.wav":   "audio/wav",
		"fmt_stereo44k.mp3":       "audio/mpeg",
		"fmt_stereo44k.wav":       "audio/wav",
		"fmt_u8.wav":              "audio/wav",
		"fmt_video.mp4":           "video/mp4",
		"fmt_vorbis.ogg":          "audio/ogg",
		"nospeech_noise20.flac":   "audio/flac",
		"nospeech_silence20.flac": "audio/flac",
		"nospeech_tone10.flac":    "audio/flac",
		"misc_jfk.wav":            "audio/wav",
		"bad_length_ffffffff.wav": "audio/wav",
		"long_dev.mp3":            "audio/mpeg",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := speech(t, name)
			format, err := Probe(t.Context(), path)
			if err != nil || format.ContentType != want {
				t.Fatalf("Probe: %+v, %v; want %s", format, err, want)
			}
			decoded, err := Decode(t.Context(), path, io.Discard)
			if err != nil || (decoded-format.Duration).Abs() > 200*time.Millisecond {
				t.Fatalf("decoded %v of %v, %v", decoded, format.Duration, err)
			}
		})
	}
}

func TestMoreContainers(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, c := range []struct {
		want, muxer string
		args        []string
	}{
		{"audio/aac", "adts", nil},
		{"audio/aiff", "aiff", nil},
		{"audio/x-caf", "caf", nil},
		{"audio/x-ms-wma", "asf", []string{"-c:a", "wmav2"}},
		{"audio/x-w64", "w64", nil},
		{"audio/basic", "au", nil},
		{"audio/mp4", "mov", []string{"-c:a", "aac"}},
		{"audio/x-matroska", "matroska", []string{"-c:a", "flac"}},
		{"audio/mpeg", "mp3", []string{"-write_xing", "0"}},
	} {
		t.Run(c.muxer, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-f", "lavfi", "-i", "sine=duration=3:sample_rate=48000"}, c.args...)
			path := ffmpeg(t, c.muxer, args...)
			format, err := Probe(t.Context(), path)
			if err != nil || format.ContentType != c.want {
				t.Fatalf("Probe: %+v, %v; want %s", format, err, c.want)
			}
			decoded, err := Decode(t.Context(), path, io.Discard)
			if err != nil || (decoded-3*time.Second).Abs() > 200*time.Millisecond {
				t.Fatalf("decoded %v, %v", decoded, err)
			}
		})
	}
}

func TestVideoAndCovers(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	picture := []string{"-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=2"}
	sine := []string{"-f", "lavfi", "-i", "sine=d=2"}
	both := slices.Concat(sine, picture)

	webm := ffmpeg(t, "webm", append(both, "-c:a", "libopus", "-c:v", "libvpx")...)
	if format, err := Probe(t.Context(), webm); err != nil || format.ContentType != "video/webm" {
		t.Errorf("video: %+v, %v", format, err)
	}
	cover := ffmpeg(t, "mp3", append(both, "-frames:v", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic")...)
	if format, err := Probe(t.Context(), cover); err != nil || format.ContentType != "audio/mpeg" {
		t.Errorf("cover: %+v, %v", format, err)
	}
	mute := ffmpeg(t, "matroska", append(picture, "-c:v", "mpeg4")...)
	_, err := Probe(t.Context(), mute)
	wantKind(t, err, talkit.Unsupported)
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	for _, f := range families {
		for _, contentType := range []string{f.audio, f.video} {
			if contentType != "" && talkit.SoundExtension(contentType) == "" {
				t.Errorf("%s has no extension", contentType)
			}
		}
	}
	if got := talkit.SoundExtension("text/html"); got != "" {
		t.Errorf("text/html has %q", got)
	}
}
