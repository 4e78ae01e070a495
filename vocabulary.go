package talkit

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Vocabulary is what a person says that an engine does not know how to write.
type Vocabulary struct {
	UserID       int64        `db:"user_id"`
	Words        Words        `db:"words"` // names, products and the like, those that matter most first
	Replacements Replacements `db:"replacements"`
	UpdatedOn    Time         `db:"updated_on"` // zero where the person never had one
}

// Words are kept as a JSON array.
type Words []string

// Replacement has what an engine writes written otherwise.
type Replacement struct {
	Heard string `json:"heard"` // words as the engine writes them, in any case
	Write string `json:"write"`
}

// Replacements are kept as a JSON array.
type Replacements []Replacement

// equals stands between the sides of a replacement where a person writes one.
const equals = " = "

// Limits of a Vocabulary.
const (
	MaxVocabularyWords   = 200
	MaxReplacements      = 500
	MaxVocabularyLetters = 100 // characters of a word, and of each side of a replacement
)

// Validate checks what a person sent.
func (v *Vocabulary) Validate() error {
	v.trim()
	if len(v.Words) > MaxVocabularyWords {
		return InvalidField("body.words", "must have at most %d words", MaxVocabularyWords)
	}
	if len(v.Replacements) > MaxReplacements {
		return InvalidField("body.replacements", "must have at most %d replacements", MaxReplacements)
	}
	if err := v.Words.validate(); err != nil {
		return err
	}
	return v.Replacements.validate()
}

// trim takes spaces from the ends, which make no difference.
func (v *Vocabulary) trim() {
	v.Words, v.Replacements = slices.Clone(v.Words), slices.Clone(v.Replacements)
	for i, word := range v.Words {
		v.Words[i] = strings.Trim(word, " ")
	}
	for i, r := range v.Replacements {
		v.Replacements[i] = Replacement{strings.Trim(r.Heard, " "), strings.Trim(r.Write, " ")}
	}
}

func (words Words) validate() error {
	seen := map[string]bool{}
	for i, word := range words {
		location := fmt.Sprintf("body.words[%d]", i)
		if err := checkPhrase(location, word); err != nil {
			return err
		}
		if strings.Contains(" "+word+" ", equals) {
			return InvalidField(location, "must not have an equals sign between spaces, which makes a replacement of a line")
		}
		if again(seen, word) {
			return InvalidField(location, "is in the list twice")
		}
	}
	return nil
}

func (replacements Replacements) validate() error {
	seen := map[string]bool{}
	for i, r := range replacements {
		location := fmt.Sprintf("body.replacements[%d]", i)
		if err := checkPhrase(location+".heard", r.Heard); err != nil {
			return err
		}
		if err := checkLine(location+".write", r.Write); err != nil {
			return err
		}
		if strings.Contains(" "+r.Heard+" ", equals) || strings.Trim(r.Heard, "=") != r.Heard {
			return InvalidField(location+".heard", "must not have an equals sign between spaces, at its beginning or its end")
		}
		if again(seen, r.Heard) {
			return InvalidField(location+".heard", "is in the list twice")
		}
	}
	return nil
}

// again tells whether words were seen, whatever their case, spaces and hyphens.
func again(seen map[string]bool, words string) bool {
	words = folded(words)
	before := seen[words]
	seen[words] = true
	return before
}

// checkPhrase accepts a line of text that can be said.
func checkPhrase(location, text string) error {
	if err := checkLine(location, text); err != nil {
		return err
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return InvalidField(location, "must have a letter or a digit")
	}
	return nil
}

// sameWords tells whether words differ in case, spaces and hyphens alone: where
// a text is written, they are the same.
func sameWords(a, b string) bool { return folded(a) == folded(b) }

func folded(words string) string {
	words = strings.Join(strings.Fields(oneHyphen.Replace(words)), " ")
	return strings.ToLower(strings.ToUpper(words)) // some letters have two small forms
}

// oneHyphen writes hyphens as spaces, and apostrophes in one way.
var oneHyphen = strings.NewReplacer("-", " ", "‐", " ", "‑", " ", "’", "'", "ʼ", "'")

// Without is the words but one, whatever its case.
func (words Words) Without(word string) Words {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return sameWords(w, word) })
}

// Without is the replacements but that of what is heard.
func (replacements Replacements) Without(heard string) Replacements {
	return slices.DeleteFunc(slices.Clone(replacements), func(r Replacement) bool { return sameWords(r.Heard, heard) })
}

func checkLine(location, text string) error {
	if err := CheckName(location, text, MaxVocabularyLetters); err != nil {
		return err
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) {
		return InvalidField(location, "must be one line, without control characters")
	}
	return nil
}

// Value and Scan keep Words as a JSON array.
func (words Words) Value() (driver.Value, error) { return jsonValue(words, "[]", len(words) == 0) }

// Scan implements sql.Scanner.
func (words *Words) Scan(src any) error { return jsonScan(src, words) }

// Value and Scan keep Replacements as a JSON array.
func (replacements Replacements) Value() (driver.Value, error) {
	return jsonValue(replacements, "[]", len(replacements) == 0)
}

// Scan implements sql.Scanner.
func (replacements *Replacements) Scan(src any) error { return jsonScan(src, replacements) }
