package talkit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	sentenceMarks = ".!?…。！？؟۔।"
	wideMarks     = "。！？" // no space follows them
	closingMarks  = `"'”’)]» `
	openingMarks  = `"'“‘([«¿¡ `
)

// SentenceEnds tells whether a sentence ends with word where next comes after
// it, "" at the end: it does not with "Mr." or "J.", nor before a small letter.
func SentenceEnds(word, next string) bool {
	word = strings.TrimRight(word, closingMarks)
	mark := word[lastRune(word):]
	switch {
	case mark == "" || !strings.Contains(sentenceMarks, mark):
		return false
	case strings.Contains(wideMarks, mark):
		return true
	}
	initial, _ := utf8.DecodeRuneInString(strings.TrimLeft(next, openingMarks))
	return !unicode.IsLower(initial) && !(mark == "." && Abbreviated(word) && next != "")
}

// Abbreviated tells whether the point after a word belongs to it.
func Abbreviated(word string) bool {
	stem, point := strings.CutSuffix(strings.TrimLeft(word, openingMarks), ".")
	if !point {
		return false
	}
	letter, size := utf8.DecodeRuneInString(stem)
	return size == len(stem) && unicode.IsUpper(letter) && letter != 'I' || abbreviations[strings.ToLower(stem)]
}

// abbreviations that a name or a number follows: others may end a sentence.
var abbreviations = map[string]bool{"mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true, "rev": true, "gen": true, "sgt": true,
	"capt": true, "lt": true, "col": true, "vs": true, "e.g": true, "i.e": true, "mme": true, "mlle": true, "nr": true, "z.b": true, "bzw": true}

// Joint is what stands between two texts that are joined: a space, but in the
// scripts of Chinese and Japanese, which write none.
func Joint(before, after string) string {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	if eastAsian(last) && eastAsian(next) {
		return ""
	}
	return " "
}

func eastAsian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || strings.ContainsRune("ー、。，！？：；・「」『』（）《》〈〉【】", r)
}

// lastRune is where the last character of text begins.
func lastRune(text string) int {
	_, size := utf8.DecodeLastRuneInString(text)
	return len(text) - size
}

// farEnough is how many bytes are looked at for the end of a sentence, of which
// nobody is shown more than 200 characters.
const farEnough = 2 << 10

// firstSentence is the beginning of text up to where its first sentence, line
// or paragraph ends.
func firstSentence(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > farEnough {
		line = strings.ToValidUTF8(line[:farEnough], "")
	}
	for i, r := range line {
		end := i + utf8.RuneLen(r)
		switch {
		case strings.ContainsRune(wideMarks, r):
			return line[:end]
		case !strings.ContainsRune(sentenceMarks, r):
			continue
		}
		end += len(line[end:]) - len(strings.TrimLeft(line[end:], strings.TrimSpace(closingMarks)))
		after, word := line[end:], line[strings.LastIndexFunc(line[:i], unicode.IsSpace)+1:end]
		if next := strings.TrimSpace(after); next != after && SentenceEnds(word, next) && !numbered(line[:end]) {
			return line[:end]
		}
	}
	return line
}

// numbered tells whether text is the number of a point: "1."
func numbered(text string) bool { return strings.TrimFunc(text, unicode.IsDigit) == "." }

// fillers are what somebody says before they know what to say.
var fillers = map[string]bool{"um": true, "umm": true, "uh": true, "uhm": true, "er": true, "erm": true, "ah": true, "oh": true, "hm": true, "hmm": true, "mm": true,
	"so": true, "ok": true, "okay": true, "well": true, "right": true, "alright": true, "now": true, "yeah": true, "äh": true, "ähm": true, "also": true, "euh": true, "eh": true}

// withoutFillers drops the fillers that text begins with, where more follows.
func withoutFillers(text string) string {
	rest := strings.TrimSpace(text)
	for {
		word, after, found := strings.Cut(rest, " ")
		bare := strings.ToLower(strings.TrimRight(word, ",.…-–—"))
		if !found || !fillers[bare] || strings.TrimSpace(after) == "" || strings.Contains(word, "\n") {
			break
		}
		// Not every "so" and "right" is one: a comma or another filler shows it.
		if bare == strings.ToLower(word) && !hesitation[bare] {
			break
		}
		rest = strings.TrimSpace(after)
	}
	if rest == strings.TrimSpace(text) {
		return text
	}
	first, size := utf8.DecodeRuneInString(rest)
	return string(unicode.ToUpper(first)) + rest[size:]
}

// hesitation is no word at all, with a comma or without.
var hesitation = map[string]bool{"um": true, "umm": true, "uh": true, "uhm": true, "er": true, "erm": true, "hm": true, "hmm": true, "mm": true, "äh": true, "ähm": true, "euh": true}
