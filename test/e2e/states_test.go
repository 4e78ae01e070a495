package e2e_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"talkit"
	"talkit/wire"
)

// states: what can't be done says so and does nothing.
func states(t *testing.T, w *world) {
	r := w.reach(w.submit().ID, talkit.RecordingReview)
	path := fmt.Sprintf("/recordings/%d", r.ID)
	if r.WaitingFor == nil || r.WaitingFor.Code != "review" || r.Progress != 1 || r.TranscriptID != nil {
		t.Errorf("in review: %+v", r)
	}
	for _, step := range []string{"release", "withdraw", "restore", "retry"} {
		w.user.post(path+"/"+step, nil).refused(http.StatusConflict, "conflict")
	}
	w.user.get(path+"/transcript").refused(http.StatusNotFound, "not_found")
	draft := read[wire.Transcript](w.user.put(path+"/transcript", map[string]string{"text": "A draft " + canary}).want(http.StatusOK))
	if draft.Published || draft.ID != "" {
		t.Errorf("a draft: %+v", draft)
	}
	if list := read[wire.List[wire.Transcript]](w.token.get("/transcripts")); list.TotalCount != 0 {
		t.Errorf("an unreleased text is listed: %+v", list)
	}
	done := w.release(r)
	if done.Status != "completed" || done.WaitingFor != nil {
		t.Errorf("released: %+v", done)
	}
	for _, step := range []string{"release", "retry"} {
		w.user.post(path+"/"+step, nil).refused(http.StatusConflict, "conflict")
	}
	events := read[struct{ Data []json.RawMessage }](w.developer.get(w.path("/events")).want(http.StatusOK))
	if !slices.ContainsFunc(events.Data, func(e json.RawMessage) bool { return strings.Contains(string(e), "transcript.completed") }) {
		t.Errorf("the plugin's events are %s", events.Data)
	}
}

// hollow is a FLAC file with a head that tells of a second of sound, and none
// behind it: its probe passes, its decoding does not.
func hollow() []byte {
	head := []byte("fLaC\x80\x00\x00\x22\x10\x00\x10\x00\x00\x00\x00\x00\x00\x00") // STREAMINFO (RFC 9639, section 8.2)
	head = binary.BigEndian.AppendUint64(head, 16_000<<44|15<<36|16_000)
	return append(head, make([]byte, 4096)...)
}

// failing: a recording without sound fails with words for its person, keeps
// what was sent, and can be tried again.
func failing(t *testing.T, w *world) {
	needFFmpeg(t)
	r := read[wire.Recording](w.user.post("/recordings", submission(hollow(), field{"name", "Hollow"})).want(http.StatusAccepted))
	path := fmt.Sprintf("/recordings/%d", r.ID)
	for range 2 {
		failed := w.reach(r.ID, talkit.RecordingFailed)
		if failed.Error == nil || !strings.Contains(*failed.Error, "no sound") || failed.TranscriptID != nil || failed.Job.Status != "failed" || failed.WaitingFor != nil {
			t.Errorf("failed: %+v", failed)
		}
		if sound := w.user.get(path + "/audio").want(http.StatusOK); string(sound.body) != string(hollow()) {
			t.Error("the sound is not kept")
		}
		w.user.get(path+"/transcript").refused(http.StatusNotFound, "not_found")
		w.user.put(path+"/transcript", map[string]string{"text": "x"}).refused(http.StatusConflict, "conflict")
		again := read[wire.Recording](w.user.post(path+"/retry", nil).want(http.StatusOK))
		if again.Status != "queued" || again.Error != nil || again.Job.ID == failed.Job.ID {
			t.Errorf("tried again: %+v", again)
		}
	}
}

// logos are encoded anew and served to everyone.
func logos(t *testing.T, w *world) {
	set := read[wire.Plugin](w.developer.put(w.path("/logo"), raw{"image/png", picture()}).want(http.StatusOK))
	path, ours := strings.CutPrefix(set.LogoURI, w.URL())
	if !ours {
		t.Fatalf("the logo is at %s", set.LogoURI)
	}
	shown := w.as(t, "").get(path).want(http.StatusOK)
	if shown.header.Get("Content-Type") != "image/png" || !strings.Contains(shown.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the logo goes out with %v", shown.header)
	}
	for _, none := range []string{"", "<svg/>", picture()[:20]} {
		w.developer.put(w.path("/logo"), raw{"image/png", none}).refused(http.StatusUnsupportedMediaType, "unsupported")
	}
	w.developer.put(w.path("/logo"), raw{"image/png", strings.Repeat("x", 2<<20+1)}).refused(http.StatusRequestEntityTooLarge, "too_large")
}
