package bench

import (
	"math/rand/v2"
	"strings"
)

// vocabulary is about as long, word for word, as English is.
var vocabulary = strings.Fields(`the client called about her account this morning and asked that we move the review to
	Thursday because of a meeting she cannot miss please send a short summary of the portfolio with the fees for last year
	to both of them before noon he mentioned his daughter starts college in autumn so they want to keep more in cash until
	then follow up with the estate lawyer on beneficiary forms it was good to hear that everyone feels well again`)

// sentences is a text of so many words, the same for the same seed.
func sentences(words int, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 0))
	var text strings.Builder
	for begin := true; words > 0; words-- {
		word := vocabulary[random.IntN(len(vocabulary))]
		if begin {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		text.WriteString(word)
		begin = words == 1 || random.IntN(14) == 0
		if begin {
			text.WriteByte('.')
		}
		if words > 1 {
			text.WriteByte(' ')
		}
	}
	return text.String()
}
