package bench

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// WordErrors counts how many words have to be put in, taken out or exchanged
// to make heard of said, and how many were said, after both are brought to
// one spelling.
func WordErrors(said, heard string) (errors, words int) {
	want, got := spelled(said), spelled(heard)
	row := make([]int, len(got)+1)
	for j := range row {
		row[j] = j
	}
	for i, word := range want {
		diagonal := row[0]
		row[0] = i + 1
		for j, other := range got {
			exchange := diagonal
			if word != other {
				exchange++
			}
			diagonal = row[j+1]
			row[j+1] = min(exchange, diagonal+1, row[j]+1)
		}
	}
	return row[len(got)], len(want)
}

var (
	aside    = regexp.MustCompile(`\[[^\]]*\]|\([^)]*\)|<[^>]*>`) // (laughs)
	grouping = regexp.MustCompile(`(\d),(\d)`)
	dollars  = regexp.MustCompile(`\$(\d+)`)
	ordinal  = regexp.MustCompile(`(\d+)(?:st|nd|rd|th)\b`)
	digits   = regexp.MustCompile(`\d+`)
	noWord   = regexp.MustCompile(`[^a-z' ]`)
)

// spellings are words that are written in two ways and said in one.
var spellings = map[string]string{"mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint", "ok": "okay", "colour": "color",
	"honour": "honor", "labour": "labor", "favour": "favor", "grey": "gray", "towards": "toward"}

// spelled are the words of an English text in lower case without punctuation,
// numbers in words.
func spelled(text string) []string {
	text = strings.ToLower(strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return -1
		}
		return r
	}, text))
	text = aside.ReplaceAllString(text, " ")
	text = strings.NewReplacer("&", " and ", "-", " ", "%", " percent").Replace(text)
	text = grouping.ReplaceAllString(text, "$1$2")
	text = dollars.ReplaceAllString(text, "$1 dollars")
	text = ordinal.ReplaceAllString(text, "$1")
	text = digits.ReplaceAllStringFunc(text, spelledDigits)
	words := strings.Fields(noWord.ReplaceAllString(text, " "))
	kept := words[:0]
	for _, word := range words {
		if word = strings.Trim(word, "'"); word == "" {
			continue
		}
		if other, ok := spellings[word]; ok {
			word = other
		}
		kept = append(kept, word)
	}
	return kept
}

func spelledDigits(digits string) string {
	if len(digits) > 9 {
		return digits // nobody says these as one number
	}
	n, _ := strconv.Atoi(digits)
	return " " + inWords(n) + " "
}

var (
	ones = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
)

// inWords says a number; those from 1100 to 1999 as years.
func inWords(n int) string {
	switch {
	case n < 20:
		return ones[n]
	case n < 100:
		return tens[n/10] + rest(n%10)
	case n >= 1100 && n < 2000 && n%100 == 0:
		return inWords(n/100) + " hundred"
	case n >= 1100 && n < 2000:
		return inWords(n/100) + rest(n%100)
	case n < 1000:
		return ones[n/100] + " hundred" + rest(n%100)
	case n < 1_000_000:
		return inWords(n/1000) + " thousand" + rest(n%1000)
	}
	return inWords(n/1_000_000) + " million" + rest(n%1_000_000)
}

func rest(n int) string {
	if n == 0 {
		return ""
	}
	return " " + inWords(n)
}
