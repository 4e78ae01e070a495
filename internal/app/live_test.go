package app

import (
	"bytes"
	"context"
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
		stored, err := io.ReadAll(l.Sound(ctx))
		if err != nil || !bytes.Equal(stored, append(wavHeader(-1), "abcd"...)) {
			t.Errorf("stored: %q, %v", stored, err)
		}
		heard := talkit.EarlyPiece{Start: 10, Model: "base", Language: "en", Segments: talkit.Segments{{Text: "Heard.", Words: []talkit.Word{}}}}
		for range 2 {
			if err := l.KeepEarly(ctx, []byte("pcm"), heard); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.EarlyPiece(ctx, 1, 10, []byte("pcm"), "base", ""); !talkit.IsNotFound(err) {
			t.Errorf("before there is a recording: %v", err)
		}
		r := a.ended(l)
		found, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), "base", "")
		if heard.SHA256 = found.SHA256; err != nil || !cmp.Equal(found, heard) {
			t.Errorf("%v, %s", err, cmp.Diff(heard, found))
		}
		for what, ask := range map[string]func() error{
			"another place":    func() error { _, err := a.EarlyPiece(ctx, r.ID, 11, []byte("pcm"), "base", ""); return err },
			"other sound":      func() error { _, err := a.EarlyPiece(ctx, r.ID, 10, []byte("PCM"), "base", ""); return err },
			"another model":    func() error { _, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), "small", ""); return err },
			"another language": func() error { _, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), "base", "de"); return err },
		} {
			if err := ask(); !talkit.IsNotFound(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := a.AbandonUpload(ctx, a.who, id); err != nil {
			t.Fatal(err)
		}
		if _, err := a.EarlyPiece(ctx, r.ID, 10, []byte("pcm"), "base", ""); !talkit.IsNotFound(err) {
			t.Errorf("without its upload: %v", err)
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
