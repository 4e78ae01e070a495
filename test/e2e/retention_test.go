package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// soundLetGo: of whom so wants, sound is kept until its text is released.
func soundLetGo(t *testing.T, w *world) {
	before := w.dictate("Said before, " + canary + ".")
	days := talkit.UntilTranscribed
	who := talkit.Caller{Kind: talkit.CallerUser, UserID: w.person.ID}
	if _, err := w.App.ChangeProfile(t.Context(), who, app.ProfileChange{AudioDays: &days}); err != nil {
		t.Fatal(err)
	}
	gone := func(r wire.Recording) {
		t.Helper()
		until(t, fmt.Sprintf("the sound of recording %d is gone", r.ID), func() bool {
			return read[wire.Recording](w.user.get(fmt.Sprintf("/recordings/%d", r.ID)).want(http.StatusOK)).Audio == nil
		})
		path := fmt.Sprintf("/transcripts/%d", *r.TranscriptID)
		if shown := read[wire.Transcript](w.token.get(path).want(http.StatusOK)); shown.Audio != nil || shown.Text == "" {
			t.Errorf("plugins see %+v", shown)
		}
		w.token.get(path+"/audio").refused(http.StatusNotFound, "not_found")
		w.user.get(fmt.Sprintf("/recordings/%d/audio", r.ID)).refused(http.StatusNotFound, "not_found")
		peaks := read[wire.Peaks](w.user.get(fmt.Sprintf("/recordings/%d/peaks", r.ID)).want(http.StatusOK))
		if len(peaks.Data) != 0 {
			t.Errorf("%d peaks are left", len(peaks.Data))
		}
	}
	gone(before)
	draft := w.review("Said after, " + canary + ".")
	w.user.get(fmt.Sprintf("/recordings/%d/audio", draft.ID)).want(http.StatusOK)
	gone(w.release(draft))
}
