// Package transcribe turns a recording into text with timed words: the sound
// is decoded and split at pauses (audio), an engine recognises each piece
// (speech), and what it heard is moved to its place and joined.
//
// The parts stand alone, so that a server can keep pieces in its database and
// recognise them on many machines; File does all of it in one process.
package transcribe

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/speech"
)

// Prepared is decoded sound, ready to be recognised. No pieces means that there
// is nothing but silence.
type Prepared struct {
	Pieces   []Cut
	Length   time.Duration
	Channels int  // of what was written, 2 are interleaved
	Apart    bool // each channel holds speech of its own
}

// Prepare decodes a local file into w and finds the pieces to recognise. Errors
// are those of audio.Decode.
func Prepare(ctx context.Context, path string, w io.Writer) (p Prepared, err error) {
	var one audio.Splitter
	var two audio.Stereo
	p.Length, err = audio.DecodeChannels(ctx, path, func(channels int) io.Writer {
		p.Channels = channels
		if channels == 2 {
			return io.MultiWriter(w, &two)
		}
		return io.MultiWriter(w, &one)
	})
	if err != nil {
		return p, err
	}
	if p.Channels == 2 {
		p.Pieces, p.Apart = two.Cuts()
		return p, nil
	}
	for _, piece := range one.Pieces() {
		p.Pieces = append(p.Pieces, Cut{Range: piece})
	}
	return p, nil
}

// Recognize turns one piece into segments. startByte is where the piece
// begins in the decoded sound. Times count from the start of the recording, in
// milliseconds at the finest, never leave the piece, and are in order; so
// segments of pieces can be joined as they are. Silence gives none. Errors are the
// engine's (EngineFailed): those that wrap speech.ErrNotReady say that it is away,
// any other that this try failed.
func Recognize(ctx context.Context, engine speech.Engine, piece speech.Piece, startByte int64) (talkit.Segments, error) {
	result, err := engine.Recognize(ctx, piece)
	if err != nil {
		return nil, fmt.Errorf("recognize: %w", &engineError{err})
	}
	from := audio.Offset(startByte).Seconds()
	to := audio.Offset(startByte + int64(len(piece.PCM))).Seconds()
	return withoutLoops(place(result.Segments, from, to)), nil
}

// Join makes one transcript of the segments of all pieces, given in the order
// of the sound. It is never nil.
func Join(pieces []talkit.Segments) talkit.Segments {
	joined := talkit.Segments{}
	for _, segments := range pieces {
		joined = append(joined, segments...)
	}
	return joined
}

// place moves segments from a piece's own time into the recording's. Engines
// are other programs: their times may overlap, leave the piece or be no
// numbers, and their text may hold what a database cannot.
func place(segments talkit.Segments, from, to float64) talkit.Segments {
	placed := make(talkit.Segments, 0, len(segments))
	clock := clock{from: from, to: to, now: talkit.RoundMillis(from)}
	for _, s := range segments {
		s.Text = strings.TrimSpace(clean(s.Text))
		s.Start = clock.at(s.Start)
		s.Words = clock.words(s.Words)
		if s.Text == "" {
			s.Text = strings.TrimSpace(joinWords(s.Words))
		}
		if s.Text == "" {
			continue
		}
		if len(s.Words) > 0 { // all alike, by which a text that a person wrote is told from it
			s.Words[0].Word = " " + strings.TrimLeftFunc(s.Words[0].Word, unicode.IsSpace)
		}
		s.End = clock.at(s.End)
		placed = append(placed, s)
	}
	return placed
}

func joinWords(words []talkit.Word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.Word)
	}
	return b.String()
}

// clock gives times that only go forward and stay within a piece.
type clock struct{ from, to, now float64 }

// at is the moment in the recording of a moment in the piece.
func (c *clock) at(seconds float64) float64 {
	if !math.IsNaN(seconds) {
		moment := talkit.RoundMillis(min(max(c.from+seconds, c.from), c.to))
		c.now = max(c.now, moment)
	}
	return c.now
}

func (c *clock) words(words []talkit.Word) []talkit.Word {
	placed := make([]talkit.Word, 0, len(words))
	for _, w := range words {
		w.Word = clean(w.Word)
		if w.Word == "" {
			continue
		}
		w.Start, w.End = c.at(w.Start), c.at(w.End)
		if !(w.Probability >= 0) { // NaN too
			w.Probability = 0
		}
		w.Probability = min(w.Probability, 1)
		placed = append(placed, w)
	}
	return placed
}

// clean drops what neither PostgreSQL nor JSON can hold.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}
