package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/internal/app"
)

// TestEveryPage: axe looks at each page there is, in both colour schemes, at
// desk and phone width, as somebody sees it who is and does everything.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual", loopback))
	yes := true
	w.change(w.owner, app.UserChange{Admin: &yes})
	w.user = w.as(t, w.newKey(w.owner, talkit.UserKey))
	w.person = w.owner
	w.installation = w.install(w.plugin.ID, w.owner)
	receiver := receive(t, func(rw http.ResponseWriter, _ delivered) { rw.WriteHeader(http.StatusTeapot) })
	hook := w.newWebhook(receiver.URL)
	released := w.dictate("One note. "+canary, field{"metadata", `{"client":"Henderson"}`})
	w.user.put(fmt.Sprintf("/recordings/%d/transcript", released.ID), map[string]string{"text": "Another text. " + canary}).want(http.StatusOK)
	draft := w.review("A draft. " + canary)
	empty := w.reach(w.submit().ID, talkit.RecordingReview)
	receiver.next(talkit.TranscriptCompleted)
	other := w.newUser(false)

	note := fmt.Sprintf("/app/notes/%d", released.ID)
	plugin := "/developers" + w.path("")
	webhook := plugin + fmt.Sprintf("/webhooks/%d", hook.ID)
	person := fmt.Sprintf("/admin/people/%d", other.ID)
	pages := []string{
		"/app", "/app?q=note", "/app?q=nothing+like+it", "/app?type=letter", note, note + "/edit", note + "/details", note + "/versions",
		note + "/versions?from=1&to=2", note + "/delete", fmt.Sprintf("/app/notes/%d", draft.ID), fmt.Sprintf("/app/notes/%d", empty.ID),
		"/app/plugins", fmt.Sprintf("/app/plugins/%d", w.plugin.ID), fmt.Sprintf("/app/plugins/%d/uninstall", w.plugin.ID),
		fmt.Sprintf("/app/install/%d?state=x", w.plugin.ID), "/app/settings", "/app/settings/words", "/app/settings/access", "/app/settings/data", "/app/settings/delete",
		"/app/offline", "/app/nothing", "/developers", "/developers/plugins/new", plugin, plugin + "/edit", plugin + "/delete",
		plugin + "/installations", plugin + "/webhooks/new", webhook, webhook + "/edit", webhook + "/rotate", webhook + "/delete",
		webhook + "/deliveries/1", "/developers/keys", "/developers/start", "/admin", "/admin/people", "/admin/people/new", person,
		person + "/delete", "/admin/queue?state=failed", "/admin/plugins", "/admin/audit",
	}
	b := browse(t, w.site)
	for _, path := range []string{"/app/sign-in", "/app/forgot", "/app/link/nothing"} {
		b.looked(path)
	}
	b.signIn(w.owner)
	for _, path := range pages {
		b.looked(path)
	}
}

// looked opens a page at both widths for axe.
func (b *tab) looked(path string) {
	b.t.Helper()
	for _, px := range []int64{1280, 360} {
		b.width(px)
		b.open(path)
		b.axe()
	}
}
