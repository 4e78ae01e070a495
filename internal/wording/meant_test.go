package wording_test

import (
	"strings"
	"testing"

	"talkit"
	"talkit/internal/wording"
)

// paused is what is heard with a pause of half a second at each "|".
func paused(text string) talkit.Segments {
	s := talkit.Segment{Words: []talkit.Word{}}
	var words []string
	clock := 0.0
	for word := range strings.FieldsSeq(text) {
		if word == "|" {
			clock += 0.5
			continue
		}
		words = append(words, word)
		s.Words = append(s.Words, talkit.Word{Word: " " + word, Start: clock, End: clock + 0.4})
		clock += 0.4
	}
	s.Text, s.End = strings.Join(words, " "), clock
	return talkit.Segments{s}
}

// TestWordsThatCommandsAre: what somebody says who speaks of a period or a
// colon stays as they said it.
func TestWordsThatCommandsAre(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"During this period we saw growth.",
		"The vesting period is four years.",
		"That period was difficult, and the holding period ended.",
		"This new line is good.",
		"He has colon cancer.",
		"No comma there.",
		"In the reporting period, we earned more. It was a trial period.",
		"After the notice period | we can sell.",
		"We dash to the office, and colon polyps run in the family.",
		"The same period, her last period, each period. Which period? Some period.",
		"Those new line items are his new line items.",
		"This comma is wrong.",
		"The ascending colon. A brand new line.",
		"She made a mad dash for it.",
		"Her period ended, that new paragraph helps, and holding period returns fell.",
		"The vesting period and the period I mean.",
		"There is no period in it.",
	} {
		want := strings.ReplaceAll(text, " |", "")
		if got := (wording.Rules{Dictated: true}).Apply(paused(text), "en").Text(); got != want {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

// TestCommandsThatWordsAre: the other direction, told by punctuation, capitals,
// pauses and neighbours.
func TestCommandsThatWordsAre(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"We met today | period | the client was late.":       "We met today. The client was late.",
		"We met today | period the client was late.":         "We met today. The client was late.",
		"We met today period | the client was late.":         "We met today. The client was late.",
		"We met today. Period. The client was late.":         "We met today. The client was late.",
		"We met today, period, the client was late.":         "We met today. The client was late.",
		"We met today period. The client was late.":          "We met today. The client was late.",
		"We met today period The client was late period":     "We met today. The client was late.",
		"I like this | period | we go on.":                   "I like this. We go on.",
		"It was during this. Period. We saw growth.":         "It was during this. We saw growth.",
		"We sell the holding, period. We keep the rest.":     "We sell the holding. We keep the rest.",
		"We sell after vesting | period | no exceptions":     "We sell after vesting. No exceptions",
		"Is that question mark what is this question mark":   "Is that? What is this?",
		"I want this comma that comma and those | new line":  "I want this, that, and those",
		"Two things | colon | the first and the second.":     "Two things: the first and the second.",
		"Two things colon | the first and the second.":       "Two things: the first and the second.",
		"Yes | new line | no | new paragraph | maybe":        "Yes\nNo\n\nMaybe",
		"Yes new line No new paragraph Maybe":                "Yes\nNo\n\nMaybe",
		"He came | dash | so they say | dash | too late.":    "He came – so they say – too late.",
		"Dear Anna comma new paragraph thank you period":     "Dear Anna,\n\nThank you.",
		"Is it so question mark no period":                   "Is it so? No.",
		"It looks like this New paragraph The next point is": "It looks like this\n\nThe next point is",
	} {
		if got := (wording.Rules{Dictated: true}).Apply(paused(said), "en").Text(); got != want {
			t.Errorf("%q:\n got %q\nwant %q", said, got, want)
		}
	}
}
