package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/internal/server"
	"talkit/internal/speech/enginetest"
	"talkit/internal/telemetry"
	"talkit/wire"
)

// TestTranscribeAgain has a second model make another text of a released
// recording; plugins are told.
func TestTranscribeAgain(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	flags := []string{"--engine=whisper", loopback}
	for _, model := range []string{"base", "tiny.en"} {
		engine, err := server.NewEngine(settings(t, flags...), telemetry.NewLogger(log, "json"), model)
		if err != nil || engine.Ready(t.Context()) != nil {
			leaveOut(t, "the speech model "+model+" (by hand: talkit engine install --model "+model+")")
		}
	}
	clip := enginetest.Clips(t)[0]
	w := setup(t, serve(t, flags...))
	hook := receive(t, nil)
	w.newWebhook(hook.URL, talkit.TranscriptCompleted, talkit.TranscriptUpdated)
	r := read[wire.Recording](w.user.post("/recordings", submission(wav(clip.PCM))).want(http.StatusAccepted))
	hook.next(talkit.TranscriptCompleted)
	path := fmt.Sprintf("/recordings/%d", r.ID)
	w.user.post(path+"/transcribe", map[string]string{"language": "tlh"}).want(http.StatusUnprocessableEntity)
	w.user.post(path+"/transcribe", map[string]string{"model": "huge"}).want(http.StatusUnprocessableEntity)
	asked := read[wire.Recording](w.user.post(path+"/transcribe", map[string]string{"model": "tiny.en", "language": "en"}).want(http.StatusAccepted))
	if asked.Status != "completed" || asked.Again == nil {
		t.Errorf("asked: %+v", asked)
	}
	hook.next(talkit.TranscriptUpdated)
	now := read[wire.Recording](w.user.get(path).want(http.StatusOK))
	if now.Again != nil || now.Job.Engine != "whisper tiny.en" {
		t.Errorf("in the end: %+v", now)
	}
	revisions := read[wire.List[wire.Revision]](w.user.get(path + "/revisions").want(http.StatusOK))
	if revisions.TotalCount != 2 {
		t.Errorf("revisions: %+v", revisions)
	}
}
