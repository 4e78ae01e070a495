package wording

import "strings"

// kind is how a mark stands between words.
type kind int

const (
	closing     kind = iota // at the end of a word; the engine's own marks there give way to it
	closingPair             // the same, but the end of a sentence stays
	opening                 // before a word
	between                 // joins two words to one
	apartFrom               // a word of its own
	layout                  // in place of the space before a word
)

// command is what somebody says for a mark.
type command struct {
	said string
	mark string
	kind kind
}

// commands are all there are. Hyphen or space makes no difference in said.
var commands = []*command{
	{"comma", ",", closing},
	{"period", ".", closing},
	{"full stop", ".", closing},
	{"question mark", "?", closing},
	{"exclamation mark", "!", closing},
	{"exclamation point", "!", closing},
	{"colon", ":", closing},
	{"semicolon", ";", closing},
	{"semi colon", ";", closing},
	{"dash", "–", apartFrom},
	{"hyphen", "-", between},
	{"open quote", `"`, opening},
	{"open quotes", `"`, opening},
	{"close quote", `"`, closingPair},
	{"close quotes", `"`, closingPair},
	{"open bracket", "[", opening},
	{"close bracket", "]", closingPair},
	{"open parenthesis", "(", opening},
	{"close parenthesis", ")", closingPair},
	{"new line", "\n", layout},
	{"newline", "\n", layout},
	{"new paragraph", "\n\n", layout},
}

// ends tells whether the command ends a sentence.
func (c *command) ends() bool { return c.kind == closing && strings.Contains(sentenceEnds, c.mark) }

const (
	sentenceEnds = ".?!"
	engineMarks  = ",.;:?!…–—-" // that give way to a dictated mark
	engineRests  = ",;:–—-"     // those of them that do so where a sentence may end
)

// After these a command is a word: "a comma", "the new line", "the word colon".
var announcing = set("a an the my your our their its every another word")

// After these it may be one: each can end a sentence as well.
var determining = set("this that these those no any some which what whose such same each his her first last next whole entire")

// inSpeech are the commands that people say as words, too.
var inSpeech = setOf("period", "colon", "dash", "new line", "newline", "new paragraph")

// modifying are words after which one of those is a word itself, unless it is
// set apart from them.
var modifying = map[string]map[string]bool{
	"period": set("vesting holding trial grace notice waiting time reporting accounting tax probation probationary enrollment payback blackout lockup lock-up transition " +
		"cooling cooling-off testing trading test base coverage benefit elimination deferral accumulation surrender contract lease rental billing fiscal financial review " +
		"rest recovery short long brief certain given limited extended initial final current previous prior following earlier later second third day week month quarter year " +
		"30-day 60-day 90-day 10-day 14-day two-year three-year five-year ten-year two-week six-month twelve-month"),
	"colon":    set("ascending descending transverse sigmoid spastic irritable"),
	"dash":     set("mad quick meter metre yard"),
	"new line": set("brand"),
	"newline":  set("brand"),
}

// With these a sentence begins and none goes on.
var greeting = set("thanks thank yes no please hi hello dear okay ok regards sincerely")

// Before "of" these are words: "a short period of time", "add dash of salt".
var measuring = setOf("period", "dash", "new line", "newline")

// abbreviations keep their point before a dictated mark.
var abbreviations = set("mr mrs ms dr prof st inc ltd co corp jr sr etc vs approx dept")

// A sentence that goes on needs no capital at these. Others may be names.
var ordinary = set("a an the this that these those and or but nor so yet if then than as at by for from in into of on onto out over to up " +
	"with without about after again also before because between during how what when where which while who whom whose why " +
	"he she it we you they me him her us them my your his its our their there here is are was were be been am do does did has have had " +
	"can could may might must shall should will would not no please just only even still thanks thank however therefore maybe perhaps let lets")

func set(words string) map[string]bool { return setOf(strings.Fields(words)...) }

func setOf(words ...string) map[string]bool {
	all := map[string]bool{}
	for _, word := range words {
		all[word] = true
	}
	return all
}
