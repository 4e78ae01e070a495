package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
)

// server is a speech server that answers as a test says.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

// seen is a request as the server got it.
type seen struct {
	path, query, authorization string
	fields                     map[string][]string
	file                       []byte
}

type answerer func(n int, in seen, w http.ResponseWriter)

func serve(t *testing.T, answer answerer) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in := seen{path: r.URL.Path, query: r.URL.RawQuery, authorization: r.Header.Get("Authorization"), fields: map[string][]string{}}
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
			if err := r.ParseMultipartForm(4 << 20); err != nil || r.ContentLength < 1 {
				t.Errorf("the body: %v, of %d bytes", err, r.ContentLength)
				return
			}
			in.fields = r.MultipartForm.Value
			file, err := r.MultipartForm.File["file"][0].Open()
			if err != nil {
				t.Error(err)
				return
			}
			in.file, _ = io.ReadAll(file)
		}
		s.mu.Lock()
		s.seen = append(s.seen, in)
		n := len(s.seen)
		s.mu.Unlock()
		answer(n, in, w)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) requests() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

const key = "sk-hunter2"

// start makes an engine that asks the server, and runs it.
func start(t *testing.T, url string, change ...func(*Options)) *Engine {
	t.Helper()
	e := connect(t, url, change...).Engine(DefaultModel)
	enginetest.Start(t, e)
	return e
}

func connect(t *testing.T, url string, change ...func(*Options)) *Server {
	t.Helper()
	options := Options{URL: url, Key: key, Pause: time.Millisecond, Timeout: 20 * time.Second, Rest: time.Hour, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&options)
	}
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spoken is sound that may be speech: a tone that swells and falls.
func spoken(seconds int) []byte {
	pcm := enginetest.Tone(seconds)
	for i := 0; i+1 < len(pcm); i += 2 {
		if i/8000%3 == 0 {
			pcm[i+1] = 1 // of little level
		}
	}
	return pcm
}

func isProbe(in seen) bool {
	return len(in.file) == 44+len(speech.Sample) && in.fields["response_format"][0] == "json"
}

func write(t *testing.T, w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	s := serve(t, func(_ int, _ seen, w http.ResponseWriter) {
		write(t, w, map[string]any{"text": " Hello, world.", "language": "english"})
	})
	for address, path := range map[string]string{
		s.URL: "/v1/audio/transcriptions", s.URL + "/": "/v1/audio/transcriptions", s.URL + "/v1/": "/v1/audio/transcriptions",
		s.URL + "/openai/v1?api-version=3": "/openai/v1/audio/transcriptions", s.URL + "/v1/audio/transcriptions": "/v1/audio/transcriptions",
	} {
		e := connect(t, address).Engine("large")
		enginetest.Start(t, e)
		result, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(2), Language: "en", Hints: []string{"Zoë", "Van Dam"}})
		if err != nil || result.Language != "en" || result.Segments.Text() != "Hello, world." {
			t.Errorf("%s: %+v %v", address, result, err)
		}
		in := s.requests()[len(s.requests())-1]
		want := map[string][]string{"model": {"large"}, "language": {"en"}, "prompt": {"Zoë, Van Dam"}, "response_format": {"verbose_json"},
			"timestamp_granularities[]": {"word", "segment"}}
		if in.path != path || fmt.Sprint(in.fields) != fmt.Sprint(want) || in.authorization != "Bearer "+key || (in.query != "") != strings.Contains(address, "?") {
			t.Errorf("%s was asked as %+v", address, in)
		}
		if string(in.file[:4]) != "RIFF" || len(in.file) != 44+len(spoken(2)) {
			t.Errorf("a file of %d bytes", len(in.file))
		}
	}
	for _, bad := range []string{"", "gpu:8000", "ftp://x", "http://", "://", "http://x:y:z"} {
		if _, err := New(Options{URL: bad}); err == nil || !strings.Contains(err.Error(), "TALKIT_OPENAI_URL") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Nothing of what is no speech is sent: such servers make words up.
func TestSilenceIsNotSent(t *testing.T) {
	t.Parallel()
	s := serve(t, func(_ int, _ seen, w http.ResponseWriter) {
		write(t, w, map[string]any{"text": "Thank you for watching."})
	})
	e := start(t, s.URL)
	for name, pcm := range map[string][]byte{"nothing": nil, "silence": make([]byte, 20*bytesPerSecond), "noise": enginetest.Noise(20), "tone": enginetest.Tone(10)} {
		result, err := e.Recognize(t.Context(), speech.Piece{PCM: pcm})
		language, probability, guessed := e.DetectLanguage(t.Context(), pcm)
		if err != nil || guessed != nil || len(result.Segments) > 0 || language != "" || probability != 0 {
			t.Errorf("%s: %+v %v %q %v", name, result, err, language, guessed)
		}
	}
	if n := len(s.requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// And all that is speech is.
func TestSpeechIsSent(t *testing.T) {
	t.Parallel()
	for _, clip := range enginetest.Clips(t) {
		if !listen(clip.PCM).mayBeSpeech() {
			t.Errorf("taken for none: %q", clip.Text)
		}
	}
}

func TestLanguageIsFoundAndTheTextKept(t *testing.T) {
	t.Parallel()
	s := serve(t, func(n int, in seen, w http.ResponseWriter) {
		write(t, w, map[string]any{"text": fmt.Sprintf("Nummer %d", n), "language": "German", "segments": []any{}})
	})
	e := start(t, s.URL)
	language, probability, err := e.DetectLanguage(t.Context(), spoken(3))
	if err != nil || language != "de" || probability < 0.5 {
		t.Errorf("%q %v %v", language, probability, err)
	}
	for i, want := range []string{"Nummer 1", "Nummer 2"} { // what was heard already is not sent again, once
		result, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3), Language: "de"})
		if err != nil || result.Segments.Text() != want || result.Language != "de" {
			t.Errorf("%d: %+v %v", i, result, err)
		}
	}
	result, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3), Language: "tlh"})
	if in := s.requests(); err != nil || result.Language != "de" || in[len(in)-1].fields["language"] != nil {
		t.Errorf("a language that nobody knows was asked for: %+v, %v", result, err)
	}
}

