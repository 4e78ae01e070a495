package talkit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"talkit"
)

func TestVocabularyValidate(t *testing.T) {
	t.Parallel()
	many := func(n int) (words talkit.Words, replacements talkit.Replacements) {
		for i := range n {
			words = append(words, fmt.Sprint("word ", i))
			replacements = append(replacements, talkit.Replacement{Heard: fmt.Sprint("heard ", i), Write: "…"})
		}
		return words, replacements
	}
	words, _ := many(talkit.MaxVocabularyWords)
	_, replacements := many(talkit.MaxReplacements)
	good := talkit.Vocabulary{Words: words, Replacements: replacements}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	oneMore, _ := many(talkit.MaxVocabularyWords + 1)
	_, twoMore := many(talkit.MaxReplacements + 2)
	long := strings.Repeat("é", talkit.MaxVocabularyLetters)
	pair := func(heard, write string) talkit.Vocabulary {
		return talkit.Vocabulary{Replacements: talkit.Replacements{{Heard: "other", Write: long}, {Heard: heard, Write: write}}}
	}
	word := func(word string) talkit.Vocabulary { return talkit.Vocabulary{Words: talkit.Words{long, word}} }
	for location, v := range map[string]talkit.Vocabulary{
		"body.words":                      {Words: oneMore},
		"body.replacements":               {Replacements: twoMore},
		"body.words[1]":                   word(long + "e"),
		"body.words[1] ":                  word(" "),
		"body.words[1]  ":                 word("..."),
		"body.words[1]   ":                word("a\nb"),
		"body.words[1]    ":               word("a\u2028b"),
		"body.words[1]     ":              word("a\x00"),
		"body.words[1]      ":             word("\xff"),
		"body.words[1]       ":            word(" " + strings.ToUpper(long)),
		"body.words[1]        ":           word("E = mc2"),
		"body.words[1]         ":          word("= mc2"),
		"body.words[1]          ":         word("mc2 ="),
		"body.replacements[1].heard":      pair("", "x"),
		"body.replacements[1].heard  ":    pair("a =", "x"),
		"body.replacements[1].heard   ":   pair("= a", "x"),
		"body.replacements[1].heard    ":  pair("a=", "x"),
		"body.replacements[1].heard     ": pair("=a", "x"),

		"body.replacements[1].write":  pair("x", ""),
		"body.replacements[1].heard ": pair("Other ", "x"),
		"body.replacements[1].write ": pair("x", "a\r"),
	} {
		err := v.Validate()
		e, ok := errors.AsType[*talkit.Error](err)
		if !ok || e.Kind != talkit.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != strings.TrimSpace(location) {
			t.Errorf("%s: %+v", location, err)
		}
	}
}

func TestTextKeepsLineBreaksBetweenSegments(t *testing.T) {
	t.Parallel()
	segments := talkit.Segments{said(0, "Dear Anna,"), said(2, "We met."), said(4, "Bye."), said(5, "Uma")}
	segments[0].Words[0].Word = "\n Dear"
	segments[1].Words[0].Word = "\n\n \nWe"
	segments[3].Words[0].Word = " \nUma"
	if got, want := segments.Text(), "Dear Anna,\n\nWe met. Bye.\nUma"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
