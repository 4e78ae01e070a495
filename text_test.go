package talkit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit"
)

func TestMetadataIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, want := range []talkit.Metadata{
		{}, {"a": "b"}, {"a": "", "b": "{}", "c": ",:"}, {"a": `say "hi"`, "b": "1"}, {"a": `\`}, {"a": "<b>"}, {"a": "ü ☃ 🎙", "b": "\n"},
	} {
		stored, err := want.Value()
		if err != nil {
			t.Fatal(err)
		}
		for _, src := range []any{stored, []byte(stored.(string))} {
			got := talkit.Metadata{"old": "pair"}
			if err := got.Scan(src); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n%s", stored, diff)
			}
		}
	}
}

func TestMetadataOfOtherWriters(t *testing.T) {
	t.Parallel()
	var got talkit.Metadata
	if err := got.Scan(`{ "a" : "b", "c": "d" }`); err != nil || !cmp.Equal(got, talkit.Metadata{"a": "b", "c": "d"}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []any{`{"a":1}`, `{"a":"b"`, `["a"]`, `{"a":"b","c"}`, `{"a":"b","c":}`, `"`, ``, nil, 1} {
		if err := new(talkit.Metadata).Scan(bad); err == nil {
			t.Errorf("%v was read", bad)
		}
	}
}

func BenchmarkMetadata(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := new(talkit.Metadata).Scan(`{"source":"phone","case":"2026-0042"}`); err != nil {
			b.Fatal(err)
		}
	}
}
