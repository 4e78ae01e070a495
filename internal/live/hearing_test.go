package live

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"talkit"
)

// TestConfirmedStays: whatever an engine makes up, what was confirmed grows,
// its times are in order, and tentative words come behind it.
func TestConfirmedStays(t *testing.T) {
	t.Parallel()
	vocabulary := rapid.SampledFrom([]string{" a", " b.", " B", " c?", " and", ","})
	rapid.Check(t, func(t *rapid.T) {
		h := &hearing{}
		last, clock := 0.0, 0.0
		for range rapid.IntRange(1, 40).Draw(t, "decodes") {
			h.write(samples16(rapid.IntRange(0, 5*50).Draw(t, "frames"), rapid.Bool().Draw(t, "loud")))
			if !h.due(h.doubt()) && rapid.Bool().Draw(t, "patient") {
				continue
			}
			upTo := h.end()
			from, to := seconds(h.start), seconds(upTo)
			var words []talkit.Word
			for at := from; at < to && rapid.IntRange(0, 20).Draw(t, "more") > 0; {
				w := talkit.Word{Word: vocabulary.Draw(t, "word"), Start: at}
				at = min(at+rapid.Float64Range(0, 1).Draw(t, "length"), to)
				w.End = at
				words = append(words, w)
			}
			h.write(samples16(rapid.IntRange(0, 50).Draw(t, "meanwhile"), rapid.Bool().Draw(t, "loud meanwhile")))
			confirmed, tentative := h.heard(words, upTo)
			clock = last
			for _, w := range append(append([]talkit.Word(nil), confirmed...), tentative...) {
				if w.Start < clock || w.End < w.Start {
					t.Fatalf("%+v after %v", w, clock)
				}
				clock = w.End
			}
			if len(confirmed) > 0 {
				last = confirmed[len(confirmed)-1].End
			}
			if size := h.end() - h.start; size > most+talkit.BytesPerSecond || size%2 != 0 || h.loud < h.start || h.decoded < h.start {
				t.Fatalf("the window is %+v, of %d bytes", h.start, size)
			}
		}
	})
}

// samples16 are frames of sound, loud or silent.
func samples16(frames int, loud bool) []byte {
	pcm := make([]byte, frames*frame)
	for i := 0; loud && i < len(pcm); i += 2 {
		binary.LittleEndian.PutUint16(pcm[i:], 5000)
	}
	return pcm
}

// speaker is an engine that hears what is said, a word each third of a second,
// and guesses wrong at the last one, as engines do.
type said struct{ words []string }

const wordTime = 1.0 / 3

func (s said) hear(from, to float64, try int) (heard []talkit.Word) {
	for i, word := range s.words {
		start := float64(i) * wordTime
		if start+wordTime/2 < from || start >= to {
			continue
		}
		if start+wordTime > to { // it is not out yet
			word = fmt.Sprint(" x", try)
		}
		heard = append(heard, talkit.Word{Word: word, Start: start, End: min(start+wordTime, to), Probability: 1})
	}
	return heard
}

// TestWordsJoinToTheText: of what was said nothing is lost, nothing is there
// twice, whatever the engine's speed.
func TestWordsJoinToTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var spoken said
		for i := range rapid.IntRange(1, 150).Draw(t, "words") {
			word := fmt.Sprint(" w", i)
			if rapid.IntRange(0, 9).Draw(t, "ends a sentence") == 0 {
				word += "."
			}
			spoken.words = append(spoken.words, word)
		}
		h := &hearing{}
		var shown strings.Builder
		speech := samples16(int(float64(len(spoken.words))*wordTime*50)+1, true)
		speech = append(speech, samples16(2*50, false)...)
		slow := rapid.IntRange(1, 40).Draw(t, "frames a decode takes")
		for try := 0; len(speech) > 0 || h.due(h.doubt()); try++ {
			take := min(len(speech), rapid.IntRange(1, slow).Draw(t, "frames")*frame)
			h.write(speech[:take])
			speech = speech[take:]
			if !h.due(h.doubt()) {
				continue
			}
			upTo := h.end()
			confirmed, _ := h.heard(spoken.hear(seconds(h.start), seconds(upTo), try), upTo)
			for _, w := range confirmed {
				shown.WriteString(w.Word)
			}
		}
		if want := strings.Join(spoken.words, ""); shown.String() != want {
			t.Fatalf("confirmed\n%s, said\n%s", shown.String(), want)
		}
	})
}

func TestSilenceIsNotDecoded(t *testing.T) {
	t.Parallel()
	h := &hearing{}
	for range 200 {
		h.write(samples16(20, false))
		if h.due(true) {
			t.Fatal("silence is to be decoded")
		}
	}
	if h.end()-h.start > 2*keepBefore+frame*20 {
		t.Errorf("%d bytes of silence are kept", h.end()-h.start)
	}
	h.write(samples16(50, true))
	if !h.due(false) {
		t.Error("speech is not to be decoded")
	}
}

func TestRepeatedWords(t *testing.T) {
	t.Parallel()
	a := &agreement{}
	word := func(text string, start float64) talkit.Word {
		return talkit.Word{Word: text, Start: start, End: start + 0.3}
	}
	first := []talkit.Word{word(" No", 0), word(" no", 0.4), word(" no", 0.8)}
	a.add(first)
	confirmed, _ := a.add(first)
	if len(confirmed) != 3 {
		t.Fatalf("confirmed %v", confirmed)
	}
	// The window was cut behind the second: the third is heard once more, then a fourth.
	again := []talkit.Word{word(" No", 0.85), word(" no", 1.3)}
	a.add(again)
	confirmed, _ = a.add(again)
	if len(confirmed) != 1 || confirmed[0].Start != 1.3 {
		t.Errorf("confirmed again: %v", confirmed)
	}
}

// TestALateDecode: what was heard is shown, although the window went on meanwhile.
func TestALateDecode(t *testing.T) {
	t.Parallel()
	h := &hearing{}
	h.write(spoken(0, 6))
	upTo := h.end()
	h.write(make([]byte, 2*most)) // nobody decodes for so long
	var text string
	confirmed, tentative := h.heard(heardIn(spoken(0, 6), 1), upTo)
	for _, w := range confirmed {
		text += w.Word
	}
	if text != joined(0, 6) || len(tentative) > 0 {
		t.Errorf("confirmed%s, tentative %v", text, tentative)
	}
}
