package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/server"
	"talkit/internal/speech/enginetest"
	"talkit/internal/telemetry"
	"talkit/wire"
)

// TestGhosts sends sounds in which nobody speaks, each to be a completed
// recording of no text; and a sentence with a minute of them around it, of which
// the sentence is the text.
func TestGhosts(t *testing.T) {
	t.Parallel()
	needLong(t) // each engine is held to it by its own tests
	needFFmpeg(t)
	flags := []string{"--engine=whisper"}
	engine, err := server.NewEngine(settings(t, flags...), telemetry.NewLogger(log, "json"), "")
	if err != nil || engine.Ready(t.Context()) != nil {
		leaveOut(t, "the speech engine (by hand: talkit engine install)")
	}
	w := setup(t, serve(t, flags...))
	clip := enginetest.Clips(t)[0]
	send := func(pcm []byte) int64 {
		t.Helper()
		// Without a language: on what is no speech none is found.
		return read[wire.Recording](w.user.post("/recordings", submission(wav(pcm))).want(http.StatusAccepted)).ID
	}
	said := map[string]int64{}
	for name, sound := range enginetest.NoSpeech(12) {
		said[name] = send(sound)
	}
	among := send(enginetest.Among(clip.PCM, enginetest.NoSpeech(30)["pink noise"]))
	for name, id := range said {
		r := w.reach(id, talkit.RecordingCompleted)
		shown := read[wire.Transcript](w.token.get(fmt.Sprintf("/transcripts/%d", *r.TranscriptID)).want(http.StatusOK))
		if shown.Text != "" || shown.Name != "" || r.Error != nil {
			t.Errorf("%s: %q, named %q", name, shown.Text, shown.Name)
		}
	}
	r := w.reach(among, talkit.RecordingCompleted)
	text := read[wire.Transcript](w.token.get(fmt.Sprintf("/transcripts/%d", *r.TranscriptID)).want(http.StatusOK)).Text
	if clip.Heard(text) < 0.7 || len(strings.Fields(text)) > len(strings.Fields(clip.Text))+3 {
		t.Errorf("%q in a minute of noise is %q", clip.Text, text)
	}
	log.hide("what was recognised", text)
}
