package wire_test

import (
	"testing"

	"talkit"
	"talkit/wire"
)

func TestRecordingForPlugin(t *testing.T) {
	t.Parallel()
	released := int64(9)
	whole := talkit.Recording{ID: 7, TranscriptID: &released, Metadata: talkit.Metadata{"a": "b"}, Audio: talkit.Audio{Key: "k", Size: 3}}
	maker := wire.Maker{URL: "https://talkit.test"}
	reads := talkit.Permissions{talkit.ResourceAudio: talkit.AccessRead}

	if got := maker.RecordingForPlugin(whole, reads).Audio.URI; got != "https://talkit.test/transcripts/9/audio" {
		t.Errorf("address %q of sound that may be read", got)
	}
	if got := maker.RecordingForPlugin(whole, nil).Audio; got.URI != "" || got.Size != 3 {
		t.Errorf("sound that may not be read: %+v", got)
	}
	whole.Withdrawn = true
	if got := maker.RecordingForPlugin(whole, reads); got.Audio != nil || len(got.Metadata) != 0 {
		t.Errorf("withdrawn: %+v", got)
	}
	whole.Audio.Key = ""
	if got := maker.RecordingForPlugin(whole, reads); got.Audio != nil {
		t.Errorf("erased: %+v", got)
	}
}
