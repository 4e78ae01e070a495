package openai

import (
	"bytes"
	"encoding/json"
	"math"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"talkit"
)

// answer is what the server heard in a piece.
type answer struct {
	language    string
	probability float64 // of the language
	segments    talkit.Segments
}

// Bounds of what can be said in 30 seconds, well meant: an auctioneer manages
// 250 words.
const (
	maxText     = 5000 // characters
	maxSegments = 500
	maxWords    = 2000
)

// number is one that may be missing, null, or in quotes: NaN then, or where it
// cannot be read.
type number float64

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(raw, `"`)), 64)
	if err != nil || math.IsInf(v, 0) {
		v = math.NaN()
	}
	*n = number(v)
	return nil
}

// or is the number, or another where it is none.
func (n *number) or(other float64) float64 {
	if n == nil || math.IsNaN(float64(*n)) {
		return other
	}
	return float64(*n)
}

// verbose is verbose_json, as servers of different makes write it; json is
// the same with the text alone.
type verbose struct {
	Text     *string         `json:"text"`
	Language string          `json:"language"`
	Detected *number         `json:"detected_language_probability"` // whisper.cpp's
	Sure     *number         `json:"language_probability"`          // faster-whisper's, and Talkit's
	Segments []saidSegment   `json:"segments"`
	Words    []saidWord      `json:"words"`
	Error    json.RawMessage `json:"error"`
}

type saidSegment struct {
	Start       *number    `json:"start"`
	End         *number    `json:"end"`
	Text        string     `json:"text"`
	LogProb     *number    `json:"avg_logprob"`
	NoSpeech    *number    `json:"no_speech_prob"`
	Compression *number    `json:"compression_ratio"`
	Words       []saidWord `json:"words"` // some servers have them here
}

type saidWord struct {
	Word        string  `json:"word"`
	Start       *number `json:"start"`
	End         *number `json:"end"`
	Probability *number `json:"probability"`
}

// ghost is Whisper's own sign of words that nobody said: it thinks that nobody
// speaks, and the words are unlikely or repeat each other.
func (s saidSegment) ghost() bool {
	return s.NoSpeech.or(0) > 0.6 && (s.LogProb.or(0) < -1 || s.Compression.or(0) > 2.4)
}

// sure is how likely the words of a segment are; 1 where nothing is said of it.
func (s saidSegment) sure() float64 { return within(math.Exp(s.LogProb.or(0)), 0, 1) }

// assumed is the probability of a language where the server names one and does
// not say how sure it is: enough to be believed.
const assumed = 0.8

// understand reads an answer of status 200.
func (e *Engine) understand(contentType string, content []byte, sound levels, length float64) (answer, *fault) {
	var v verbose
	if err := json.Unmarshal(content, &v); err != nil {
		kind, _, _ := mime.ParseMediaType(contentType)
		if kind != "text/plain" || !utf8.Valid(content) {
			return answer{}, e.rubbish("%s", describe(kind, content))
		}
		text := string(content) // some servers know no other form
		v.Text = &text
	}
	switch {
	case v.Text == nil && v.Segments == nil && len(v.Error) > 0:
		f := e.rubbish("an error")
		f.err = &said{f.err, e.readRefusal(content).quoted()}
		return answer{}, f
	case v.Text == nil && v.Segments == nil:
		return answer{}, e.rubbish("JSON without a text")
	case v.size() > maxText || len(v.Segments) > maxSegments || v.words() > maxWords:
		return answer{}, e.rubbish("more text than anybody says in %v s", length)
	}
	a := answer{language: talkit.LanguageCode(v.Language), probability: within(v.Sure.or(v.Detected.or(assumed)), 0, 1)}
	a.segments = v.timed(sound, length)
	return a, nil
}

// said adds what the server says to an error.
type said struct {
	error
	words string
}

func (s *said) Error() string { return s.error.Error() + s.words }

func describe(kind string, content []byte) string {
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return "an empty answer"
	case kind == "":
		return "bytes of no type"
	case kind == "application/json":
		return "JSON that is broken or of another form"
	}
	return oneLine(kind)
}

func (v verbose) size() int {
	size := 0
	if v.Text != nil {
		size = utf8.RuneCountInString(*v.Text)
	}
	sum := 0
	for _, s := range v.Segments {
		sum += utf8.RuneCountInString(s.Text)
	}
	return max(size, sum)
}

func (v verbose) words() int {
	n := len(v.Words)
	for _, s := range v.Segments {
		n += len(s.Words)
	}
	return n
}

// timed makes segments with timed words of an answer. What stands where
// nothing sounds, or what the server itself takes for none, nobody said.
func (v verbose) timed(sound levels, length float64) talkit.Segments {
	if len(v.Segments) == 0 && v.Text != nil {
		from, to := sound.sounding()
		start, end := number(from), number(min(to, length))
		v.Segments = []saidSegment{{Start: &start, End: &end, Text: *v.Text}}
	}
	texts := make([][]unit, len(v.Segments))
	for i, s := range v.Segments {
		texts[i] = units(strings.TrimSpace(clean(s.Text)))
		newStream(texts[i:i+1]).give(s.Words, length)
	}
	newStream(texts).give(v.Words, length)
	segments, clock := talkit.Segments{}, 0.0
	for i, s := range v.Segments {
		start := within(s.Start.or(clock), clock, length)
		end := within(s.End.or(length), start, length)
		if len(texts[i]) == 0 || s.ghost() || sound.silentBetween(start, end) {
			continue
		}
		share(texts[i], start, end)
		made := segment(texts[i], clock, length, s.sure())
		segments, clock = append(segments, made), made.End
	}
	return segments
}

func within(x, least, most float64) float64 { return max(least, min(x, most)) }

// clean takes out what PostgreSQL cannot keep. JSON has seen to the UTF-8.
func clean(text string) string { return strings.ReplaceAll(text, "\x00", "") }
