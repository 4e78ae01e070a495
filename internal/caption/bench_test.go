package caption

import (
	"strings"
	"testing"

	"talkit"
)

// BenchmarkManyCharacters is the longest text that a person can write, in a
// script whose lines may end after each character.
func BenchmarkManyCharacters(b *testing.B) {
	text := strings.Repeat("会议是来周的月曜日资料请明天送来，", 2_000_000/17)
	for b.Loop() {
		SRT(talkit.Segments{{End: 86400, Text: text}})
	}
}
