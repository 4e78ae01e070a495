package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"talkit"
)

// pluginSite is where a plugin's setup_uri leads: it takes the person in and
// sends them on to a site of another origin, as those do that have people sign
// in elsewhere.
type pluginSite struct {
	*httptest.Server
	came chan url.Values
}

func newPluginSite(t *testing.T) *pluginSite {
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<title>Set up</title><p>Welcome to the plugin"))
	}))
	t.Cleanup(elsewhere.Close)
	s := &pluginSite{came: make(chan url.Values, 10)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/setup" {
			http.NotFound(w, r)
			return
		}
		s.came <- r.URL.Query()
		http.Redirect(w, r, elsewhere.URL+"/welcome", http.StatusFound)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestInstallByLink: a person who is not signed in follows a plugin's link,
// agrees, and comes to the plugin's own site with what ties the two accounts
// together; the plugin reads and hears until it is uninstalled.
func TestInstallByLink(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual", loopback))
	plugin, hook := newPluginSite(t), receive(t, nil)
	w.newWebhook(hook.URL)
	w.developer.patch(w.path(""), map[string]any{"name": "Field Notes", "published": true, "setup_uri": plugin.URL + "/setup?from=talkit",
		"permissions": map[string]string{"transcript": "read", "audio": "read", "user": "read"}}).want(http.StatusOK)
	w.person = w.newUser(false)
	w.user = w.as(t, w.newKey(w.person, talkit.UserKey))
	greeting(t, w.site, w.person)

	b := browse(t, w.site, chromedp.Flag("ignore-certificate-errors", true))
	const state = "{\"then\": \"/a?b&c=d%2F\"}\n+ü"
	link := fmt.Sprintf("/app/install/%d?state=%s", w.plugin.ID, url.QueryEscape(state))
	b.open(link)
	b.at("/app/sign-in")
	b.fill("email", w.person.Email)
	b.fill("password", password)
	b.keys(enter)
	b.see("Install Field Notes?")
	b.see("by Ada " + canary + " Lovelace, " + w.owner.Email)
	b.see("Listen to your recordings")
	b.axe()
	b.width(360)
	b.axe()
	b.press("Install")
	b.see("Welcome to the plugin")
	came := <-plugin.came
	uuid := came.Get("plugin_installation_uuid")
	if came.Get("state") != state || came.Get("from") != "talkit" || uuid == "" {
		t.Fatalf("the person came with %v", came)
	}

	token := w.tokenOf(talkit.Installation{UUID: uuid}, w.secret)
	token.get("/installation").want(http.StatusOK)
	w.dictate("The first note " + canary)
	if d := hook.next(talkit.TranscriptCompleted); d.PluginInstallationUUID == nil || *d.PluginInstallationUUID != uuid {
		t.Errorf("the webhook is %s, want one for %s", d.body, uuid)
	}

	b.open(link) // again
	b.see("Field Notes is installed")
	b.axe()
	b.press("Go on")
	b.see("Welcome to the plugin")
	if again := <-plugin.came; again.Get("plugin_installation_uuid") != uuid {
		t.Errorf("the second time %v", again)
	}

	b.open("/app/plugins")
	b.see("May read the text of your notes, listen to your recordings and see your name.")
	b.axe()
	b.click(".title a")
	b.see("What it may do")
	b.axe()
	b.press("Uninstall")
	b.see("Uninstall Field Notes?")
	b.axe()
	b.press("Uninstall it")
	b.see("It can read nothing any more")
	token.get("/installation").refused(http.StatusUnauthorized, "unauthenticated")
	w.dictate("The second note " + canary)
	hook.quiet()
}

// TestAsksForMore: what a plugin wants beyond what was granted is asked for,
// with scripts off as well.
func TestAsksForMore(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	w.developer.patch(w.path(""), map[string]any{"name": "Quill", "published": true, "permissions": map[string]string{"transcript": "read"}}).want(http.StatusOK)
	person := w.newUser(false)
	b := browse(t, w.site)
	b.signIn(person)
	b.scripts(false)
	b.open("/app/plugins")
	b.click(".title a")
	b.press("Install")
	b.see("Install Quill?")
	b.press("Install")
	b.see("Installed.")
	b.see("May read the text of your notes.")

	w.developer.patch(w.path(""), map[string]any{"permissions": map[string]string{"transcript": "read", "recording": "write"}}).want(http.StatusOK)
	b.open("/app/plugins")
	b.press("Asks for more: look at it, Quill")
	b.see("Quill asks for more")
	b.see("Add recordings to your notes")
	b.scripts(true)
	b.open(fmt.Sprintf("/app/install/%d", w.plugin.ID))
	b.axe()
	b.press("Not now")
	b.at("/app/plugins")
	b.axe()
	b.press("Asks for more: look at it, Quill")
	b.press("Allow")
	b.see("It may now do what it asked for")
	b.see("add recordings to your notes")
}
