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

// revising brings an earlier text back, with the times that its words had.
func revising(t *testing.T, w *world) {
	hook := receive(t, nil)
	w.newWebhook(hook.URL, talkit.TranscriptUpdated)
	r := w.dictate("One two three " + canary)
	path := fmt.Sprintf("/recordings/%d", r.ID)
	first := read[wire.SegmentList](w.user.get(path + "/segments").want(http.StatusOK))
	w.user.put(path+"/transcript", map[string]string{"text": "One other"}).want(http.StatusOK)
	hook.next(talkit.TranscriptUpdated)

	one := read[wire.Revision](w.user.get(path + "/revisions/1").want(http.StatusOK))
	if one.Number != 1 || one.Author != "person" || one.Text != "One two three "+canary {
		t.Errorf("the first revision: %+v", one)
	}
	w.user.get(path+"/revisions/3").refused(http.StatusNotFound, "not_found")
	w.user.post(path+"/revisions/3/restore", nil).refused(http.StatusNotFound, "not_found")
	for range 2 { // the second time there is nothing to do
		w.user.post(path+"/revisions/1/restore", nil).want(http.StatusOK)
		if list := read[wire.List[wire.Revision]](w.user.get(path + "/revisions")); list.TotalCount != 3 || list.Data[2].Text != one.Text {
			t.Errorf("restored: %+v", list)
		}
	}
	again := read[wire.SegmentList](w.user.get(path + "/segments").want(http.StatusOK))
	if diff := gocmp.Diff(first, again); diff != "" {
		t.Errorf("the times are not as they were:\n%s", diff)
	}
	updated := hook.next(talkit.TranscriptUpdated)
	if told, err := updated.Transcript(); err != nil || told.Text != one.Text {
		t.Errorf("plugins were told %q, %v", told.Text, err)
	}
	hook.quiet()
}

// renaming changes what was said of a recording, in work and released.
func renaming(t *testing.T, w *world) {
	hook := receive(t, nil)
	w.newWebhook(hook.URL, talkit.TranscriptUpdated)
	r := w.submit(field{"name", "Old " + canary}, field{"metadata", `{"a":"1"}`})
	path := fmt.Sprintf("/recordings/%d", r.ID)
	change := func(body any) wire.Recording {
		t.Helper()
		return read[wire.Recording](w.user.patch(path, body).want(http.StatusOK))
	}
	got := change(map[string]string{"name": "New " + canary}) // in whatever state it is
	if got.Name != "New "+canary || got.Type != "note" || got.Metadata["a"] != "1" {
		t.Errorf("renamed: %+v", got)
	}
	w.reach(r.ID, talkit.RecordingReview)
	w.user.put(path+"/transcript", map[string]string{"text": "Call Anna. It is about a " + canary}).want(http.StatusOK)
	transcript := fmt.Sprintf("/transcripts/%d", *w.release(r).TranscriptID)

	change(map[string]any{"name": "", "type": "letter", "metadata": map[string]string{"b": "2"}})
	shown := read[wire.Transcript](w.token.get(transcript).want(http.StatusOK))
	if shown.Name != "Call Anna" || shown.Type != "letter" || !gocmp.Equal(shown.Metadata, map[string]string{"b": "2"}) || shown.Text != "Call Anna. It is about a "+canary {
		t.Errorf("after the change: %+v", shown)
	}
	w.tellsTheSame(hook.next(talkit.TranscriptUpdated), shown)
	if got := change(map[string]any{"metadata": map[string]string{}}); len(got.Metadata) != 0 || got.Type != "letter" {
		t.Errorf("without metadata: %+v", got)
	}
	hook.next(talkit.TranscriptUpdated)
	change(map[string]string{"type": "letter"}) // no change
	w.user.post(path+"/withdraw", nil).want(http.StatusOK)
	change(map[string]string{"name": "Secret " + canary})
	hook.quiet()
	for field, bad := range map[string]any{"type": "poem", "name": strings.Repeat("x", 201), "metadata": map[string]string{"1": "x"}} {
		p := w.user.patch(path, map[string]any{field: bad}).refused(http.StatusUnprocessableEntity, "invalid")
		if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Location, field) {
			t.Errorf("%s: %+v", field, p)
		}
	}
}
