package talkit

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// CheckText accepts any Unicode text of at most max characters, except U+0000
// and invalid UTF-8, which PostgreSQL and JSON cannot keep as they were sent.
func CheckText(location, text string, max int) error {
	switch {
	case !utf8.ValidString(text):
		return InvalidField(location, "must be valid UTF-8")
	case strings.ContainsRune(text, 0):
		return InvalidField(location, "must not contain U+0000")
	case utf8.RuneCountInString(text) > max:
		return InvalidField(location, "must have at most %d characters", max)
	}
	return nil
}

// CheckName is CheckText for what must not be empty.
func CheckName(location, text string, max int) error {
	if strings.TrimSpace(text) == "" {
		return InvalidField(location, "must not be empty")
	}
	return CheckText(location, text, max)
}

// Metadata are up to 50 pairs of strings that the submitter set.
type Metadata map[string]string

// Limits of Metadata, in characters.
const (
	MaxMetadataPairs = 50
	MaxMetadataKey   = 40
	MaxMetadataValue = 500
)

// Validate checks number, keys and values. Keys start with a letter, so that
// a webhook's body keeps its bytes through JavaScript, which puts keys that
// look like integers first.
func (m Metadata) Validate(location string) error {
	if len(m) > MaxMetadataPairs {
		return InvalidField(location, "must have at most %d pairs", MaxMetadataPairs)
	}
	for key, value := range m {
		if key == "" || !isLetter(key[0]) {
			return InvalidField(location, "has a key that does not start with a letter (a to z)")
		}
		if err := CheckText(location+" key", key, MaxMetadataKey); err != nil {
			return err
		}
		if err := CheckText(location+"."+key, value, MaxMetadataValue); err != nil {
			return err
		}
	}
	return nil
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// Value and Scan keep Metadata as a JSON object.
func (m Metadata) Value() (driver.Value, error) { return jsonValue(m, "{}", len(m) == 0) }

// Scan implements sql.Scanner.
func (m *Metadata) Scan(src any) error { return scanPairs(src, m) }

// scanPairs is jsonScan for an object of strings, of which a page of a list
// has dozens.
func scanPairs[M ~map[string]string](src any, into *M) error {
	if text, ok := src.(string); ok {
		if pairs, ok := plainPairs(text); ok {
			*into = pairs
			return nil
		}
	}
	return jsonScan(src, into)
}

// plainPairs reads JSON as we write it, where nothing is escaped: then what
// lies between the quotation marks is key and value in turn.
func plainPairs(text string) (pairs map[string]string, ok bool) {
	parts := strings.Split(text, `"`)
	last := len(parts) - 1
	if text == "{}" || last%4 != 0 || parts[last] != "}" || strings.Contains(text, `\`) {
		return map[string]string{}, text == "{}"
	}
	pairs = make(map[string]string, last/4)
	for i, before := 0, "{"; i < last; i, before = i+4, "," {
		if parts[i] != before || parts[i+2] != ":" {
			return nil, false
		}
		pairs[parts[i+1]] = parts[i+3]
	}
	return pairs, true
}

func jsonValue(v any, empty string, isEmpty bool) (driver.Value, error) {
	if isEmpty {
		return empty, nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

func jsonScan[T any](src any, into *T) error {
	var b []byte
	switch s := src.(type) {
	case string:
		b = []byte(s)
	case []byte:
		b = s
	default:
		return fmt.Errorf("talkit: cannot read %T as JSON", src)
	}
	var fresh T
	if err := json.Unmarshal(b, &fresh); err != nil {
		return err
	}
	*into = fresh
	return nil
}
