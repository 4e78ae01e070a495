package bench

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"talkit/internal/dictate"
	"talkit/wire"
)

// screen notes when which words were shown.
type screen struct {
	began time.Time

	mu   sync.Mutex
	seen []sighting
}

type sighting struct {
	at float64 // seconds since the beginning
	dictate.Words
}

func (s *screen) words(w dictate.Words) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, sighting{time.Since(s.began).Seconds(), w})
}

// delays are how long after its end each word showed, first of all and for
// good; sorted. A word that never showed is in neither.
func (s *screen) delays(said []wire.Word) (tentative, confirmed []float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range said {
		at, ok := s.first(w, func(seen sighting) []wire.Word { return seen.Confirmed })
		if !ok {
			continue
		}
		confirmed = append(confirmed, at-w.End)
		shown, ok := s.first(w, func(seen sighting) []wire.Word { return seen.Tentative })
		if !ok || shown > at {
			shown = at
		}
		tentative = append(tentative, shown-w.End)
	}
	slices.Sort(tentative)
	slices.Sort(confirmed)
	return tentative, confirmed
}

// first is when a word first showed: the same, at about the same place.
func (s *screen) first(said wire.Word, of func(sighting) []wire.Word) (at float64, found bool) {
	for _, seen := range s.seen {
		for _, w := range of(seen) {
			if letters(w.Word) == letters(said.Word) && math.Abs(w.Start-said.Start) < 0.7 {
				return seen.at, true
			}
		}
	}
	return 0, false
}

func letters(word string) string {
	return strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }))
}

// quantile is of sorted values.
func quantile(sorted []float64, percent int) float64 {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}
