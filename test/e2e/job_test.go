package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/wire"
)

// theMainJob is what Talkit is for, from a person's sound to a plugin's read.
func theMainJob(t *testing.T, w *world) {
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL, talkit.TranscriptCompleted, talkit.TranscriptUpdated, talkit.TranscriptDisabled)
	text := "Call Anna about the " + canary + ". Then lunch.\n\nAnd more."
	r := w.dictate(text, field{"name", "Monday " + canary}, field{"type", "task"}, field{"metadata", `{"client":"` + canary + `"}`})

	completed := hook.next(talkit.TranscriptCompleted)
	hook.verified(completed, made.Secret)
	id := fmt.Sprint(*r.TranscriptID)
	shown := read[wire.Transcript](w.token.get("/transcripts/" + id).want(http.StatusOK))
	want := wire.Transcript{ID: id, Name: "Monday " + canary, Headline: "Monday " + canary, Description: "Call Anna about the " + canary + ".",
		Text: text, Type: "task", Published: true, UserID: w.person.ID, User: &wire.User{ID: w.person.ID, FirstName: w.person.FirstName, LastName: w.person.LastName},
		Permissions: map[string]string{"transcript": "write", "audio": "read"}, Metadata: map[string]string{"client": canary},
		Job: shown.Job, CreatedOn: shown.CreatedOn, UpdatedOn: shown.UpdatedOn,
		Audio: &wire.Audio{ID: r.ID, Duration: 1, ContentType: "audio/wav", Size: int64(len(tone())), URI: w.URL() + "/transcripts/" + id + "/audio"}}
	if diff := gocmp.Diff(want, shown); diff != "" {
		t.Errorf("the transcript (-want +got):\n%s", diff)
	}
	if shown.Job == nil || shown.Job.Status != "completed" || shown.Job.Engine != "manual" {
		t.Errorf("the job is %+v", shown.Job)
	}
	w.tellsTheSame(completed, shown)
	if diff := gocmp.Diff([]wire.Transcript{shown}, read[wire.List[wire.Transcript]](w.token.get("/transcripts")).Data); diff != "" {
		t.Errorf("the list shows another transcript:\n%s", diff)
	}
	readsExports(t, w, id, text)
	readsSound(t, w, r.ID, id)
	w.updates(hook, made.Secret, r)
	hook.quiet()
}

// tellsTheSame: a webhook carries what a GET gives.
func (w *world) tellsTheSame(d delivered, shown wire.Transcript) {
	w.t.Helper()
	told, err := d.Transcript()
	if diff := gocmp.Diff(shown, told); err != nil || diff != "" {
		w.t.Errorf("the webhook tells another transcript: %v\n%s", err, diff)
	}
	if *d.PluginInstallationUUID != w.installation.UUID {
		w.t.Errorf("the webhook is for %s", *d.PluginInstallationUUID)
	}
}

func (w *world) updates(hook *receiver, secret string, r wire.Recording) {
	w.t.Helper()
	path, id := fmt.Sprintf("/recordings/%d", r.ID), fmt.Sprint(*r.TranscriptID)
	text := "Call Berta about the " + canary + "."
	own := read[wire.Transcript](w.user.put(path+"/transcript", map[string]string{"text": text}).want(http.StatusOK))
	updated := hook.next(talkit.TranscriptUpdated)
	hook.verified(updated, secret)
	shown := read[wire.Transcript](w.token.get("/transcripts/" + id).want(http.StatusOK))
	w.tellsTheSame(updated, shown)
	if shown.Text != text || own.Text != text || shown.Name != "Monday "+canary || shown.UpdatedOn <= shown.CreatedOn {
		w.t.Errorf("after the change: %+v", shown)
	}
	revisions := read[wire.List[wire.Revision]](w.user.get(path + "/revisions").want(http.StatusOK))
	if len(revisions.Data) != 2 || revisions.Data[1].Text != text || revisions.Data[1].Author != "person" || revisions.Data[1].Number != 2 {
		w.t.Errorf("revisions %+v", revisions)
	}
}

func readsExports(t *testing.T, w *world, id, text string) {
	for name, holds := range map[string]string{"captions.vtt": "WEBVTT\n", "captions.srt": "1\n", "export.txt": "Call Anna", "export.md": "# Monday"} {
		got := w.token.get("/transcripts/" + id + "/" + name).want(http.StatusOK)
		if !strings.HasPrefix(string(got.body), holds) || !strings.Contains(string(got.body), canary) {
			t.Errorf("%s: %s", name, got.body)
		}
		if got.header.Get("Content-Disposition") != "attachment" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s goes out with %v", name, got.header)
		}
	}
	export := read[wire.Export](w.token.get("/transcripts/" + id + "/export.json").want(http.StatusOK))
	segments := read[wire.SegmentList](w.token.get("/transcripts/" + id + "/segments").want(http.StatusOK))
	if diff := gocmp.Diff(segments.Data, export.Segments); diff != "" || export.Text != text {
		t.Errorf("export.json has %q and other segments:\n%s", export.Text, diff)
	}
	for i, s := range segments.Data {
		if s.ID != i+1 || s.Start > s.End || s.End > 1 || len(s.Words) == 0 {
			t.Errorf("segment %+v", s)
		}
	}
	if len(segments.Data) == 0 {
		t.Error("no segments")
	}
}

