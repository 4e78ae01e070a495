package e2e_test

import (
	"net/http"
	"testing"

	"talkit"
)

// lastUse of an installation is noted for its person.
func lastUse(t *testing.T, w *world) {
	used := func() talkit.Installation {
		i, err := w.App.DB.Installation(t.Context(), w.installation.ID)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	w.token.get("/installation").want(http.StatusOK)
	w.token.get("/transcripts/999999999").refused(http.StatusNotFound, "not_found")
	if i := used(); i.UsedOn != 0 || i.UsedFor != "" {
		t.Errorf("nothing was read, and it was used for %q", i.UsedFor)
	}
	began := talkit.Now()
	w.token.get("/transcripts").want(http.StatusOK)
	until(t, "the use is noted", func() bool { i := used(); return i.UsedOn >= began && i.UsedFor == "transcripts" })
}
