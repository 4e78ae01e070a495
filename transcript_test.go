package talkit_test

import (
	"testing"

	"talkit"
)

// TestForPlugins: a short note is its own title, which must go with the text.
func TestForPlugins(t *testing.T) {
	t.Parallel()
	const text = "Ring the clinic about the second result."
	note := talkit.Transcript{ID: 7, Name: talkit.Title(text), Text: text, Description: talkit.Abstract(text),
		Metadata: talkit.Metadata{"case": "1"}, Audio: talkit.Audio{Key: "k"}}
	if got := note.ForPlugins(); got.Name != note.Name || got.Text != text {
		t.Errorf("released: %+v", got)
	}
	note.Disabled = true
	if got := note.ForPlugins(); got.ID != 7 || !got.Disabled || got.Name+got.Text+got.Description+got.Audio.Key != "" || len(got.Metadata) != 0 {
		t.Errorf("withdrawn: %+v", got)
	}
	note.Name = "Tuesday"
	if got := note.ForPlugins(); got.Name != "Tuesday" {
		t.Errorf("a title that was given became %q", got.Name)
	}
}

// TestReviews: what is worth reading before others do.
func TestReviews(t *testing.T) {
	t.Parallel()
	word := func(probability float64, seconds float64) talkit.Word {
		return talkit.Word{Word: " word", End: seconds, Probability: probability}
	}
	said := func(words ...talkit.Word) talkit.Segment {
		return talkit.Segment{Text: "words", End: 30, Words: words}
	}
	for name, c := range map[string]struct {
		heard  talkit.Segments
		below  int
		always bool
		want   bool
	}{
		"sure":                       {talkit.Segments{said(word(0.9, 1))}, 80, false, false},
		"unsure":                     {talkit.Segments{said(word(0.7, 1))}, 80, false, true},
		"never":                      {talkit.Segments{said(word(0.1, 1))}, 0, false, false},
		"always":                     {talkit.Segments{said(word(0.9, 1))}, 0, true, true},
		"always, whatever the limit": {talkit.Segments{said(word(0.9, 1))}, 50, true, true},
		"a long word weighs more":    {talkit.Segments{said(word(0.99, 0.1), word(0.99, 0.1), word(0.3, 3))}, 80, false, true},
		"a short one less":           {talkit.Segments{said(word(0.1, 0), word(0.95, 3))}, 80, false, false},
		"a hole":                     {append(talkit.Segments{said(word(0.99, 1)), said(word(0.99, 1000))}, talkit.NotHeard(30, 60)...), 10, false, true},
		"a hole, and no limit":       {talkit.NotHeard(30, 60), 0, false, false},
		"not said how sure":          {talkit.Segments{said(word(1, 1), word(1, 2))}, 10, false, true},
		"not timed":                  {talkit.Segments{said(word(0.9, 1)), {Text: "No words."}}, 10, false, true},
		"nothing said":               {talkit.Segments{}, 90, false, false},
		"nothing but a blank":        {talkit.Segments{{Text: " "}}, 90, false, false},
	} {
		u := talkit.User{Review: c.always, ReviewBelow: c.below}
		if got := u.Reviews(c.heard); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
