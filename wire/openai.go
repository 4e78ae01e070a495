package wire

import (
	"bytes"
	"compress/zlib"
	"math"
	"strings"

	"talkit"
)

// Transcription is sound as text, as clients of OpenAI know it.
type Transcription struct {
	Text  string             `json:"text"`
	Usage TranscriptionUsage `json:"usage"`
}

// TranscriptionUsage is how much was heard.
type TranscriptionUsage struct {
	Type    string `json:"type" enum:"duration"`
	Seconds int    `json:"seconds"`
}

// VerboseTranscription is the same with times.
type VerboseTranscription struct {
	Task     string                 `json:"task" enum:"transcribe"`
	Language string                 `json:"language" doc:"The English name, in lower case"`
	Duration float64                `json:"duration" doc:"Seconds"`
	Text     string                 `json:"text"`
	Words    []TranscriptionWord    `json:"words,omitzero" nullable:"false" doc:"With timestamp_granularities[]=word"`
	Segments []TranscriptionSegment `json:"segments,omitzero" nullable:"false" doc:"With timestamp_granularities[]=segment, or none"`
	Usage    TranscriptionUsage     `json:"usage"`
}

// TranscriptionWord is a word with its time. Its probability is more than
// OpenAI's servers say.
type TranscriptionWord struct {
	Word        string  `json:"word"`
	Start       float64 `json:"start"`
	End         float64 `json:"end"`
	Probability float64 `json:"probability"`
}

// TranscriptionSegment is a stretch of speech, with the figures that Whisper
// has for it.
type TranscriptionSegment struct {
	ID               int     `json:"id"`
	Seek             int     `json:"seek"`
	Start            float64 `json:"start"`
	End              float64 `json:"end"`
	Text             string  `json:"text"`
	Tokens           []int   `json:"tokens" nullable:"false" doc:"None: models differ in them"`
	Temperature      float64 `json:"temperature"`
	AvgLogprob       float64 `json:"avg_logprob" doc:"Of its words"`
	CompressionRatio float64 `json:"compression_ratio"`
	NoSpeechProb     float64 `json:"no_speech_prob" doc:"0: what is no speech was left out before"`
}

// NewTranscription is what was heard in so many seconds of sound.
func NewTranscription(s talkit.Segments, seconds float64) Transcription {
	return Transcription{s.Text(), usage(seconds)}
}

func usage(seconds float64) TranscriptionUsage {
	return TranscriptionUsage{"duration", int(math.Ceil(seconds))}
}

// NewVerboseTranscription is the same with the times of words, of segments, or
// of both. language is a code.
func NewVerboseTranscription(s talkit.Segments, language string, seconds float64, words, segments bool) VerboseTranscription {
	v := VerboseTranscription{Task: "transcribe", Language: talkit.LanguageName(language), Duration: talkit.RoundMillis(seconds),
		Text: s.Text(), Usage: usage(seconds)}
	if words {
		v.Words = []TranscriptionWord{}
	}
	if segments {
		v.Segments = []TranscriptionSegment{}
	}
	for i, segment := range s {
		if segments {
			v.Segments = append(v.Segments, transcriptionSegment(i, segment))
		}
		for _, w := range segment.Words {
			if word := strings.TrimSpace(w.Word); words && word != "" {
				v.Words = append(v.Words, TranscriptionWord{word, w.Start, w.End, w.Probability})
			}
		}
	}
	return v
}

func transcriptionSegment(id int, s talkit.Segment) TranscriptionSegment {
	sum := 0.0
	for _, w := range s.Words {
		sum += math.Log(max(w.Probability, 0.001))
	}
	return TranscriptionSegment{ID: id, Start: s.Start, End: s.End, Text: s.Text, Tokens: []int{},
		AvgLogprob: talkit.RoundMillis(sum / float64(max(1, len(s.Words)))), CompressionRatio: compressionRatio(s.Text)}
}

// compressionRatio is Whisper's measure of text that repeats itself.
func compressionRatio(text string) float64 {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	w.Write([]byte(text)) // a Buffer takes all
	w.Close()
	return talkit.RoundMillis(float64(len(text)) / float64(packed.Len()))
}

// Model is one that sound can be transcribed with.
type Model struct {
	ID      string `json:"id"`
	Object  string `json:"object" enum:"model"`
	Created int64  `json:"created" doc:"0: it is not known"`
	OwnedBy string `json:"owned_by"`
}

// ModelList is all of them, the server's own first.
type ModelList struct {
	Object string  `json:"object" enum:"list"`
	Data   []Model `json:"data" nullable:"false"`
}

// NewModel is the model of a name.
func NewModel(name string) Model { return Model{ID: name, Object: "model", OwnedBy: "talkit"} }

// NewModelList is the list of models of these names.
func NewModelList(names []string) ModelList {
	l := ModelList{Object: "list", Data: []Model{}}
	for _, name := range names {
		l.Data = append(l.Data, NewModel(name))
	}
	return l
}
