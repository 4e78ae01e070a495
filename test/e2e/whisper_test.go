package e2e_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/internal/server"
	"talkit/internal/speech/enginetest"
	"talkit/internal/store/storetest"
	"talkit/internal/telemetry"
	"talkit/wire"
)

// TestSpeech does the main job with the real engine, on either database.
func TestSpeech(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		speechHeard(t)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		needLong(t) // TestKills has an engine beside PostgreSQL as well
		speechHeard(t, "--database-url="+storetest.Postgres(t))
	})
}

func speechHeard(t *testing.T, flags ...string) {
	needFFmpeg(t)
	flags = append(flags, "--engine=whisper", loopback)
	engine, err := server.NewEngine(settings(t, flags...), telemetry.NewLogger(log, "json"), "")
	if err != nil || engine.Ready(t.Context()) != nil {
		leaveOut(t, "the speech engine (by hand: talkit engine install)")
	}
	clip := enginetest.Clips(t)[0]
	w := setup(t, serve(t, flags...))
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL)
	sent := submission(wav(clip.PCM), field{"metadata", `{"k":"` + canary + `"}`})
	r := read[wire.Recording](w.user.post("/recordings", sent).want(http.StatusAccepted))
	told := hook.next(talkit.TranscriptCompleted)
	hook.verified(told, made.Secret)
	done := read[wire.Recording](w.user.get(fmt.Sprintf("/recordings/%d", r.ID)).want(http.StatusOK))
	if done.Status != "completed" || done.TranscriptID == nil || done.Language != "en" || done.Progress != 1 {
		t.Fatalf("told of a transcript, and the recording is %+v", done)
	}
	shown := read[wire.Transcript](w.token.get(fmt.Sprintf("/transcripts/%d", *done.TranscriptID)).want(http.StatusOK))
	w.tellsTheSame(told, shown)
	if clip.Heard(shown.Text) < 0.8 {
		t.Errorf("heard %q, said %q", shown.Text, clip.Text)
	}
	log.hide("what was recognised", shown.Text)
	timed(t, w, shown)
	quietRecording(t, w)
}

// timed: words have times in order, and probabilities.
func timed(t *testing.T, w *world, shown wire.Transcript) {
	last := 0.0
	for _, s := range read[wire.SegmentList](w.token.get("/transcripts/" + shown.ID + "/segments").want(http.StatusOK)).Data {
		for _, word := range s.Words {
			if word.Start < last || word.End < word.Start || word.End > shown.Audio.Duration+0.5 || word.Probability <= 0 || word.Probability > 1 {
				t.Errorf("word %+v after %v, of %v s", word, last, shown.Audio.Duration)
			}
			last = word.Start
		}
	}
	if last == 0 {
		t.Error("no words")
	}
}

// quietRecording: no speech is a completed transcript of no text.
func quietRecording(t *testing.T, w *world) {
	sent := submission(wav(make([]byte, 3*talkit.BytesPerSecond)), field{"metadata", `{"k":"v"}`})
	r := read[wire.Recording](w.user.post("/recordings", sent).want(http.StatusAccepted))
	r = w.reach(r.ID, talkit.RecordingCompleted)
	shown := read[wire.Transcript](w.token.get(fmt.Sprintf("/transcripts/%d", *r.TranscriptID)).want(http.StatusOK))
	if shown.Text != "" || shown.Metadata["k"] != "v" || shown.Job.Status != "completed" {
		t.Errorf("of silence: %+v", shown)
	}
}

// wav puts a header before samples as engines hear them.
func wav(pcm []byte) []byte {
	var file bytes.Buffer
	file.WriteString("RIFF")
	_ = binary.Write(&file, binary.LittleEndian, uint32(36+len(pcm)))
	file.WriteString("WAVEfmt ")
	_ = binary.Write(&file, binary.LittleEndian, []uint32{16, 1 | 1<<16, talkit.SampleRate, talkit.BytesPerSecond, talkit.BytesPerSample | 16<<16})
	file.WriteString("data")
	_ = binary.Write(&file, binary.LittleEndian, uint32(len(pcm)))
	file.Write(pcm)
	return file.Bytes()
}
