package openai

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
)

func read(t *testing.T, body string, pcm []byte) speech.Result {
	t.Helper()
	s, err := New(Options{URL: "http://speech.test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	a, f := s.Engine("").understand("application/json", []byte(body), listen(pcm), seconds(pcm))
	if f != nil {
		t.Fatalf("%s: %v", body, f.err)
	}
	result := speech.Result{Language: a.language, Segments: a.segments}
	enginetest.Sound(t, pcm, result)
	return result
}

func word(text string, start, end, probability float64) talkit.Word {
	return talkit.Word{Word: text, Start: start, End: end, Probability: probability}
}

// Servers of different makes write the times of words in different ways.
func TestWordsOfServers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want []talkit.Word
	}{
		"OpenAI: no punctuation, no probability": {`{"language":"english","text":"Hello, world. It's 5.","words":[{"word":"Hello","start":0.1,"end":0.5},{"word":"world","start":0.5,"end":1},
			{"word":"It's","start":1.2,"end":1.4},{"word":"5","start":1.4,"end":1.5}],"segments":[{"start":0,"end":1,"text":" Hello, world.","avg_logprob":-0.1053605},{"start":1.2,"end":1.5,"text":" It's 5."}]}`,
			[]talkit.Word{word(" Hello,", 0.1, 0.5, 0.9), word(" world.", 0.5, 1, 0.9), word(" It's", 1.2, 1.4, 1), word(" 5.", 1.4, 1.5, 1)}},
		"faster-whisper: in segments, with spaces": {`{"text":"Hello, world.","segments":[{"start":0,"end":1,"text":" Hello, world.","words":[{"word":" Hello,","start":0.1,"end":0.5,"probability":0.8},
			{"word":" world.","start":0.5,"end":1,"probability":0.7}]}]}`,
			[]talkit.Word{word(" Hello,", 0.1, 0.5, 0.8), word(" world.", 0.5, 1, 0.7)}},
		"whisper.cpp: pieces of words": {`{"text":"Unbelievable twenty-five.","segments":[{"start":0,"end":1.5,"text":" Unbelievable twenty-five.","words":[{"word":" Unbel","start":0.1,"end":0.4,"probability":0.9},
			{"word":"ievable","start":0.4,"end":0.8,"probability":0.6},{"word":" twenty","start":0.8,"end":1,"probability":0.9},{"word":"-","start":1,"end":1,"probability":0.1},{"word":"five","start":1,"end":1.4,"probability":0.9},{"word":".","start":1.4,"end":1.5,"probability":0.9}]}]}`,
			[]talkit.Word{word(" Unbelievable", 0.1, 0.8, 0.6), word(" twenty-five.", 0.8, 1.4, 0.9)}},
		"segments alone": {`{"text":"One two.","segments":[{"start":0.4,"end":1.3,"text":" One two."}]}`,
			[]talkit.Word{word(" One", 0.4, 0.85, 1), word(" two.", 0.85, 1.3, 1)}},
		"a word that is written otherwise": {`{"segments":[{"start":0,"end":2,"text":" Take five of them."}],"words":[{"word":"Take","start":0,"end":0.4},{"word":"5","start":0.4,"end":0.8},{"word":"of","start":0.8,"end":1},{"word":"them","start":1,"end":1.5}]}`,
			[]talkit.Word{word(" Take", 0, 0.4, 1), word(" five", 0.4, 0.8, 1), word(" of", 0.8, 1, 1), word(" them.", 1, 1.5, 1)}},
		"no spaces between words": {`{"segments":[{"start":0,"end":1,"text":"今日は。"}],"words":[{"word":"今日","start":0.2,"end":0.6,"probability":0.5},{"word":"は","start":0.6,"end":0.8,"probability":0.6}]}`,
			[]talkit.Word{word("今", 0.2, 0.4, 0.5), word("日", 0.4, 0.6, 0.5), word("は。", 0.6, 0.8, 0.6)}},
		"times from nowhere": {`{"segments":[{"start":-5,"end":1e9,"text":" One two three four."}],"words":[{"word":"One","start":"0.5","end":null},{"word":"two","start":1e300,"end":-3},{"word":"three","start":null,"end":null},{"word":"four","start":0.1,"end":0.2}]}`,
			[]talkit.Word{word(" One", 0.5, 0.5, 1), word(" two", 2, 2, 1), word(" three", 2, 2, 1), word(" four.", 2, 2, 1)}},
		"no segments":        {`{"text":" Yes. "}`, []talkit.Word{word(" Yes.", 0, 2, 1)}},
		"no text in them":    {`{"text":"","segments":[{"start":0,"end":2,"text":"  "}]}`, nil},
		"a NUL and no UTF-8": {"{\"text\":\"a\\u0000b \xff\"}", []talkit.Word{word(" ab", 0, 1.5, 1), word(" \ufffd", 1.5, 2, 1)}},
		"a ghost":            {`{"text":"Thank you.","segments":[{"start":0,"end":2,"text":" Thank you.","no_speech_prob":0.9,"avg_logprob":-1.4}]}`, nil},
		"a loop in silence":  {`{"text":"a a a","segments":[{"start":0,"end":2,"text":" a a a a","no_speech_prob":0.7,"avg_logprob":-0.2,"compression_ratio":3.1}]}`, nil},
		"unlikely, and said": {`{"text":"Um.","segments":[{"start":0,"end":2,"text":" Um.","no_speech_prob":0.2,"avg_logprob":-1.6094379}]}`, []talkit.Word{word(" Um.", 0, 2, 0.2)}},
	} {
		var got []talkit.Word
		for _, s := range read(t, c.body, enginetest.Noise(2)).Segments {
			got = append(got, s.Words...)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is said to be spoken where nothing sounds was not.
func TestNothingIsHeardInSilence(t *testing.T) {
	t.Parallel()
	pcm := append(spoken(3), make([]byte, 5*bytesPerSecond)...)
	got := read(t, `{"segments":[{"start":0,"end":2.5,"text":" Hello."},{"start":4,"end":8,"text":" Thank you for watching."}]}`, pcm)
	if got.Segments.Text() != "Hello." {
		t.Errorf("%+v", got)
	}
}

func TestLanguagesOfServers(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{`"english"`: "en", `"de"`: "de", `"Norwegian"`: "no", `"pt-BR"`: "pt", `""`: "", `"klingon"`: "", `null`: ""} {
		if got := read(t, `{"text":"a","language":`+said+`}`, enginetest.Noise(1)); got.Language != want {
			t.Errorf("%s: %q, want %q", said, got.Language, want)
		}
	}
}

// FuzzAnswer: whatever a server answers, what is made of it holds to the contract.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`{"text":"a b","segments":[{"start":0,"end":1,"text":"a b","words":[{"word":"a","start":0,"end":1}]}],"words":[{"word":"b","start":1,"end":0}]}`,
		`{"text":"\u4eca a"}`, `{"error":"x"}`, `[]`, ``, `{"text":null,"segments":[{}]}`} {
		f.Add(body)
	}
	pcm := spoken(2)
	s, err := New(Options{URL: "http://speech.test"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a, fault := s.Engine("").understand("application/json", []byte(body), listen(pcm), seconds(pcm))
		if fault != nil {
			if fault.err.Error() == "" {
				t.Error("no words")
			}
			return
		}
		enginetest.Sound(t, pcm, speech.Result{Segments: a.segments})
		if _, err := json.Marshal(a.segments); err != nil {
			t.Error(err)
		}
		if strings.ContainsRune(a.segments.Text(), 0) {
			t.Error("a NUL")
		}
	})
}
