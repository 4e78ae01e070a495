package wire_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"talkit"
	"talkit/wire"
)

// TestStream: what is written a little at a time is what encoding/json writes.
func TestStream(t *testing.T) {
	t.Parallel()
	one := 1
	some := wire.Maker{}.Segments(talkit.Segments{
		{Start: 0.5, End: 1, Text: "Hé <b> & co", Words: []talkit.Word{{Word: " Hé", Start: 0.5, End: 1, Probability: 0.25}}},
		{Start: 2, End: 3, Channel: &one, Text: "\u2028"}})
	for _, v := range []wire.Stream{
		wire.SegmentList{}, wire.SegmentList{Data: some[:0]}, wire.SegmentList{Data: some[:1]}, wire.SegmentList{Data: some},
		wire.Export{}, wire.Export{Transcript: wire.Transcript{Name: "<}", Metadata: map[string]string{"a": "}"}}, Segments: some},
	} {
		var got, want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			t.Fatal(err)
		}
		if err := v.StreamJSON(&got); err != nil || got.String() != want.String() {
			t.Errorf("%v\ngot  %s\nwant %s", err, got.String(), want.String())
		}
	}
}
