package bench

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/speech"
	"talkit/internal/speech/install"
	"talkit/internal/transcribe"
)

// names are a vocabulary such as a person has, of names that are said in the
// long file and of others that are not.
var names = []string{"Gutenberg", "Benita", "Sally", "Phillip", "Natal", "Netherlands", "Zambesi", "Hallblithe", "Quatermain", "Allston"}

// sentence is a part of the long file.
type sentence struct {
	pcm  []byte
	said string
}

// names measures what it is worth that an engine is told of a person's words: in
// sentences with names of theirs, and in all others, where it can but do harm.
func (b *bench) names(ctx context.Context) error {
	if err := install.Present(b.Engines, b.Model); err != nil {
		return err
	}
	sentences, err := b.sentences(ctx)
	if err != nil {
		return err
	}
	var with, without []sentence
	for _, s := range sentences {
		if named(s.said) > 0 {
			with = append(with, s)
		} else {
			without = append(without, s)
		}
	}
	l, err := b.listen(ctx)
	if err != nil {
		return err
	}
	for _, group := range []struct {
		what string
		of   []sentence
	}{{"with names", with}, {"without", without}} {
		b.Say("names: listening to sentences " + group.what)
		if err = b.hint(ctx, l, group.what, group.of); err != nil {
			break
		}
	}
	return errors.Join(err, l.end())
}

// hint compares what is heard in sentences without and with hints.
func (b *bench) hint(ctx context.Context, l listener, what string, sentences []sentence) error {
	for _, hints := range [][]string{nil, names} {
		wrong, words, right, said := 0, 0, 0, 0
		for _, s := range sentences {
			segments, err := transcribe.Recognize(ctx, l.engine, speech.Piece{PCM: s.pcm, Language: "en", Hints: hints}, 0)
			if err != nil {
				return err
			}
			w, of := WordErrors(s.said, segments.Text())
			wrong, words = wrong+w, words+of
			right, said = right+min(named(s.said), named(segments.Text())), said+named(s.said)
		}
		told := "not told of them"
		if hints != nil {
			told = "told of them"
		}
		b.add("words wrong in sentences "+what+", "+told, 100*float64(wrong)/float64(max(1, words)), "%", goal{})
		if said > 0 {
			b.add("… names right", 100*float64(right)/float64(said), "%", goal{})
		}
	}
	return nil
}

// named is how many of the names a text holds.
func named(text string) (n int) {
	for _, word := range spelled(text) {
		if slices.ContainsFunc(names, func(name string) bool { return slices.Equal(spelled(name), []string{word}) }) {
			n++
		}
	}
	return n
}

// longest is what a piece may have, in bytes.
const longest = 30 * talkit.BytesPerSecond

// sentences are the clips that the long file was joined of, but for those that are
// longer than a piece.
func (b *bench) sentences(ctx context.Context) ([]sentence, error) {
	path := filepath.Join(b.Speech, "long_dev.marks.tsv")
	file, err := os.Open(path)
	if err != nil {
		return nil, talkit.Errorf(talkit.NotFound, "There is no %s, which says where what is said: name its folder with --speech.", path).Because(err)
	}
	defer file.Close()
	table := csv.NewReader(file)
	table.Comma, table.LazyQuotes = '\t', true
	rows, err := table.ReadAll()
	if err != nil {
		return nil, err
	}
	sound := new(recorded)
	if _, err := audio.Decode(ctx, filepath.Join(b.Speech, longFile), sound); err != nil {
		return nil, err
	}
	var sentences []sentence
	for _, row := range rows[1:] {
		start, err1 := strconv.ParseFloat(row[0], 64)
		end, err2 := strconv.ParseFloat(row[1], 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		from, to := byteAt(start-0.2), min(byteAt(end+0.2), len(*sound))
		if to-from <= longest {
			sentences = append(sentences, sentence{(*sound)[from:to], row[3]})
		}
	}
	return sentences, nil
}

// byteAt is where a moment is in decoded sound.
func byteAt(seconds float64) int {
	return max(0, int(seconds*talkit.SampleRate)*talkit.BytesPerSample)
}
