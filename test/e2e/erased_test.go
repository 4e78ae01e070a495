package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"talkit"
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

// TestDeletedPerson: who deletes their account is out at once, and soon nothing
// of them is left, their sound neither. Plugins hear that they were uninstalled.
func TestDeletedPerson(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	s := serve(t, "--engine=manual", loopback)
	w := setup(t, s)
	hook := receive(t, nil)
	w.newWebhook(hook.URL, talkit.InstallationDeleted)
	for range 3 {
		w.dictate("Forget the " + canary)
	}
	token := w.token.credential()
	if err := w.App.DeleteAccount(t.Context(), talkit.Caller{Kind: talkit.CallerUser, UserID: w.person.ID, Person: w.person}); err != nil {
		t.Fatal(err)
	}
	w.user.get("/recordings").refused(http.StatusUnauthorized, "unauthenticated")
	w.as(t, token).get("/transcripts").refused(http.StatusUnauthorized, "unauthenticated")
	if told := hook.next(talkit.InstallationDeleted); *told.PluginInstallationUUID != w.installation.UUID {
		t.Errorf("told of %s", *told.PluginInstallationUUID)
	}
	until(t, "the person is gone", func() bool {
		_, err := w.DB.User(t.Context(), w.person.ID)
		return talkit.IsNotFound(err)
	})
	until(t, "nothing is left in the data folder", func() bool { return len(stored(t, s)) == 0 })

	other := setup(t, s)
	if err := w.App.DeleteUser(t.Context(), talkit.Operator, w.owner.ID); err != nil {
		t.Fatal(err)
	}
	w.developer.get("/plugins").refused(http.StatusUnauthorized, "unauthenticated")
	until(t, "the plugin is gone", func() bool {
		_, err := w.DB.Plugin(t.Context(), w.plugin.ID)
		return talkit.IsNotFound(err)
	})
	other.developer.get(other.path("")).want(http.StatusOK)
}
