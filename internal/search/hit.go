package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hit is a word that was found, in its sentence. Joined, the three are a part
// of the text as it stands there, with … where the sentence goes on.
type Hit struct{ Before, Word, After string }

// How much of a long sentence is shown around a hit, in characters.
const (
	maxBefore = 80
	maxAfter  = 140
)

// Find gives the first place of the longest word of the query that text has:
// the longest says most. It is false when text has none of them.
func (q Query) Find(text string) (Hit, bool) {
	longest := 0
	for _, word := range q.Words {
		longest = max(longest, len(word))
	}
	found, size := place{}, 0
	for at := range places(text) {
		if n := q.match(text[at.start:at.end]); n > size {
			found, size = at, n
		}
		if size == longest {
			break
		}
	}
	if size == 0 {
		return Hit{}, false
	}
	return cut(text, found), true
}

// match gives the length of the longest word of the query that a word of the
// text matches, 0 for none.
func (q Query) match(word string) (size int) {
	folded := ""
	for i, wanted := range q.Words {
		if len(wanted) <= size || !mayBe(word, wanted) {
			continue
		}
		if folded == "" {
			folded = Fold(word)
		}
		if folded == wanted || (i == len(q.Words)-1 && strings.HasPrefix(folded, wanted)) {
			size = len(wanted)
		}
	}
	return size
}

// mayBe spares most words of a long text the folding: what begins with an
// ASCII letter does so folded, too.
func mayBe(word, wanted string) bool {
	first := word[0]
	if 'A' <= first && first <= 'Z' {
		first |= 0x20
	}
	return first == wanted[0] || first >= utf8.RuneSelf
}

// cut takes the sentence around a word out of text.
func cut(text string, at place) Hit {
	return Hit{Before: tail(text[:at.start]), Word: text[at.start:at.end], After: head(text[at.end:])}
}

// tail is what of a text belongs to the sentence that goes on behind it.
func tail(text string) string {
	next := 'a' // the word that was found
	for start, count := len(text), 0; start > 0; count++ {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		switch {
		case ends(r, next):
			return strings.TrimLeftFunc(text[start:], unicode.IsSpace)
		case count == maxBefore:
			return "…" + afterSpace(text[start:])
		}
		start, next = start-size, r
	}
	return strings.TrimLeftFunc(text, unicode.IsSpace)
}

// head is what of a text belongs to the sentence that began before it.
func head(text string) string {
	for at, count := 0, 0; at < len(text); count++ {
		r, size := utf8.DecodeRuneInString(text[at:])
		next, _ := utf8.DecodeRuneInString(text[at+size:])
		switch {
		case ends(r, next):
			return strings.TrimRightFunc(text[:at+size], unicode.IsSpace)
		case count == maxAfter:
			return beforeSpace(text[:at]) + "…"
		}
		at += size
	}
	return strings.TrimRightFunc(text, unicode.IsSpace)
}

// ends tells whether a sentence ends with r when next follows.
func ends(r, next rune) bool {
	switch r {
	case '。', '！', '？', '\n':
		return true
	case '.', '!', '?':
		return unicode.IsSpace(next)
	}
	return false
}

// afterSpace leaves out the rest of a word that was cut.
func afterSpace(text string) string {
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 && i < len(text)/2 {
		return strings.TrimLeftFunc(text[i:], unicode.IsSpace)
	}
	return text
}

func beforeSpace(text string) string {
	if i := strings.LastIndexFunc(text, unicode.IsSpace); i > len(text)/2 {
		return strings.TrimRightFunc(text[:i], unicode.IsSpace)
	}
	return text
}
