// Package search says what a text is found by: its words, folded so that case
// and accents do not matter, and where in a text a query is found. It is the
// same for both databases; where PostgreSQL folds words itself (its triggers
// cannot call us), a test holds it to this.
package search

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is how many characters of a word count: no index has to keep longer ones.
const maxWord = 64

// Words gives each word of a text, folded, as often as it stands there.
func Words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := range places(text) {
			if word := Fold(text[at.start:at.end]); word != "" && !yield(word) {
				return
			}
		}
	}
}

// place is where a word stands in a text, in bytes.
type place struct{ start, end int }

func places(text string) iter.Seq[place] {
	return func(yield func(place) bool) {
		start := -1
		for i, r := range text {
			switch separates := separates(r); {
			case !separates && start < 0:
				start = i
			case separates && start >= 0:
				if !yield(place{start, i}) {
					return
				}
				start = -1
			}
		}
		if start >= 0 {
			yield(place{start, len(text)})
		}
	}
}

// Fold makes one of the forms in which a word can be written: decomposed (NFD),
// without accents, in lower case.
func Fold(word string) string {
	if folded, ok := foldASCII(word); ok {
		return folded
	}
	var folded strings.Builder
	length := 0
	for _, r := range norm.NFD.String(word) {
		if accent(r) {
			continue
		}
		if length++; length > maxWord {
			break
		}
		folded.WriteRune(lower(r))
	}
	return folded.String()
}

func foldASCII(word string) (string, bool) {
	for i := range len(word) {
		if word[i] >= utf8.RuneSelf {
			return "", false
		}
	}
	return strings.ToLower(word[:min(len(word), maxWord)]), true
}

// accent tells marks like those of é, ñ, ü: the block U+0300 to U+036F. Marks
// of other scripts stay, as words differ by them.
func accent(r rune) bool { return 0x300 <= r && r <= 0x36f }

// lower knows no language, so the two forms of the Greek sigma become one.
func lower(r rune) rune {
	if r = unicode.ToLower(r); r == 'ς' {
		return 'σ'
	}
	return r
}

// separates tells what stands between words. All else is part of one.
func separates(r rune) bool {
	if r < utf8.RuneSelf {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9')
	}
	low, high := 0, len(separators)
	for low < high {
		if middle := (low + high) / 2; r > separators[middle][1] {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(separators) && r >= separators[low][0]
}

// separators are punctuation, signs and blanks beyond ASCII, from and to. The
// list is fixed rather than asked of the unicode package, because the
// migrations have the same and must not drift from it.
var separators = [][2]rune{
	{0x80, 0xa9}, {0xab, 0xb4}, {0xb6, 0xb9}, {0xbb, 0xbf}, {0xd7, 0xd7}, {0xf7, 0xf7}, {0x2c2, 0x2df}, {0x37e, 0x37e}, {0x385, 0x385}, {0x387, 0x387},
	{0x55a, 0x55f}, {0x589, 0x58f}, {0x5be, 0x5be}, {0x5c0, 0x5c0}, {0x5c3, 0x5c3}, {0x5c6, 0x5c6}, {0x5f3, 0x60f}, {0x61b, 0x61f},
	{0x66a, 0x66d}, {0x6d4, 0x6d4}, {0x700, 0x70f}, {0x964, 0x965}, {0x970, 0x970}, {0xe3f, 0xe3f}, {0xe4f, 0xe4f}, {0xe5a, 0xe5b},
	{0xf01, 0xf17}, {0x104a, 0x104f}, {0x10fb, 0x10fb}, {0x1360, 0x1368}, {0x166d, 0x166e}, {0x1680, 0x1680}, {0x16eb, 0x16ed},
	{0x17d4, 0x17db}, {0x1800, 0x180a}, {0x1fc1, 0x1fc1}, {0x1fed, 0x1fef}, {0x1ffd, 0x1ffd}, {0x2000, 0x206f}, {0x207a, 0x207e}, {0x208a, 0x208e}, {0x20a0, 0x20cf}, {0x2190, 0x2bff},
	{0x2e00, 0x2e7f}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030}, {0x303d, 0x303f}, {0x30a0, 0x30a0}, {0x30fb, 0x30fb},
	{0xe000, 0xf8ff}, {0xfd3e, 0xfd3f}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe6f}, {0xfeff, 0xfeff}, {0xff01, 0xff0f}, {0xff1a, 0xff20},
	{0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xffe0, 0xffff}, {0x1f000, 0x1faff},
}
