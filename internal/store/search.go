package store

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"modernc.org/sqlite"

	"talkit/internal/search"
)

// SQLite's triggers call search_words; on PostgreSQL a function of that name
// does the same (see the migrations).
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("search_words", 4,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			owner, ok := args[0].(int64)
			var texts [3]string
			for i := range texts {
				switch arg := args[i+1].(type) {
				case string:
					texts[i] = arg
				default:
					ok = false
				}
			}
			if !ok {
				return nil, fmt.Errorf("search_words of %T, %T, %T, %T", args[0], args[1], args[2], args[3])
			}
			return searchWords(owner, texts[0], texts[1], texts[2]), nil
		})
}

// maxIndexed is how many words of one text are kept: more than any speech has
// that differ, and few enough that a text somebody made up does not hold the
// writer for seconds.
const maxIndexed = 20_000

// searchWords is what the index keeps of a name and a text: each word once,
// with its owner. The type is a word that nobody can say: "12__note".
func searchWords(owner int64, kind, name, text string) string {
	mark := strconv.FormatInt(owner, 10) + "_"
	var words strings.Builder
	words.WriteString(mark + "_" + kind)
	seen := map[string]bool{}
	for _, part := range []string{name, text} {
		for word := range search.Words(part) {
			if len(seen) == maxIndexed {
				return words.String()
			}
			if !seen[word] {
				seen[word] = true
				words.WriteString(" " + mark + word)
			}
		}
	}
	return words.String()
}

// found is the table (as s) of the rows of an index that have what an owner
// looks for, and the argument of its one parameter. Words hold nothing but
// letters and digits, so that no quotation mark or operator of theirs can
// reach the engine.
func (db *DB) found(index string, owner int64, kind string, q search.Query) (table, argument string) {
	terms := slices.Clone(q.Words)
	if kind != "" {
		terms = slices.Insert(terms, 0, "_"+kind)
	}
	if db.Dialect == Postgres {
		// Without OFFSET 0 it may walk through all recordings of the owner and
		// look at each, as it guesses badly how many have a word.
		return "(SELECT rowid FROM " + index + " WHERE words @@ CAST(? AS TSQUERY) OFFSET 0) s", all(owner, terms, "'%d_%s'", " & ", ":*")
	}
	return "(SELECT rowid FROM " + index + " WHERE " + index + " MATCH ?) s", all(owner, terms, `"%d_%s"`, " AND ", "*")
}

// all asks for all terms, the last of which may be just the beginning of a word.
func all(owner int64, terms []string, form, and, prefix string) string {
	asked := make([]string, len(terms))
	for i, term := range terms {
		asked[i] = fmt.Sprintf(form, owner, term)
	}
	return strings.Join(asked, and) + prefix
}
