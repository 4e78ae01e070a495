package talkit

import (
	"errors"
	"strings"
)

// People write a vocabulary down line by line: a word each, and "heard = write"
// for a replacement.

// Lines are the words, one a line.
func (words Words) Lines() string { return lines(words) }

// Lines are the replacements, one a line.
func (replacements Replacements) Lines() string {
	var all []string
	for _, r := range replacements {
		all = append(all, r.Heard+equals+r.Write)
	}
	return lines(all)
}

func lines(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return strings.Join(all, "\n") + "\n"
}

// ParseWords reads words, one a line. Free lines and what is there before as
// well are left out.
func ParseWords(text string) (Words, error) {
	words, seen := Words{}, map[string]bool{}
	err := eachLine("words", text, func(line string) error {
		if err := (Words{line}).validate(); err != nil {
			return err
		}
		if !again(seen, line) {
			words = append(words, line)
		}
		return nil
	})
	if err == nil && len(words) > MaxVocabularyWords {
		err = InvalidField("words", "has %d words; there can be %d", len(words), MaxVocabularyWords)
	}
	return words, err
}

// ParseReplacements reads replacements, one a line.
func ParseReplacements(text string) (Replacements, error) {
	replacements, seen := Replacements{}, map[string]bool{}
	err := eachLine("replacements", text, func(line string) error {
		r, ok := parseReplacement(line)
		if !ok {
			return InvalidField("", "needs an equals sign between what is heard and what to write")
		}
		if again(seen, r.Heard) {
			return InvalidField("", "is about words that another line is about as well")
		}
		replacements = append(replacements, r)
		return (Replacements{r}).validate()
	})
	if err == nil && len(replacements) > MaxReplacements {
		err = InvalidField("replacements", "has %d replacements; there can be %d", len(replacements), MaxReplacements)
	}
	return replacements, err
}

// ParseVocabulary reads words and replacements, as a person keeps them in one
// file: what has an equals sign between spaces is a replacement.
func ParseVocabulary(text string) (v Vocabulary, err error) {
	var words, replacements []string
	for line := range strings.Lines(text) {
		if strings.Contains(" "+strings.TrimSpace(line)+" ", equals) {
			words, replacements = append(words, "\n"), append(replacements, line)
		} else { // a free line in the other keeps the numbers of lines
			words, replacements = append(words, line), append(replacements, "\n")
		}
	}
	if v.Words, err = ParseWords(strings.Join(words, "")); err != nil {
		return v, err
	}
	v.Replacements, err = ParseReplacements(strings.Join(replacements, ""))
	return v, err
}

func parseReplacement(line string) (r Replacement, ok bool) {
	heard, write, ok := strings.Cut(line, equals)
	if !ok {
		heard, write, ok = strings.Cut(line, "=")
	}
	return Replacement{strings.TrimSpace(heard), strings.TrimSpace(write)}, ok
}

// eachLine reads the lines that are not free, and names the one that is refused.
func eachLine(field, text string, read func(line string) error) error {
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		err := read(line)
		if e, ok := errors.AsType[*Error](err); ok && len(e.Fields) > 0 {
			return InvalidField(field, "has a line, number %d, that %s", number, e.Fields[0].Message)
		}
	}
	return nil
}
