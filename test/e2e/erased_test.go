package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"talkit/wire"
)

// erasedAnswers: a request that is repeated after its recording was deleted
// neither makes another nor shows what was deleted.
func erasedAnswers(t *testing.T, w *world) {
	needFFmpeg(t)
	asks := w.user.with("Idempotency-Key", "erased "+w.installation.UUID)
	sent := submission(tone(), field{"name", "Gone " + canary}, field{"metadata", `{"client":"` + canary + `"}`})
	r := read[wire.Recording](asks.post("/recordings", sent).want(http.StatusAccepted))
	w.user.delete(fmt.Sprintf("/recordings/%d", r.ID)).want(http.StatusNoContent)
	for _, again := range []raw{sent, submission(tone(), field{"name", "Other"})} {
		got := asks.post("/recordings", again)
		got.refused(http.StatusNotFound, "not_found").names(t, "deleted since")
		if strings.Contains(string(got.body), canary) {
			t.Errorf("erased, and still told: %s", got.body)
		}
	}
	if list := read[wire.List[wire.Recording]](w.user.get("/recordings")); list.TotalCount != 0 {
		t.Errorf("repeated after deletion: %+v", list)
	}
	w.user.with("Idempotency-Key", "another "+w.installation.UUID).post("/recordings", sent).want(http.StatusAccepted)
}
