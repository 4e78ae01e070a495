package whisper

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"strings"

	"talkit"
)

const (
	bytesPerSecond = 2 * 16_000
	maxPiece       = 30 * bytesPerSecond

	// maxLine is far more than an answer about 30 seconds can have.
	maxLine = 4 << 20
)

// request is one line to the worker.
type request struct {
	ID       uint64 `json:"id"`
	Op       string `json:"op"` // "recognize", "detect"
	PCM      []byte `json:"pcm"`
	Language string `json:"language"`

	// Hints are bounded by tokens, which the worker counts.
	Hints []string `json:"hints,omitempty"`
}

// answer is one line from it.
type answer struct {
	Ready       bool             `json:"ready"`
	Device      string           `json:"device"` // with Ready: where it computes,
	Note        string           `json:"note"`   // and why not elsewhere
	ID          uint64           `json:"id"`
	Error       string           `json:"error"`
	Language    string           `json:"language"`
	Probability float64          `json:"probability"`
	Segments    []talkit.Segment `json:"segments"`
}

func (a answer) failure() error {
	if a.Error == "" {
		return nil
	}
	return fmt.Errorf("the speech process could not do it: %s", a.Error)
}

func check(pcm []byte) error {
	switch {
	case len(pcm)%2 != 0:
		return errors.New("a piece must have whole samples of 16 bits")
	case len(pcm) > maxPiece:
		return errors.New("a piece must have at most 30 seconds")
	}
	return nil
}

// duration is in seconds, cut to the millisecond so that a time rounded to
// the millisecond can't lie behind it.
func duration(pcm []byte) float64 {
	return math.Floor(float64(len(pcm))/bytesPerSecond*1000) / 1000
}

// tidy holds what the model said to the contract: times within the piece and
// in order, words that join to their segment's text.
func tidy(heard []talkit.Segment, duration float64) talkit.Segments {
	segments := talkit.Segments{}
	clock := 0.0
	for _, h := range heard {
		for _, sentence := range sentences(h) {
			if s := tidySegment(sentence, clock, duration); s.Text != "" {
				segments = append(segments, s)
				clock = s.End
			}
		}
	}
	return segments
}

func tidySegment(heard talkit.Segment, clock, duration float64) talkit.Segment {
	s := talkit.Segment{Words: []talkit.Word{}, Text: clean(heard.Text)}
	s.Start, s.End = span(heard.Start, heard.End, clock, duration)
	if len(heard.Words) == 0 {
		s.Text = strings.TrimSpace(s.Text)
		return s
	}
	var text strings.Builder
	for _, w := range heard.Words {
		w.Word = clean(w.Word)
		w.Start, w.End = span(w.Start, w.End, clock, duration)
		w.Probability = talkit.RoundMillis(within(w.Probability, 0, 1))
		clock = w.End
		text.WriteString(w.Word)
		s.Words = append(s.Words, w)
	}
	s.Text, s.Start, s.End = strings.TrimSpace(text.String()), s.Words[0].Start, clock
	return s
}

func span(start, end, earliest, latest float64) (from, to float64) {
	from = talkit.RoundMillis(within(start, earliest, latest))
	return from, talkit.RoundMillis(within(end, from, latest))
}

func within(x, least, most float64) float64 { return max(least, min(x, most)) }

// clean takes out what PostgreSQL cannot keep. JSON has seen to the UTF-8.
func clean(text string) string { return strings.ReplaceAll(text, "\x00", "") }

// readLine returns the next whole line, nil for one that is too long to be an
// answer, and an error at the end, where half a line counts for nothing.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := in.ReadSlice('\n')
		tooLong = tooLong || len(line)+len(part) > maxLine
		if !tooLong {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, err
		case tooLong:
			return nil, nil
		}
		return line, nil
	}
}
