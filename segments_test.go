package talkit_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"talkit"
)

// TestSegmentsAsJSON: they are kept as encoding/json writes them, and read back
// as they were.
func TestSegmentsAsJSON(t *testing.T) {
	t.Parallel()
	one, who := 1, "Ada"
	for _, s := range []talkit.Segments{{}, {{}}, {
		{Start: 0.5, End: 1.25, Channel: &one, Speaker: &who, Text: "Hé <b>", Words: []talkit.Word{{Word: " Hé", Start: 0.5, End: 1, Probability: 0.25}, {Word: " <b>"}}},
		{Text: "No words.", Words: []talkit.Word{}}, {Text: "None at all."}, {Words: []talkit.Word{{Word: "a"}, {Word: "b"}, {Word: "c"}}},
	}} {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := s.Value()
		if err != nil || kept != string(want) {
			t.Errorf("%v\ngot  %v\nwant %s", err, kept, want)
		}
		for _, src := range []any{kept, []byte(want)} {
			var back talkit.Segments
			if err := back.Scan(src); err != nil || !reflect.DeepEqual(back, s) {
				t.Errorf("%v: %+v came back as %+v", err, s, back)
			}
		}
	}
}

func TestSegmentsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, src := range []any{"", "{}", "[", `[{"start":"x"}]`, `[{}`, 7} {
		s := talkit.Segments{{Text: "before"}}
		if err := s.Scan(src); err == nil || len(s) != 1 {
			t.Errorf("%v was read: %v", src, s)
		}
	}
	// What a segment does not say is not what the one before it said.
	var s talkit.Segments
	if err := s.Scan(`[{"channel":1,"words":[{"word":"a","start":1}]},{"words":[{"word":"b"}]},{}]`); err != nil {
		t.Fatal(err)
	}
	if s[1].Channel != nil || s[1].Words[0] != (talkit.Word{Word: "b"}) || len(s[2].Words) != 0 || s[0].Words[0].Word != "a" {
		t.Errorf("%+v", s)
	}
	if (talkit.Segments)(nil).Text() != "" {
		t.Error("nothing has a text")
	}
}