func readsSound(t *testing.T, w *world, recording int64, transcript string) {
	sound := string(tone())
	for path, asks := range map[string]caller{"/transcripts/" + transcript + "/audio": w.token, fmt.Sprintf("/recordings/%d/audio", recording): w.user} {
		whole := asks.get(path).want(http.StatusOK)
		if string(whole.body) != sound || whole.header.Get("Content-Type") != "audio/wav" || whole.header.Get("Accept-Ranges") != "bytes" ||
			whole.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(whole.header.Get("Content-Disposition"), "attachment") ||
			whole.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("%s: %d bytes with %v", path, len(whole.body), whole.header)
		}
		for given, want := range map[string]string{"bytes=0-3": "RIFF", "bytes=8-11": "WAVE", "bytes=-4": sound[len(sound)-4:], "bytes=31900-": sound[31900:]} {
			part := asks.with("Range", given).get(path).want(http.StatusPartialContent)
			if string(part.body) != want || part.header.Get("Content-Range") == "" {
				t.Errorf("%s %s: %q %s", path, given, part.body, part.header.Get("Content-Range"))
			}
		}
		asks.with("Range", "bytes=0-1,4-5").get(path).want(http.StatusPartialContent)
		asks.with("Range", "bytes=99999999-").get(path).refused(http.StatusRequestedRangeNotSatisfiable, "range_not_satisfiable")
		asks.with("If-Unmodified-Since", "Mon, 02 Jan 2006 15:04:05 GMT").get(path).refused(http.StatusPreconditionFailed, "precondition_failed")
		asks.with("If-Modified-Since", whole.header.Get("Last-Modified")).get(path).want(http.StatusNotModified)
		if head := asks.do(http.MethodHead, path, nil).want(http.StatusOK); len(head.body) != 0 {
			t.Errorf("HEAD %s has a body", path)
		}
	}
}

// withdrawn takes a text back, restores it, and erases it.
func withdrawn(t *testing.T, w *world) {
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL, talkit.TranscriptCompleted, talkit.TranscriptUpdated, talkit.TranscriptDisabled)
	secret := "never mind the " + canary + " of " + w.installation.UUID
	r := w.dictate("Whisper: "+secret, field{"name", "A name"}, field{"metadata", `{"k":"` + secret + `"}`})
	hook.next(talkit.TranscriptCompleted)
	path, id := fmt.Sprintf("/recordings/%d", r.ID), fmt.Sprint(*r.TranscriptID)
	until(t, "the delivery is logged", func() bool { return strings.Contains(w.logged(made.ID), secret) })

	w.user.post(path+"/withdraw", nil).want(http.StatusOK)
	disabled := hook.next(talkit.TranscriptDisabled)
	hook.verified(disabled, made.Secret)
	w.holdsNothing(id, secret, string(disabled.body))
	until(t, "the logs forget", func() bool { return !strings.Contains(w.logged(made.ID), secret) })
	if own := read[wire.Transcript](w.user.get(path + "/transcript").want(http.StatusOK)); !strings.Contains(own.Text, secret) || !own.Disabled {
		t.Errorf("the person's own view: %+v", own)
	}

	w.user.post(path+"/restore", nil).want(http.StatusOK)
	restored := hook.next(talkit.TranscriptUpdated)
	w.tellsTheSame(restored, read[wire.Transcript](w.token.get("/transcripts/"+id).want(http.StatusOK)))
	if !strings.Contains(string(restored.body), secret) {
		t.Errorf("restored: %s", restored.body)
	}
	until(t, "the delivery is logged", func() bool { return strings.Contains(w.logged(made.ID), secret) })

	w.user.delete(path).want(http.StatusNoContent)
	for _, gone := range []answer{w.user.get(path), w.user.get(path + "/audio"), w.user.get(path + "/transcript"), w.token.get("/transcripts/" + id),
		w.token.get("/transcripts/" + id + "/audio"), w.token.get("/transcripts/" + id + "/export.json"), w.user.delete(path)} {
		gone.refused(http.StatusNotFound, "not_found")
	}
	if list := read[wire.List[wire.Transcript]](w.token.get("/transcripts")); list.TotalCount != 0 || len(list.Data) != 0 {
		t.Errorf("after deletion the list has %+v", list)
	}
	if list := read[wire.List[wire.Recording]](w.user.get("/recordings")); list.TotalCount != 0 || len(list.Data) != 0 {
		t.Errorf("after deletion the list has %+v", list)
	}
	if strings.Contains(w.logged(made.ID), secret) {
		t.Error("the deliveries' log still has the text")
	}
	hook.quiet()
}