// Servers take less than OpenAI's: what they refuse by name is left out.
func TestServersThatTakeLess(t *testing.T) {
	t.Parallel()
	refuse := func(t *testing.T, w http.ResponseWriter, param, words string) {
		w.WriteHeader(http.StatusBadRequest)
		write(t, w, map[string]any{"error": map[string]any{"message": words, "type": "invalid_request_error", "param": param, "code": nil}})
	}
	for name, c := range map[string]struct {
		answer answerer
		want   string
		tries  int // for two pieces
	}{
		"no word granularity": {func(_ int, in seen, w http.ResponseWriter) {
			if in.fields["timestamp_granularities[]"] != nil {
				refuse(t, w, "timestamp_granularities", "Unknown parameter.")
				return
			}
			write(t, w, map[string]any{"text": "Hello", "segments": []any{map[string]any{"start": 0.5, "end": 1.5, "text": " Hello"}}})
		}, "Hello", 3},
		"text alone": {func(_ int, in seen, w http.ResponseWriter) {
			if in.fields["response_format"][0] != "json" {
				refuse(t, w, "response_format", "response_format 'verbose_json' is not compatible with model 'gpt-4o-transcribe'. Use 'json' or 'text' instead.")
				return
			}
			write(t, w, map[string]any{"text": "Hello"})
		}, "Hello", 3},
		"plain text whatever is asked": {func(_ int, in seen, w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(w, "Hello\n")
		}, "Hello", 2},
		"no such language": {func(_ int, in seen, w http.ResponseWriter) {
			if in.fields["language"] != nil {
				refuse(t, w, "", "Language 'en' is not supported")
				return
			}
			write(t, w, map[string]any{"text": "Hello"})
		}, "Hello", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.answer)
			e := start(t, s.URL)
			for range 2 {
				result, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(2), Language: "en"})
				if err != nil || result.Segments.Text() != c.want {
					t.Fatalf("%+v %v", result, err)
				}
				enginetest.Sound(t, spoken(2), result)
			}
			if n := len(s.requests()); n != c.tries {
				t.Errorf("%d requests, want %d", n, c.tries)
			}
		})
	}
}

func TestAPieceThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	asked := make(chan bool, 10)
	release := make(chan bool)
	s := serve(t, func(int, seen, http.ResponseWriter) { asked <- true; <-release })
	defer close(release)
	e := start(t, s.URL)
	ctx, cancel := context.WithCancelCause(t.Context())
	errLeft := errors.New("the caller left")
	go func() { <-asked; cancel(errLeft) }()
	if _, err := e.Recognize(ctx, speech.Piece{PCM: spoken(1)}); !errors.Is(err, errLeft) {
		t.Error(err)
	}
	if err := e.Ready(t.Context()); err != nil {
		t.Errorf("the server is blamed for it: %v", err)
	}
}
