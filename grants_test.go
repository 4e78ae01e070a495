package talkit

import (
	"maps"
	"slices"
	"testing"
)

func TestBeyond(t *testing.T) {
	t.Parallel()
	granted := Permissions{ResourceTranscript: AccessRead, ResourceAudio: AccessNone}
	for _, c := range []struct{ asked, beyond Permissions }{
		{nil, Permissions{}},
		{granted, Permissions{}},
		{Permissions{ResourceUser: AccessNone}, Permissions{}},
		{Permissions{ResourceTranscript: AccessWrite}, Permissions{ResourceTranscript: AccessWrite}},
		{Permissions{ResourceTranscript: AccessNone, ResourceAudio: AccessRead}, Permissions{ResourceAudio: AccessRead}},
		{Permissions{ResourceTranscript: AccessRead, ResourceUser: AccessRead}, Permissions{ResourceUser: AccessRead}},
	} {
		if got := c.asked.Beyond(granted); !maps.Equal(got, c.beyond) {
			t.Errorf("%v is beyond by %v, want %v", c.asked, got, c.beyond)
		}
	}
	if got := (Permissions{"user": "read", "audio": "none", "transcript": "write"}).Asked(); !slices.Equal(got, []string{"transcript=write", "user=read"}) {
		t.Errorf("asked: %q", got)
	}
}