// withdrawnTitle: a title that was made from the text goes with it.
func withdrawnTitle(t *testing.T, w *world) {
	r := w.dictate("Nobody may know of the " + canary)
	path := fmt.Sprintf("/transcripts/%d", *r.TranscriptID)
	before := read[wire.Transcript](w.token.get(path).want(http.StatusOK))
	w.user.post(fmt.Sprintf("/recordings/%d/withdraw", r.ID), nil).want(http.StatusOK)
	after := w.token.get(path).want(http.StatusOK)
	markdown := w.token.get(path + "/export.md").want(http.StatusOK)
	if !strings.Contains(before.Name, canary) || strings.Contains(string(after.body)+string(markdown.body), "Nobody") {
		t.Errorf("before %q; withdrawn %s", before.Name, after.body)
	}
	w.user.post(fmt.Sprintf("/recordings/%d/restore", r.ID), nil).want(http.StatusOK)
	if got := read[wire.Transcript](w.token.get(path)); got.Name != before.Name {
		t.Errorf("restored as %q, was %q", got.Name, before.Name)
	}
}

// logged is all that the log of a webhook's deliveries tells.
func (w *world) logged(webhook int64) string {
	w.t.Helper()
	var all strings.Builder
	list := w.developer.get(w.path("/webhooks/%d/deliveries", webhook)).want(http.StatusOK)
	all.Write(list.body)
	for _, d := range read[wire.List[wire.Delivery]](list).Data {
		all.Write(w.developer.get(w.path("/webhooks/%d/deliveries/%d", webhook, d.ID)).want(http.StatusOK).body)
	}
	all.Write(w.developer.get(w.path("/events")).want(http.StatusOK).body)
	return all.String()
}

// holdsNothing wants a withdrawn transcript to be there, without its text.
func (w *world) holdsNothing(id, secret, told string) {
	w.t.Helper()
	shown := read[wire.Transcript](w.token.get("/transcripts/" + id).want(http.StatusOK))
	if !shown.Disabled || !shown.Published || shown.Text+shown.Description != "" || shown.Audio != nil || len(shown.Metadata) != 0 || shown.Name != "A name" {
		w.t.Errorf("withdrawn: %+v", shown)
	}
	everything := told
	for _, path := range []string{"", "/segments", "/captions.vtt", "/captions.srt", "/export.txt", "/export.md", "/export.json"} {
		everything += string(w.token.get("/transcripts/" + id + path).want(http.StatusOK).body)
	}
	everything += string(w.token.get("/transcripts").want(http.StatusOK).body)
	if strings.Contains(everything, secret) || strings.Contains(everything, "Whisper") {
		w.t.Errorf("withdrawn, and still told: %s", everything)
	}
	w.token.get("/transcripts/"+id+"/audio").refused(http.StatusNotFound, "not_found")
}

// TestErasing looks for what is left of deleted sound where it was stored.
func TestErasing(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	s := serve(t, "--engine=manual")
	w := setup(t, s)
	kept, erased := w.dictate("Keep it, "+canary), w.dictate("Erase it, "+canary)
	logo := read[wire.Plugin](w.developer.put(w.path("/logo"), raw{"image/png", picture()}).want(http.StatusOK)).LogoURI
	address, err := url.Parse(logo)
	if err != nil {
		t.Fatal(err)
	}
	w.as(t, "").get(address.Path).want(http.StatusOK)
	w.user.delete(fmt.Sprintf("/recordings/%d", erased.ID)).want(http.StatusNoContent)
	w.developer.put(w.path("/logo"), raw{"image/png", picture()}).want(http.StatusOK)
	until(t, "one recording and one logo are left in the data folder", func() bool { return len(stored(t, s)) == 2 })
	w.as(t, "").get(address.Path).refused(http.StatusNotFound, "not_found")
	w.user.get(fmt.Sprintf("/recordings/%d/audio", kept.ID)).want(http.StatusOK)
	w.developer.delete(w.path("")).want(http.StatusNoContent)
	w.user.delete(fmt.Sprintf("/recordings/%d", kept.ID)).want(http.StatusNoContent)
	until(t, "nothing is left in the data folder", func() bool { return len(stored(t, s)) == 0 })
}

// stored are the files of sound and pictures.
func stored(t *testing.T, s *site) (files []string) {
	err := filepath.WalkDir(filepath.Join(s.Config.Data, "audio"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return nil // what is being swept may go while we look
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
