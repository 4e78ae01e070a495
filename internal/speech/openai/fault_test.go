package openai

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"talkit/internal/speech"
)

func status(code int, body string, headers ...string) answerer {
	return func(_ int, _ seen, w http.ResponseWriter) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func ok(body string) answerer { return status(http.StatusOK, body, "Content-Type", "application/json") }

// cut ends the connection in the middle of an answer.
func cut(_ int, _ seen, w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	io.WriteString(w, `{"text":"half of`)
	panic(http.ErrAbortHandler)
}

// deaf answers, and transcribes nothing.
func deaf(n int, in seen, w http.ResponseWriter) {
	if isProbe(in) {
		ok(`{"text":""}`)(n, in, w)
		return
	}
	status(500, "")(n, in, w)
}

// What an operator is told of a server that is not right, and how often it is
// asked before that: the work waits then.
func TestServersThatAreNotRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer answerer
		words  string
		asked  int
	}{
		"no such key": {status(401, `{"error":{"message":"Incorrect API key provided: `+key+`.","code":"invalid_api_key"}}`),
			"does not accept the key (401): set TALKIT_OPENAI_KEY to one that it does. It says: “Incorrect API key provided: (the key).”", 1},
		"not allowed":   {status(403, "no"), "does not let us in (403): the key (TALKIT_OPENAI_KEY) may not do this. It says: “no”", 1},
		"no such model": {status(404, `{"error":{"message":"The model 'whisper-1' does not exist","code":"model_not_found"}}`), "does not know the model whisper-1 (404): set TALKIT_OPENAI_MODEL to one of its own", 1},
		"model in 400":  {status(400, `{"error":{"message":"Not one of ours.","param":"model"}}`), "does not know the model whisper-1 (400)", 1},
		"model in 404":  {status(404, `{"detail":"Model 'whisper-1' is not installed locally."}`), "does not know the model whisper-1 (404)", 1},
		"no such path":  {status(404, "<html>not found</html>"), "transcribes nothing at this address (404): TALKIT_OPENAI_URL must be the server's", 1},
		"redirect": {status(302, "", "Location", "https://login.test/?token=hunter2"),
			"sends on to another address, https://login.test/ (302), and sound is not sent on: set TALKIT_OPENAI_URL to the right one", 1},
		"no money":              {status(429, `{"error":{"message":"You exceeded your current quota.","code":"insufficient_quota"}}`), "wants to be paid (429). It says: “You exceeded your current quota.”", 1},
		"busy":                  {status(429, `{"error":{"message":"Slow down."}}`, "Retry-After", "0"), "has too much to do (429). It says: “Slow down.”", 3},
		"busy for long":         {status(429, ``, "Retry-After", "3600"), "has too much to do (429)", 1},
		"fails":                 {status(500, "Internal\nServer\x00Error"), "fails (500). It says: “Internal Server Error”", 4},
		"overloaded":            {status(503, `{"message":"loading model"}`), "is overloaded, or not up (503). It says: “loading model”", 3},
		"gone behind a proxy":   {status(502, "<html>Bad Gateway</html>"), "is overloaded, or not up (502)", 3},
		"too slow for a proxy":  {status(504, ""), "is overloaded, or not up (504)", 3},
		"deaf":                  {deaf, "hears nothing in a sample of speech with the model whisper-1", 4},
		"refuses all":           {status(422, `{"detail":[{"loc":["body"],"msg":"field required"}]}`), `does not take what it is sent (422). It says: “[{"loc":["body"],"msg":"field required"}]”`, 2},
		"too large":             {status(413, ""), "does not take what it is sent (413)", 2},
		"a page":                {status(200, "<html>Welcome to nginx</html>", "Content-Type", "text/html"), "gives text/html, which is no transcript: is TALKIT_OPENAI_URL right?", 2},
		"nothing":               {ok(""), "gives an empty answer, which is no transcript", 2},
		"a list":                {ok(`[1,2]`), "JSON that is broken or of another form", 2},
		"another thing":         {ok(`{"models":[]}`), "JSON without a text", 2},
		"half an answer, whole": {ok(`{"text":"half`), "JSON that is broken", 2},
		"an error as success":   {ok(`{"error":"failed to decode audio"}`), "gives an error, which is no transcript: is TALKIT_OPENAI_URL right?. It says: “failed to decode audio”", 2},
		"no content":            {status(204, ""), "gives an answer of status 204, which is no transcript", 2},
		"far too much":          {ok(`{"text":"` + strings.Repeat("word ", 2<<20) + `"}`), "gives an answer of more than 4 MiB", 2},
		"a book":                {ok(`{"text":"` + strings.Repeat("word ", 2000) + `"}`), "gives more text than anybody says in", 2},
		"cut off":               {cut, "broke off in the middle of an answer: it may have crashed", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.answer)
			e := start(t, s.URL)
			_, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(2)})
			if !errors.Is(err, speech.ErrNotReady) || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), s.URL+"/v1/audio/transcriptions") {
				t.Errorf("%v\nwant %s", err, c.words)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("%q", err)
			}
			if n := len(s.requests()); n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
			if ready := e.Ready(t.Context()); ready == nil || ready.Error() != err.Error() {
				t.Errorf("Ready: %v", ready)
			}
			if _, again := e.Recognize(t.Context(), speech.Piece{PCM: spoken(2)}); !errors.Is(again, speech.ErrNotReady) || len(s.requests()) != c.asked {
				t.Errorf("asked again at once, of %d: %v", len(s.requests()), again)
			}
		})
	}
}

