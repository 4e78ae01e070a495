package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// TestRunTheServer: an operator invites somebody, who comes by the link; takes
// a plugin off the directory; and finds all of it in the log.
func TestRunTheServer(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual", loopback))
	yes := true
	w.change(w.owner, app.UserChange{Admin: &yes})
	w.developer.do(http.MethodPatch, w.path(""), map[string]any{"published": true}).want(http.StatusOK)
	b := browse(t, w.site)
	b.signIn(w.owner)
	b.open("/admin")
	b.see("Recordings waiting")
	b.axe()

	b.open("/admin/people/new")
	b.axe()
	b.fill("email", "grace@example.com")
	b.fill("first_name", "Grace")
	b.press("Invite")
	b.see("Hand it on in private")
	link := value[string](b, `document.querySelector("#once").textContent`)
	log.hide("a link", link[strings.LastIndex(link, "/")+1:])
	b.axe()

	b.open("/admin/plugins")
	b.axe()
	b.press("Take off the directory: Notes " + canary)
	b.see("Let it back")
	w.developer.do(http.MethodPatch, w.path(""), map[string]any{"published": true}).want(http.StatusOK)
	stranger := w.newUser(false)
	if _, err := w.App.Install(t.Context(), talkit.Caller{Kind: talkit.CallerUser, UserID: stranger.ID}, w.plugin.ID, stranger); !talkit.IsNotFound(err) {
		t.Errorf("installed from a directory that it is not in: %v", err)
	}

	needFFmpeg(t)
	broken := read[wire.Recording](w.user.post("/recordings", submission(hollow())).want(http.StatusAccepted))
	w.reach(broken.ID, talkit.RecordingFailed)
	b.open("/admin/queue")
	b.press(fmt.Sprintf("Run again recording %d", broken.ID))
	b.see("It runs again.")
	w.reach(broken.ID, talkit.RecordingFailed)
	for _, state := range []string{"waiting", "running", "failed"} {
		b.open("/admin/queue?state=" + state)
		b.axe()
	}
	b.open("/admin/audit?action=plugin.")
	b.see("plugin.unlisted")
	b.axe()
	b.open("/admin/audit?who=nobody@example.com")
	b.see("Nobody here has the address")
	b.width(360)
	for _, path := range []string{"/admin", "/admin/people", "/admin/audit", "/admin/plugins"} {
		b.open(path)
		b.axe()
	}

	other := browse(t, w.site)
	other.open(strings.TrimPrefix(link, w.URL()))
	other.see("Welcome, Grace")
	other.fill("password", password)
	other.keys(enter)
	other.at("/app")
	other.open("/admin")
	other.see("There is nothing here")
}
