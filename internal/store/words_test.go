package store_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestPostgresFoldsAlike holds the search_words of PostgreSQL to ours, for
// each character there is.
func TestPostgresFoldsAlike(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.Postgres(t))
	texts := []string{"", " ", "Ring the clinic, twice: ring!", strings.Repeat("é", 100) + " " + strings.Repeat("x", 100), "ΟΔΟΣ οδός", "' \" \\ & | ! : *"}
	for block := range unicode.MaxRune >> 12 {
		var text strings.Builder
		for r := block << 12; r < (block+1)<<12; r++ {
			if r > 0 && (r < 0xd800 || r > 0xdfff) {
				text.WriteString(" a" + string(r) + "b")
			}
		}
		texts = append(texts, text.String())
	}
	for _, text := range texts {
		var theirs string
		err := db.Get(t.Context(), &theirs, "SELECT array_to_string(tsvector_to_array(search_words(12, 'note', 'A name', CAST(? AS TEXT))), ' ')", text)
		if err != nil {
			t.Fatalf("%.40q: %v", text, err)
		}
		got, want := strings.Fields(theirs), strings.Fields(store.SearchWords(12, "note", "A name", text))
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%.40q: only PostgreSQL has %q, only we have %q", text, without(got, want), without(want, got))
		}
	}
}

func without(all, some []string) (left []string) {
	for _, one := range all {
		if _, found := slices.BinarySearch(some, one); !found {
			left = append(left, one)
		}
	}
	return left
}
