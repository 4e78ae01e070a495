package api

import (
	"testing"

	"talkit/wire"
)

// TestAStreamEnds where nothing more comes: not while a text is made again.
func TestAStreamEnds(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{"queued": false, "running": false, "failed": true, "completed": true} {
		r := wire.Recording{Status: "completed", Again: &wire.Again{Job: &wire.Job{Status: status}}}
		if finished(r) != want {
			t.Errorf("made again, %s: %v", status, !want)
		}
	}
	for status, want := range map[string]bool{"queued": false, "processing": false, "review": false, "failed": true, "completed": true} {
		if finished(wire.Recording{Status: status}) != want {
			t.Errorf("%s: %v", status, !want)
		}
	}
}
