// Package wording turns what an engine heard into what its person writes: their
// own spelling of names, and the punctuation and layout they dictate. Its rules
// are pure: they look at words and their times, and at nothing else.
package wording

import (
	"slices"
	"strings"

	"talkit"
)

// Rules are one person's. The zero Rules change nothing.
type Rules struct {
	Replacements []talkit.Replacement
	Words        []string // the person's own words: what they hold is never taken for a command
	Dictated     bool     // "comma", "new paragraph" and the like are commands, where English is spoken
}

// Apply returns the segments as their person writes them; language is the one
// that is spoken, an ISO 639-1 code. heard is not changed.
//
// Words that stay keep their times, and those that are written in place of
// others share the time of these. The words of a segment join to its text.
func (r Rules) Apply(heard talkit.Segments, language string) talkit.Segments {
	rules := r.compile(language)
	if rules.empty() || len(heard) == 0 {
		return heard
	}
	room := 0 // ten hours are a hundred thousand
	for _, segment := range heard {
		room += len(segment.Words)
	}
	all := make([]token, 0, room)
	for i, segment := range heard {
		all = append(all, rules.read(i, segment)...)
	}
	return write(heard, dictate(all, heard))
}

func (r Rules) compile(language string) *node {
	rules := &node{}
	if r.Dictated && language == "en" {
		for _, c := range commands {
			rules.add(c.said, rule{command: c})
		}
	}
	for _, word := range r.Words {
		rules.add(word, rule{})
	}
	for _, p := range r.Replacements {
		if write := strings.TrimSpace(p.Write); write != "" {
			rules.add(p.Heard, rule{write: write})
		}
	}
	return rules
}

// token is a word of a text, or a command in it.
type token struct {
	talkit.Word
	segment int
	own     bool // as its person wants it: it gets no other capitals
	kept    int  // so many bytes at the word's beginning are there to stay

	command *command
	said    []talkit.Word // the words of the command
	tail    string        // the engine's own punctuation behind it
}

// write puts words back into their segments. Those that have not changed are
// returned as they were, those that nothing is left of are left out.
func write(heard talkit.Segments, words []token) talkit.Segments {
	written := make(talkit.Segments, 0, len(heard))
	clock := 0.0
	for i, segment := range heard {
		var mine []talkit.Word
		for len(words) > 0 && words[0].segment == i {
			mine = append(mine, words[0].Word)
			words = words[1:]
		}
		before, timed := wordsOf(segment)
		switch {
		case strings.TrimSpace(segment.Text) == "" && segment.Start < clock: // what was drawn into the one before lay behind it
			continue
		case slices.Equal(mine, before):
		case len(mine) == 0:
			continue
		default:
			segment = rewritten(segment, mine, timed, clock)
		}
		clock = segment.End
		written = append(written, segment)
	}
	return written
}

// rewritten is a segment with other words; the ones before it end at clock.
func rewritten(s talkit.Segment, words []talkit.Word, timed bool, clock float64) talkit.Segment {
	s.Text = strings.TrimSpace(join(words))
	if !timed {
		s.Words = []talkit.Word{}
		return s
	}
	s.Words = words
	if first := words[0].Start; s.Start < clock && clock <= first {
		s.Start = clock // a word of it was drawn into the one before
	}
	s.End = max(s.End, words[len(words)-1].End)
	return s
}

// wordsOf are the words of a segment where these give its text, which is what
// timed says. Some engines time only some words or none: then the words are cut
// from the text, and their times mean nothing.
func wordsOf(s talkit.Segment) (words []talkit.Word, timed bool) {
	text := strings.TrimSpace(s.Text)
	if strings.TrimSpace(join(s.Words)) == text {
		return s.Words, true
	}
	for _, word := range cut(text) {
		words = append(words, talkit.Word{Word: word, Start: s.Start, End: s.Start})
	}
	return words, false
}

func join(words []talkit.Word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.Word)
	}
	return b.String()
}