func TestAKeyIsWanted(t *testing.T) {
	t.Parallel()
	s := serve(t, status(401, ""))
	e := start(t, s.URL, func(o *Options) { o.Key = "" })
	if err := e.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "wants a key (401): set TALKIT_OPENAI_KEY") || s.requests()[0].authorization != "" {
		t.Error(err)
	}
}

// Errors of the connection name what the operator can look at, and nothing
// secret of the address.
func TestServersThatAreNotThere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	listener.Close()
	for address, words := range map[string]string{
		"http://u:hunter2@" + closed + "/v1?api_key=hunter2": "cannot be reached: nothing listens there. Is it running, and is TALKIT_OPENAI_URL right?",
		"http://nowhere.invalid/v1?api_key=hunter2":          "cannot be reached: ",
	} {
		e := start(t, address)
		_, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(1)})
		if !errors.Is(err, speech.ErrNotReady) || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v\nwant %s", err, words)
		}
	}
}

func TestAServerThatHangs(t *testing.T) {
	t.Parallel()
	release := make(chan bool)
	s := serve(t, func(int, seen, http.ResponseWriter) { <-release })
	defer close(release)
	e := start(t, s.URL, func(o *Options) { o.Timeout = 3 * time.Second }) // both requests get that far on any machine
	_, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(1)})
	if !errors.Is(err, speech.ErrNotReady) || !strings.Contains(err.Error(), "gave no answer within") || len(s.requests()) != 2 {
		t.Errorf("%v, after %d requests", err, len(s.requests()))
	}
	_, f := start(t, s.URL).send(t.Context(), request{pcm: spoken(1), within: 60 * time.Millisecond}, plain, nil)
	if f == nil || !strings.Contains(f.err.Error(), "gave no answer within 60ms") {
		t.Errorf("the sample, which has less time: %+v", f)
	}
}

// What comes right again is asked again: a passing fault costs a try, and one
// that stays for a while costs a rest.
func TestFaultsThatPass(t *testing.T) {
	t.Parallel()
	fault := map[string]answerer{"500": status(500, ""), "429": status(429, "", "Retry-After", "0"), "cut": cut, "503": status(503, "", "Retry-After", "0")}
	for name, faulty := range fault {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(n int, in seen, w http.ResponseWriter) {
				if n < 3 {
					faulty(n, in, w)
					return
				}
				ok(`{"text":"Hello"}`)(n, in, w)
			})
			e := start(t, s.URL)
			result, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(1)})
			if err != nil || result.Segments.Text() != "Hello" || len(s.requests()) != 3 {
				t.Errorf("%+v %v after %d requests", result, err, len(s.requests()))
			}
		})
	}
	s := serve(t, func(n int, in seen, w http.ResponseWriter) {
		if n == 1 {
			status(401, "")(n, in, w)
			return
		}
		ok(`{"text":"Hello"}`)(n, in, w)
	})
	e := start(t, s.URL, func(o *Options) { o.Rest = time.Millisecond })
	if _, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(1)}); !errors.Is(err, speech.ErrNotReady) {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for e.Ready(t.Context()) != nil && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if result, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(1)}); err != nil || result.Segments.Text() != "Hello" {
		t.Errorf("%+v %v", result, err)
	}
}

