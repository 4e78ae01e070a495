package live

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"talkit"
	"talkit/internal/speech"
)

// stub is an engine that hears spoken words, each in its time.
type stub struct {
	speech.Engine
	info speech.Info
	took time.Duration
	do   func(p speech.Piece) error // before it hears; nil for nothing

	mu       sync.Mutex
	looks    int
	detected int
}

func (e *stub) Info() speech.Info           { return e.info }
func (e *stub) Ready(context.Context) error { return nil }

func (e *stub) DetectLanguage(context.Context, []byte) (string, float64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.detected++
	return "en", 0.9, nil
}

func (e *stub) Recognize(_ context.Context, p speech.Piece) (result speech.Result, err error) {
	e.mu.Lock()
	e.looks++
	look := e.looks
	e.mu.Unlock()
	time.Sleep(e.took)
	if e.do != nil {
		if err := e.do(p); err != nil {
			return result, err
		}
	}
	words := heardIn(p.PCM, look)
	if len(words) > 0 {
		result.Segments = talkit.Segments{{Start: words[0].Start, End: words[len(words)-1].End, Words: words}}
	}
	return result, nil
}

func (e *stub) asked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.looks
}

// roomOf is one with these engines; full may be nil.
func roomOf(engine, full *stub) *Room {
	o := Options{Engine: func() (speech.Engine, error) { return engine, nil }, Log: slog.New(slog.DiscardHandler)}
	if full != nil {
		o.Full = func() (speech.Engine, error) { return full, nil }
	}
	return New(o)
}

// A spoken word takes a third of a second; all its samples are its number.
const (
	wordSamples = talkit.SampleRate / 3
	wordBytes   = wordSamples * talkit.BytesPerSample
	firstWord   = 3000 // loud enough
)

func spoken(from, to int) []byte {
	var pcm []byte
	for i := from; i < to; i++ {
		pcm = append(pcm, bytes.Repeat(binary.LittleEndian.AppendUint16(nil, uint16(firstWord+i)), wordSamples)...)
	}
	return pcm
}

// heardIn finds spoken words in a window. Of one that is not out yet it makes
// another one each time, and of the end of one nothing.
func heardIn(pcm []byte, look int) (words []talkit.Word) {
	for at := 0; at+1 < len(pcm); {
		value, end := pcm[at:at+2], at
		for end+1 < len(pcm) && bytes.Equal(pcm[end:end+2], value) {
			end += 2
		}
		number, length := int(binary.LittleEndian.Uint16(value))-firstWord, end-at
		w := talkit.Word{Word: fmt.Sprint(" w", number), Start: seconds(int64(at)), End: seconds(int64(end)), Probability: 1}
		switch {
		case number < 0 || number > 20_000: // silence
		case length < wordBytes && end == len(pcm):
			w.Word = fmt.Sprint(" x", look)
			words = append(words, w)
		case length >= wordBytes/2:
			words = append(words, w)
		}
		at = end
	}
	return words
}

// joined is what spoken words give as text.
func joined(from, to int) string {
	var all strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprint(&all, " w", i)
	}
	return all.String()
}

// shown is what a session gave.
type shown struct {
	mu        sync.Mutex
	confirmed []talkit.Word
}

func (s *shown) words(confirmed, _ []talkit.Word) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.confirmed = append(s.confirmed, confirmed...)
}

func (s *shown) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all strings.Builder
	for _, w := range s.confirmed {
		all.WriteString(w.Word)
	}
	return all.String()
}

// live writes sound as fast as it is spoken.
func (s *Session) live(sound []byte) {
	const quarter = talkit.BytesPerSecond / 4
	for len(sound) > 0 {
		n := min(quarter, len(sound))
		s.Write(sound[:n])
		sound = sound[n:]
		time.Sleep(time.Second / 4)
	}
}

// before is a Start's for stored sound.
func before(stored []byte) func(context.Context, int64) io.ReadCloser {
	return func(_ context.Context, from int64) io.ReadCloser { return io.NopCloser(bytes.NewReader(stored[from:])) }
}
