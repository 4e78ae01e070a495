package caption

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"talkit"
)

// costOfCut tells how much it disturbs to end a cue or a line between two
// units: not at all between sentences, little between clauses, much within
// what belongs together. A pause of the speaker makes it cheaper.
func costOfCut(u, next unit, sentence bool) float64 {
	if sentence {
		return 0
	}
	return max(costOfSyntax(u, next)-4*min(max(next.start-u.end, 0), 1), 0.5)
}

func costOfSyntax(u, next unit) float64 {
	if character(u.text) && character(next.text) {
		return 6 // as below, at once: a text may have millions
	}
	word, after := bare(u.text), bare(next.text)
	switch {
	case !next.space && u.torn, talkit.Abbreviated(u.text):
		return 20
	case endsClause(u):
		return 1.5
	case tight[word]:
		return 20
	case loose[word]:
		return 9
	case conjunctions[after]:
		return 3
	case prepositions[after]:
		return 4.5
	}
	return 6
}

// character tells whether text is one letter of a script without spaces.
func character(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return size == len(text) && r >= utf8.RuneSelf && spaceless(r)
}

func bare(word string) string {
	return strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' }))
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// Words of the languages that are dictated most here. A transcript does not
// say its language, and a word that means something else in another one only
// moves a cut.
var (
	// tight go with the next word: articles, possessives, titles.
	tight = set(`a an the my your his her its our their this these those no every each some any of to mr mrs ms dr prof
		der die das den dem des ein eine einen einem einer eines kein keine mein dein sein ihr unser zum zur im vom
		le la les un une du de au aux mon ma mes ton ta tes son sa ses notre votre leur ce cette ces
		el los las una unos unas del al mi su sus il lo gli uno o`)
	// loose would rather: prepositions, conjunctions, auxiliaries, pronouns.
	loose = set(`and but or nor so because although though while when where whereas which who whose that if unless until since than as
		in on at by for with from into about over under between through during without before after
		is are was were be been being am will would can could shall should may might must have has had do does did not very
		i we you he she it they i'm i'll i've we'll we're you're he's she's it's they're
		und aber oder denn weil dass ob wenn in an auf bei mit von zu aus nach vor ist sind war wird nicht ich wir er sie es
		et mais ou car que qui si dans sur avec pour par est sont ne pas je nous vous il elle
		y pero porque en con por para es son se`)
	conjunctions = set(`and but or nor so because although though while when where whereas which who whose that if unless until since
		before after than as und aber oder denn weil dass ob wenn während obwohl et mais ou car parce que qui quand si y pero porque cuando`)
	prepositions = set(`in on at by for with from into about over under between through during without
		auf bei mit von zu aus nach vor für über dans sur avec pour par sans en con por para sin`)
)

// closers may stand behind the mark that ends a clause.
const closers = `"'”’)]»`

// endsSentence tells whether a sentence ends with u. "1." at the beginning is
// a number.
func endsSentence(u, next unit, first bool) bool {
	wide := strings.ContainsAny(lastRune(strings.TrimRight(u.text, closers)), "。！？")
	return (next.space || wide) && talkit.SentenceEnds(u.text, next.text) && !(first && numeral(u.text))
}

func numeral(word string) bool {
	return strings.TrimFunc(word, unicode.IsDigit) == "."
}

func endsClause(u unit) bool {
	end := strings.TrimRight(u.text, closers)
	return end != "" && strings.ContainsAny(lastRune(end), ".!?…,;:–—、，；：。！？،؛") || u.text == "-"
}