// A piece that the server cannot do must not wait for ever: it failed, where
// another piece is done. A word of its refusal proves nothing.
func TestAPieceThatIsAtFault(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	hangs := func(int, seen, http.ResponseWriter) { <-over }
	for name, faulty := range map[string]answerer{"500": status(500, "CUDA error"), "400": status(400, "bad audio"), "rubbish": ok(`{}`), "crash": cut,
		"a word of models": status(400, `{"error":{"message":"The audio could not be processed by the model."}}`), "slow": hangs} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(n int, in seen, w http.ResponseWriter) {
				if isProbe(in) {
					ok(`{"text":"And so, my fellow Americans"}`)(n, in, w)
					return
				}
				faulty(n, in, w)
			})
			e := start(t, s.URL, func(o *Options) {
				if name == "slow" {
					t.Cleanup(func() { close(over) })
					o.Timeout = 5 * time.Second
				}
			})
			if _, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3)}); err == nil || errors.Is(err, speech.ErrNotReady) {
				t.Errorf("%v", err)
			}
			if err := e.Ready(t.Context()); err != nil {
				t.Errorf("Ready: %v", err)
			}
		})
	}
}

// A server that is overloaded costs no piece a try, even where a short sample
// gets through: the work waits until it is well again.
func TestAnOverloadedServer(t *testing.T) {
	t.Parallel()
	const refusals = 12
	for name, faulty := range map[string]answerer{"503": status(503, "", "Retry-After", "0"), "502": status(502, ""), "504": status(504, ""), "429": status(429, "")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(n int, in seen, w http.ResponseWriter) {
				if isProbe(in) || n > refusals {
					ok(`{"text":"Hello"}`)(n, in, w)
					return
				}
				faulty(n, in, w)
			})
			e := start(t, s.URL, func(o *Options) { o.Rest = time.Millisecond })
			for range refusals {
				for e.Ready(t.Context()) != nil {
					time.Sleep(time.Millisecond)
				}
				result, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3)})
				if err == nil {
					if result.Segments.Text() != "Hello" || len(s.requests()) != refusals+1 {
						t.Errorf("%+v after %d requests", result, len(s.requests()))
					}
					return
				}
				if !errors.Is(err, speech.ErrNotReady) {
					t.Fatalf("the piece is counted: %v", err)
				}
			}
			t.Error("never done")
		})
	}
}

// What was asked for is obeyed: nothing is sent before.
func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{429, 502, 503, 504} {
		s := serve(t, status(code, "", "Retry-After", "3600"))
		e := start(t, s.URL, func(o *Options) { o.Rest = time.Millisecond })
		if _, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3)}); !errors.Is(err, speech.ErrNotReady) {
			t.Errorf("%d: %v", code, err)
		}
		if e.Ready(t.Context()) == nil || time.Until(e.rest.until) < 50*time.Minute || len(s.requests()) != 1 {
			t.Errorf("%d: asked again after %v, %d requests", code, time.Until(e.rest.until), len(s.requests()))
		}
	}
}

// A server that recognised something and refuses both a piece and the sample is
// not away: it would stop for ever.
func TestASampleThatIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, func(n int, in seen, w http.ResponseWriter) {
		if len(in.file) == 44+len(spoken(4)) {
			ok(`{"text":"Hello"}`)(n, in, w)
			return
		}
		status(400, "too short")(n, in, w)
	})
	e := start(t, s.URL)
	if _, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(4)}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Recognize(t.Context(), speech.Piece{PCM: spoken(3)}); err == nil || errors.Is(err, speech.ErrNotReady) || e.Ready(t.Context()) != nil {
		t.Errorf("%v, %v", err, e.Ready(t.Context()))
	}
}

// No part of the key gets out, wherever the server repeats it.
func TestTheKeyIsNotRepeated(t *testing.T) {
	t.Parallel()
	s := serve(t, status(401, strings.Repeat("x", 195)+key))
	err := start(t, s.URL).Check(t.Context())
	if err == nil || strings.Contains(err.Error(), key[:2]) {
		t.Error(err)
	}
}
