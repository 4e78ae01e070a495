package search

import (
	"slices"
	"strings"

	"talkit"
)

// Limits of a query.
const (
	MaxQuery = 200 // characters
	MaxWords = 20
)

// Query is what somebody looks for: texts that have all of its words, the last
// of which may be just the beginning of one.
type Query struct {
	Asked bool     // false: nothing is looked for, so nothing is left out
	Words []string // folded; none although asked find nothing
}

// Parse reads a query. A blank one asks for nothing. location names it in errors.
func Parse(location, text string) (Query, error) {
	if err := talkit.CheckText(location, text, MaxQuery); err != nil {
		return Query{}, err
	}
	if strings.TrimSpace(text) == "" {
		return Query{}, nil
	}
	q := Query{Asked: true, Words: slices.Collect(Words(text))}
	if len(q.Words) > MaxWords {
		return Query{}, talkit.InvalidField(location, "must have at most %d words", MaxWords)
	}
	return q, nil
}
