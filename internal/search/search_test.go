package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"talkit"
	"talkit/internal/search"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                                 nil,
		" .,!? “”…—🙂 ":                     nil,
		"Ring the clinic.":                 {"ring", "the", "clinic"},
		"don't re-use a.b@example.org":     {"don", "t", "re", "use", "a", "b", "example", "org"},
		"Café CAFE\u0301 naïve Ångström":   {"cafe", "cafe", "naive", "angstrom"},
		"Größe STRAẞE":                     {"große", "straße"},
		"ΟΔΟΣ οδός":                        {"οδοσ", "οδοσ"},
		"Привет, МИР! Ещё":                 {"привет", "мир", "еще"},
		"שלום, עולם":                       {"שלום", "עולם"},
		"نعم، لا؟":                         {"نعم", "لا"},
		"今日は。明日":                           {"今日は", "明日"},
		"हिन्दी।":                          {"हिन्दी"},
		"1,000.5 3rd":                      {"1", "000", "5", "3rd"},
		"a_b \"c\"* (d) -e ^f g:h NEAR(i)": {"a", "b", "c", "d", "e", "f", "g", "h", "near", "i"},
		"\u0301 \u0300\u0301":              nil,
		strings.Repeat("é", 100):           {strings.Repeat("e", 64)},
	} {
		if got := slices.Collect(search.Words(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestFoldTwice: a folded word folds to itself, and holds nothing that parts
// words, so that it can stand in an index and in a query as it is.
func TestFoldTwice(t *testing.T) {
	t.Parallel()
	for r := range unicode.MaxRune {
		for folded := range search.Words(string(r)) {
			if words := slices.Collect(search.Words(folded)); !slices.Equal(words, []string{folded}) {
				t.Errorf("%U: %q is %q", r, folded, words)
			}
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]search.Query{
		"":            {},
		" \t\n":       {},
		"?!":          {Asked: true},
		"Über uns ":   {Asked: true, Words: []string{"uber", "uns"}},
		"\" OR a* --": {Asked: true, Words: []string{"or", "a"}},
	} {
		q, err := search.Parse("query.q", text)
		if err != nil || q.Asked != want.Asked || !slices.Equal(q.Words, want.Words) {
			t.Errorf("%q: %+v, %v", text, q, err)
		}
	}
	for _, text := range []string{strings.Repeat("é", 201), strings.Repeat("a ", 21), "a\x00", "a\xff"} {
		if _, err := search.Parse("query.q", text); talkit.KindOf(err) != talkit.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 100)
	for _, c := range []struct{ query, text, want string }{
		{"result", "Ring the clinic. The second result is there! Then go.", "The second [result] is there!"},
		{"resu", "The Résumé.", "The [Résumé]."},
		{"the resu", "The Résumé.", "The [Résumé]."},
		{"the", "Other. The end", "[The] end"},
		{"go", "a\n  b go c\nd", "b [go] c"},
		{"b", "3.5 a.b c", "3.5 a.[b] c"},
		{"明日", "今日は。明日、雨！はい", "[明日]、雨！"},
		{"end", long + "end " + long, "…" + strings.Repeat("word ", 15) + "[end] " + strings.TrimSpace(strings.Repeat("word ", 27)) + "…"},
		{"x", strings.Repeat("é", 200) + " x " + strings.Repeat("é", 200), "…" + strings.Repeat("é", 79) + " [x] " + strings.Repeat("é", 139) + "…"},
		{"absent", "There is nothing.", ""},
		{"not there", "Not. There.", "[There]."},
		{"cafe", "le cafe\u0301 noir", "le [cafe\u0301] noir"},
		{"a", "\xff a \xff", "\xff [a] \xff"},
	} {
		q, err := search.Parse("q", c.query)
		if err != nil {
			t.Fatal(err)
		}
		hit, found := q.Find(c.text)
		got := hit.Before + "[" + hit.Word + "]" + hit.After
		if found != (c.want != "") || found && got != c.want {
			t.Errorf("%q in %.60q: %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

// BenchmarkFind looks for a word at the end of a day of speech.
func BenchmarkFind(b *testing.B) {
	text := strings.Repeat("several plain words, ", 100_000) + "target"
	q, _ := search.Parse("q", "plan target")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, found := q.Find(text); !found {
			b.Fatal("not found")
		}
	}
}
