package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/wire"
)

// TestLiveUpload: one holds it at a time, of plain samples a WAV comes, and what
// was heard early is found with the recording, and goes with it.
func TestLiveUpload(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		ctx := t.Context()
		a.Probe = func(context.Context, string) (talkit.Audio, error) {
			return talkit.Audio{ContentType: "audio/wav"}, nil
		}
		id := a.begin(talkit.UnknownLength)
		asked := make(chan struct{}, 10)
		first, err := a.HoldLive(ctx, a.who, id, true, func() { asked <- struct{}{} })
		if err != nil || first.Offset != wavHeaderSize {
			t.Fatalf("%+v, %v", first, err)
		}
		if err := first.Append(ctx, []byte("abcd")); err != nil {
			t.Fatal(err)
		}
		go func() { <-asked; first.Release() }()
		l, err := a.HoldLive(ctx, a.who, id, true, func() {})
		if err != nil || l.Offset != wavHeaderSize+4 || !first.Taken() {
			t.Fatalf("%+v, %v", l, err)
		}
		stored, err := io.ReadAll(l.Sound(ctx, 0))
		if err != nil || !bytes.Equal(stored, append(wavHeader(-1), "abcd"...)) {
			t.Errorf("stored: %q, %v", stored, err)
		}
		heard := talkit.EarlyPiece{Start: 10, Model: "base", Language: "en", Segments: talkit.Segments{{Text: "Heard.", Words: []talkit.Word{}}}}
		for range 2 {
			if err := l.KeepEarly(ctx, []byte("pcm"), []string{"Anna"}, heard); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.EarlyPiece(ctx, 1, 10, []byte("pcm"), []string{"Anna"}, "base", ""); !talkit.IsNotFound(err) {
			t.Errorf("before there is a recording: %v", err)
		}
		r := a.ended(l)
		found, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), []string{"Anna"}, "base", "")
		if heard.SHA256 = found.SHA256; err != nil || !cmp.Equal(found, heard) {
			t.Errorf("%v, %s", err, cmp.Diff(heard, found))
		}
		for what, ask := range map[string]func() error{
			"another place": func() error {
				_, err := a.EarlyPiece(ctx, r.ID, 11, []byte("pcm"), []string{"Anna"}, "base", "")
				return err
			},
			"other sound": func() error {
				_, err := a.EarlyPiece(ctx, r.ID, 10, []byte("PCM"), []string{"Anna"}, "base", "")
				return err
			},
			"other hints": func() error { _, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), nil, "base", ""); return err },
			"another model": func() error {
				_, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), []string{"Anna"}, "small", "")
				return err
			},
			"another language": func() error {
				_, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), []string{"Anna"}, "base", "de")
				return err
			},
		} {
			if err := ask(); !talkit.IsNotFound(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := a.AbandonUpload(ctx, a.who, id); err != nil {
			t.Fatal(err)
		}
		if _, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), []string{"Anna"}, "base", ""); !talkit.IsNotFound(err) {
			t.Errorf("without its upload: %v", err)
		}
	})
}

// TestSoundFromAnywhere reads what is stored from the midst of any of its parts.
func TestSoundFromAnywhere(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		ctx := t.Context()
		l, err := a.HoldLive(ctx, a.who, a.begin(talkit.UnknownLength), false, func() {})
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		for i := range partsBatch + 20 {
			part := fmt.Appendf(nil, "part %d;", i)
			if err := l.Append(ctx, part); err != nil {
				t.Fatal(err)
			}
			all = append(all, part...)
		}
		for _, from := range []int{0, 1, 7, 8, len(all) / 2, len(all) - 3, len(all)} {
			sound := l.Sound(ctx, int64(from))
			if got, err := io.ReadAll(sound); err != nil || !bytes.Equal(got, all[from:]) {
				t.Errorf("from byte %d of %d: %q, %v", from, len(all), got, err)
			}
			sound.Close()
		}
	})
}

// ended ends a dictation and wants its sound to be a whole WAV.
func (a *uploading) ended(l *LiveUpload) wire.Recording {
	a.t.Helper()
	want := append(wavHeader(l.Offset-wavHeaderSize), "abcd"...)
	r, err := l.End(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	row, err := a.DB.Recording(a.t.Context(), r.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	sound, err := a.Blobs.Open(a.t.Context(), row.Audio.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	defer sound.Close()
	if content, err := io.ReadAll(sound); err != nil || !bytes.Equal(content, want) {
		a.t.Errorf("recorded %q, %v", content, err)
	}
	return r
}
