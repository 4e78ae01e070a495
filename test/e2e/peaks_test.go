package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/wire"
)

// waveform is there once the sound was decoded, for the person alone.
func waveform(t *testing.T, w *world) {
	r := w.reach(w.submit().ID, talkit.RecordingReview)
	path := fmt.Sprintf("/recordings/%d/peaks", r.ID)
	peaks := read[wire.Peaks](w.user.get(path).want(http.StatusOK))
	loudest := 0
	for _, p := range peaks.Data {
		loudest = max(loudest, p)
	}
	if len(peaks.Data) != 600 || loudest == 0 || loudest > 255 {
		t.Errorf("%d peaks, the loudest %d", len(peaks.Data), loudest)
	}
	w.token.get(path).refused(http.StatusUnauthorized, "unauthenticated")
	w.user.delete(fmt.Sprintf("/recordings/%d", r.ID)).want(http.StatusNoContent)
	w.user.get(path).refused(http.StatusNotFound, "not_found")
}
