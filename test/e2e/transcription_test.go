package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"talkit"
	"talkit/internal/speech/enginetest"
	"talkit/wire"
)

// elsewhere is a speech server that hears the same in everything.
type elsewhere struct {
	*httptest.Server
	asked atomic.Int64
	left  atomic.Int64  // were given up by who asked
	block chan struct{} // answers wait for it, where it is set
}

func speechServer(t *testing.T, block chan struct{}) *elsewhere {
	e := &elsewhere{block: block}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		e.asked.Add(1)
		if block != nil {
			select {
			case <-block:
			case <-r.Context().Done():
				e.left.Add(1)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"language":"english","text":" Hello, Ada.","segments":[{"start":0.1,"end":0.9,"text":" Hello, Ada.","avg_logprob":-0.1}],`+
			`"words":[{"word":"Hello","start":0.1,"end":0.5},{"word":"Ada","start":0.5,"end":0.9}]}`)
	}))
	t.Cleanup(e.Close)
	return e
}

// transcription is a multipart body as OpenAI's clients send it.
func transcription(sound []byte, fields ...field) raw {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("file", "speech.wav") // a Buffer takes all
	_, _ = part.Write(sound)
	for _, f := range fields {
		_ = form.WriteField(f.name, f.value)
	}
	_ = form.Close()
	return raw{form.FormDataContentType(), body.String()}
}

// swelling is sound that may be speech.
func swelling(seconds int) []byte {
	pcm := enginetest.Tone(seconds)
	for i := 1; i < len(pcm); i += 2 {
		if i/8000%3 == 0 {
			pcm[i] = 1
		}
	}
	return wav(pcm)
}

const transcriptions = "/v1/audio/transcriptions"

// TestTranscriptions: what OpenAI's clients send is understood, by an engine
// that is such a server itself.
func TestTranscriptions(t *testing.T) {
	needFFmpeg(t)
	t.Setenv("TMPDIR", t.TempDir())
	speech := speechServer(t, nil)
	w := setup(t, serve(t, "--openai-url="+speech.URL, "--openai-key=sk-hidden", loopback))
	log.hide("the engine's key", "sk-hidden")
	sound := swelling(1)
	for name, c := range map[string]struct {
		fields []field
		want   string
	}{
		"json":    {[]field{{"model", "whisper-1"}, {"temperature", "0"}, {"prompt", "Ada, Grace"}}, `{"text":"Hello, Ada.","usage":{"type":"duration","seconds":1}}`},
		"text":    {[]field{{"response_format", "text"}, {"language", "en"}}, "Hello, Ada.\n"},
		"srt":     {[]field{{"response_format", "srt"}}, "1\n00:00:00,100 --> 00:00:0"},
		"vtt":     {[]field{{"response_format", "vtt"}}, "WEBVTT\n\n00:00:00.100 --> 00:00:0"},
		"stream":  {[]field{{"stream", "true"}}, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hello, Ada.\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"Hello, Ada.\"}\n\n"},
		"verbose": {[]field{{"response_format", "verbose_json"}}, `{"task":"transcribe","language":"english","duration":1,"text":"Hello, Ada.","segments":[{"id":0,"seek":0,"start":0.1,"end":0.9,"text":"Hello, Ada.","tokens":[],"temperature":0,"avg_logprob":-0.1,`},
		"words": {[]field{{"response_format", "verbose_json"}, {"timestamp_granularities[]", "word"}, {"chunking_strategy", "auto"}},
			`{"task":"transcribe","language":"english","duration":1,"text":"Hello, Ada.","words":[{"word":"Hello,","start":0.1,"end":0.5,"probability":0.905},{"word":"Ada.","start":0.5,"end":0.9,"probability":0.905}],"usage"`},
	} {
		a := w.user.post(transcriptions, transcription(sound, c.fields...)).want(http.StatusOK)
		if !strings.HasPrefix(string(a.body), c.want) {
			t.Errorf("%s: %s\nwant %s", name, a.body, c.want)
		}
	}
	models := read[wire.ModelList](w.user.get("/v1/models").want(http.StatusOK))
	if len(models.Data) != 1 || models.Data[0].ID != "whisper-1" || models.Object != "list" {
		t.Errorf("%+v", models)
	}
	if m := read[wire.Model](w.user.get("/v1/models/whisper-1").want(http.StatusOK)); m.ID != "whisper-1" || m.Object != "model" {
		t.Errorf("%+v", m)
	}
	refusals(t, w, sound)
	nothingIsKept(t, w)
}

// TestATranscriptionThatIsTooLarge is refused before it is sent, in OpenAI's form.
func TestATranscriptionThatIsTooLarge(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, loopback))
	body, sender := io.Pipe() // nothing comes of it
	t.Cleanup(func() { sender.Close() })
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+transcriptions, body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = 600 << 20
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Authorization", "Bearer "+w.user.credential())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var shown struct {
		Error struct{ Message, Type, Code string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&shown); err != nil || answer.StatusCode != http.StatusRequestEntityTooLarge ||
		shown.Error.Code != "too_large" || shown.Error.Type != "invalid_request_error" || !strings.Contains(shown.Error.Message, "536870912 bytes") {
		t.Errorf("%d %+v %v", answer.StatusCode, shown, err)
	}
}

// refusals are in OpenAI's form, and say what is wrong.
func refusals(t *testing.T, w *world, sound []byte) {
	for name, c := range map[string]struct {
		who    caller
		path   string
		body   any
		status int
		code   string
		words  string
	}{
		"no key":             {w.as(t, ""), transcriptions, transcription(sound), 401, "invalid_api_key", "needs a credential"},
		"a wrong key":        {w.as(t, "sk-wrong"), transcriptions, transcription(sound), 401, "invalid_api_key", ""},
		"another kind's":     {w.developer, transcriptions, transcription(sound), 401, "invalid_api_key", ""},
		"no sound":           {w.user, transcriptions, transcription([]byte("hello")), 400, "invalid_value", "no sound"},
		"no file":            {w.user, transcriptions, submission(sound), 400, "invalid_value", "file"},
		"JSON":               {w.user, transcriptions, map[string]any{"file": "x"}, 400, "invalid_value", "multipart/form-data"},
		"an unknown model":   {w.user, transcriptions, transcription(sound, field{"model", "huge"}), 404, "model_not_found", "huge"},
		"an unknown form":    {w.user, transcriptions, transcription(sound, field{"response_format", "diarized_json"}), 400, "invalid_value", "json, text, srt, vtt, verbose_json"},
		"a bad temperature":  {w.user, transcriptions, transcription(sound, field{"temperature", "hot"}), 400, "invalid_value", "from 0 to 1"},
		"an odd granularity": {w.user, transcriptions, transcription(sound, field{"timestamp_granularities[]", "letter"}), 400, "invalid_value", "word or segment"},
		"an odd language":    {w.user, transcriptions, transcription(sound, field{"language", "tlh"}), 400, "invalid_value", "language"},
		"twice":              {w.user, transcriptions, transcription(sound, field{"model", "whisper-1"}, field{"model", "whisper-1"}), 400, "invalid_value", "twice"},
		"no such address":    {w.user, "/v1/audio/translations", transcription(sound), 404, "not_found", "nothing at this address"},
		"another method":     {w.user, "/v1/models", transcription(sound), 405, "method_not_allowed", "GET"},
	} {
		var shown struct {
			Error struct {
				Message, Type string
				Param, Code   *string
			}
		}
		a := c.who.post(c.path, c.body).want(c.status)
		if err := json.Unmarshal(a.body, &shown); err != nil || shown.Error.Code == nil || *shown.Error.Code != c.code || shown.Error.Type != "invalid_request_error" {
			t.Errorf("%s: %v %s", name, err, a.body)
		}
		if c.words == "huge" { // what it is asked for is not repeated
			c.words = "model"
		}
		if !strings.Contains(shown.Error.Message, c.words) {
			t.Errorf("%s: %s", name, shown.Error.Message)
		}
	}
	w.user.get("/v1/models/huge").want(http.StatusNotFound)
}

// nothingIsKept: no file, no recording.
func nothingIsKept(t *testing.T, w *world) {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "talkit-sound-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if all := read[wire.List[wire.Recording]](w.user.get("/recordings").want(http.StatusOK)); all.TotalCount != 0 {
		t.Errorf("recordings: %+v", all)
	}
}

// TestATranscriptionNobodyWaitsFor: who is gone leaves no work behind, and what
// comes twice is answered once.
func TestATranscriptionNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	block := make(chan struct{})
	speech := speechServer(t, block)
	w := setup(t, serve(t, "--openai-url="+speech.URL, loopback))
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL()+transcriptions, nil)
	if err != nil {
		t.Fatal(err)
	}
	body := transcription(swelling(80))
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body.content)), int64(len(body.content))
	r.Header.Set("Content-Type", body.contentType)
	r.Header.Set("Authorization", "Bearer "+w.user.credential())
	done := make(chan error, 1)
	go func() { _, err := http.DefaultClient.Do(r); done <- err }()
	until(t, "the first piece is asked for", func() bool { return speech.asked.Load() > 0 })
	leave()
	if err := <-done; err == nil {
		t.Fatal("it was answered")
	}
	until(t, "the server lets the piece go", func() bool { return speech.left.Load() > 0 })
	close(block)
	again := w.user.with("Idempotency-Key", fmt.Sprint(time.Now().UnixNano()))
	sound := transcription(swelling(1), field{"response_format", "text"})
	first := again.post(transcriptions, sound).want(http.StatusOK)
	second := again.post(transcriptions, sound).want(http.StatusOK)
	if string(first.body) != string(second.body) || second.header.Get("Content-Type") != "text/plain; charset=utf-8" || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%s, then %s", first.body, second.body)
	}
	if asked := speech.asked.Load(); asked > 2+1 { // as many as were in hand, and this one
		t.Errorf("%d pieces were recognised for nobody", asked-1)
	}
}

// TestARecordingHeardElsewhere: the engine is another server, and its words
// come with times.
func TestARecordingHeardElsewhere(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	w := setup(t, serve(t, "--openai-url="+speechServer(t, nil).URL, loopback))
	r := read[wire.Recording](w.user.post("/recordings", submission(swelling(2))).want(http.StatusAccepted))
	r = w.reach(r.ID, talkit.RecordingCompleted)
	shown := read[wire.Transcript](w.token.get(fmt.Sprintf("/transcripts/%d", *r.TranscriptID)).want(http.StatusOK))
	if shown.Text != "Hello, Ada." || shown.Job.Engine != "openai whisper-1" || shown.Job.Language != "en" {
		t.Errorf("%+v", shown)
	}
}

// TestModelsElsewhereThatCannotBeAskedFor: whether a server has a model it says
// itself, once a minute at most, whoever asks for which; while it cannot, nobody
// is told that the model is wrong.
func TestModelsElsewhereThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	var asked atomic.Int64
	speech := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			asked.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, `{"text":"Hello, Ada.","language":"english"}`)
	}))
	t.Cleanup(speech.Close)
	w := setup(t, serve(t, "--openai-url="+speech.URL, loopback))
	r := read[wire.Recording](w.user.post("/recordings", submission(swelling(2))).want(http.StatusAccepted))
	r = w.reach(r.ID, talkit.RecordingCompleted)
	for i := range 5 {
		a := w.user.post(fmt.Sprintf("/recordings/%d/transcribe", r.ID), map[string]any{"model": fmt.Sprint("large-v", i)}).want(http.StatusServiceUnavailable)
		if a.header.Get("Retry-After") == "" || !strings.Contains(string(a.body), "cannot be asked for its models") {
			t.Errorf("%v %s", a.header, a.body)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}
