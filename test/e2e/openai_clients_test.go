package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	engines "talkit/internal/speech"
	"talkit/internal/speech/enginetest"
	"talkit/internal/speech/openai"
	"talkit/internal/telemetry"
)

// clientProgram runs a program of testdata that imports what scripts/snippets
// installs.
func clientProgram(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	cache, err := filepath.Abs("../../.cache")
	if err != nil {
		t.Fatal(err)
	}
	installed := filepath.Join(cache, "snippets", "node_modules", "openai")
	if strings.HasSuffix(name, ".py") {
		python := filepath.Join(cache, "venv", "bin", "python")
		if exec.Command(python, "-c", "import openai").Run() != nil {
			leaveOut(t, "openai for Python (by hand: scripts/snippets)")
		}
	} else if _, err := os.Stat(installed); err != nil {
		leaveOut(t, "openai for JavaScript (by hand: scripts/snippets)")
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	program := interpreter(t, file)
	program.Args = append(program.Args, args...)
	return program
}

// TestOpenAIClients: the clients that OpenAI publishes work unchanged.
func TestOpenAIClients(t *testing.T) {
	t.Parallel()
	needLive(t)
	w := setup(t, serve(t, "--engine=whisper", "--model="+smallModel, loopback))
	clip := enginetest.Clips(t)[0]
	folder := t.TempDir()
	sound, bad := filepath.Join(folder, "speech.wav"), filepath.Join(folder, "bad.wav")
	for path, content := range map[string][]byte{sound: wav(clip.PCM), bad: []byte("this is no sound")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"openai_client.py", "openai_client.mjs"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := clientProgram(t, name, w.URL()+"/v1", w.user.credential(), sound, bad)
			var words strings.Builder
			program.Stderr = &words
			out, err := program.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, words.String())
			}
			var got clientGot
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got.check(t, clip)
		})
	}
}

// clientGot is what the programs print.
type clientGot struct {
	JSON, Text, SRT, VTT, Stream, Done, Model string
	Models                                    []string
	Verbose                                   struct {
		Task, Language, Text string
		Duration             float64
		Segments             []struct {
			Start, End float64
			Text       string
			AvgLogprob float64 `json:"avg_logprob"`
		}
		Words []struct {
			Word       string
			Start, End float64
		}
	}
	WrongKey, BadFile, NoModel clientFailure
}

type clientFailure struct {
	Class, Message, Code, Request string
	Status                        int
}

func (g clientGot) check(t *testing.T, clip enginetest.Clip) {
	for form, text := range map[string]string{"json": g.JSON, "text": g.Text, "srt": g.SRT, "vtt": g.VTT, "stream": g.Stream, "done": g.Done, "verbose": g.Verbose.Text} {
		if clip.Heard(text) < 0.7 {
			t.Errorf("%s: %q, said %q", form, text, clip.Text)
		}
	}
	if !strings.HasPrefix(g.SRT, "1\n00:00:0") || !strings.HasPrefix(g.VTT, "WEBVTT\n\n00:00:0") {
		t.Errorf("captions: %q %q", g.SRT, g.VTT)
	}
	v := g.Verbose
	seconds := float64(len(clip.PCM)) / 32_000
	if v.Task != "transcribe" || v.Language != "english" || v.Duration < seconds-0.1 || v.Duration > seconds+0.1 {
		t.Errorf("%+v", v)
	}
	if len(v.Segments) == 0 || len(v.Words) < len(strings.Fields(clip.Text))/2 {
		t.Errorf("%d segments, %d words", len(v.Segments), len(v.Words))
	}
	last := 0.0
	for _, word := range v.Words {
		if word.Start < last || word.End < word.Start || word.End > seconds+0.1 || word.Word == "" || word.Word != strings.TrimSpace(word.Word) {
			t.Errorf("%+v after %v", word, last)
		}
		last = word.End
	}
	if len(g.Models) < 2 || g.Models[0] != "whisper-1" || !slices.Contains(g.Models, smallModel) || g.Model != "whisper-1" {
		t.Errorf("models %v %q", g.Models, g.Model)
	}
	for _, f := range []struct {
		clientFailure
		class, code, words string
		status             int
	}{
		{g.WrongKey, "AuthenticationError", "invalid_api_key", "not accepted", 401},
		{g.BadFile, "BadRequestError", "invalid_value", "no sound", 400},
		{g.NoModel, "NotFoundError", "model_not_found", "There is", 404},
	} {
		if f.Class != f.class || f.Code != f.code || f.Status != f.status || !strings.Contains(f.Message, f.words) || f.Request == "" {
			t.Errorf("%+v", f)
		}
	}
}

// TestTalkitIsAnEngine: a talkit whose engine is another talkit is held to what
// every engine is held to.
func TestTalkitIsAnEngine(t *testing.T) {
	t.Parallel()
	needLive(t)
	w := setup(t, serve(t, "--engine=whisper", "--model="+smallModel, loopback))
	enginetest.Run(t, func(t *testing.T) engines.Engine {
		server, err := openai.New(openai.Options{URL: w.URL() + "/v1", Key: w.user.credential(), Log: telemetry.NewLogger(log, "json")})
		if err != nil {
			t.Fatal(err)
		}
		engine := server.Engine(openai.DefaultModel)
		if err := engine.Check(t.Context()); err != nil {
			t.Errorf("the sample that tells whose fault it is: %v", err)
		}
		return engine
	})
}
