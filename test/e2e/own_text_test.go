package e2e_test

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/wire"
)

// downloads are a person's, before the text is released and after it is withdrawn.
func downloads(t *testing.T, w *world) {
	r := w.reach(w.submit().ID, talkit.RecordingReview)
	path := fmt.Sprintf("/recordings/%d", r.ID)
	w.user.get(path+"/export.txt").refused(http.StatusNotFound, "not_found")
	w.download(path+"/audio", fmt.Sprintf("recording-%d.wav", r.ID), "RIFF")
	text := "Schöne Grüße vom " + canary + ". And more."
	w.user.put(path+"/transcript", map[string]string{"text": text}).want(http.StatusOK)
	look := func() {
		name := "Schöne Grüße vom " + canary
		w.download(path+"/export.txt", name+".txt", text)
		w.download(path+"/export.md", name+".md", "# Schöne")
		w.download(path+"/captions.srt", name+".srt", "1\n")
		w.download(path+"/captions.vtt", name+".vtt", "WEBVTT")
		w.download(path+"/audio", name+".wav", "RIFF")
		export := read[wire.Export](w.download(path+"/export.json", name+".json", "{"))
		segments := read[wire.SegmentList](w.user.get(path + "/segments").want(http.StatusOK))
		if diff := gocmp.Diff(segments.Data, export.Segments); diff != "" || export.Text != text || len(segments.Data) == 0 {
			t.Errorf("export.json has %q and other segments:\n%s", export.Text, diff)
		}
	}
	look()
	w.release(r)
	w.user.post(path+"/withdraw", nil).want(http.StatusOK)
	look()
}

// download wants a file under a name.
func (w *world) download(path, name, begins string) answer {
	w.t.Helper()
	got := w.user.get(path).want(http.StatusOK)
	kind, parameters, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || parameters["filename"] != name {
		w.t.Errorf("%s is %s %q, %v; want %q", path, kind, parameters["filename"], err, name)
	}
	if !strings.HasPrefix(string(got.body), begins) {
		w.t.Errorf("%s: %.200s", path, got.body)
	}
	return got
}
