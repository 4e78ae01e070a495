package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestMakeAPlugin: a developer makes a plugin, a secret key and a webhook in a
// browser, presses Test webhook, and reads what was sent and answered.
func TestMakeAPlugin(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual", loopback))
	hook := receive(t, func(rw http.ResponseWriter, _ delivered) {
		rw.WriteHeader(http.StatusAccepted)
		rw.Write([]byte("heard <b>you</b>"))
	})
	b := browse(t, w.site)
	b.signIn(w.owner)

	b.open("/developers")
	b.axe()
	b.open("/developers/plugins/new")
	b.axe()
	b.fill("name", "Field <i>Notes</i>")
	b.fill("setup_uri", "http://insecure.example")
	b.click("[name=permission_user][value=read]")
	b.press("Create plugin")
	b.see("must be an https address")
	if got := value[string](b, `document.querySelector("[name=name]").value`); got != "Field <i>Notes</i>" {
		t.Errorf("what was typed is gone: %q", got)
	}
	b.fill("setup_uri", "https://fieldnotes.example/setup")
	b.press("Create plugin")
	b.see("Field <i>Notes</i>")
	b.axe()

	b.fill("description", "production")
	b.press("Create secret key")
	b.see("not shown again")
	secret := value[string](b, `document.querySelector("#once").textContent`)
	log.hide("a secret key", secret)
	if !strings.HasPrefix(secret, "tk_secret_") {
		t.Errorf("the secret key is %q", secret)
	}
	plugin := value[string](b, `location.pathname.replace(/\/keys$/, "")`)
	b.open(plugin)
	if shown := value[string](b, "document.body.innerText"); strings.Contains(shown, secret) || !strings.Contains(shown, secret[len(secret)-4:]) {
		t.Error("a secret key is shown again, or not its last characters")
	}

	logo := filepath.Join(t.TempDir(), "logo.png")
	if err := os.WriteFile(logo, []byte(picture()), 0o644); err != nil {
		t.Fatal(err)
	}
	b.do("choose a logo", chromedp.SetUploadFiles(chromedp.CSS("#logo"), []string{logo}))
	b.press("Set the logo")
	b.see("Saved.")
	b.wait(`document.querySelector("img.logo")?.naturalWidth === 8`)

	b.press("New plugin webhook")
	b.wait(`document.querySelector("[name=uri]")`)
	b.axe()
	b.fill("uri", hook.URL)
	b.press("Create webhook")
	b.see("The webhook's secret")
	log.hide("a webhook's secret", value[string](b, `document.querySelector("#once").textContent`))
	b.axe()
	b.press("Test webhook")
	b.see("answered 202")
	b.see("heard <b>you</b>")
	b.see("This is a test of your webhook")
	b.axe()
	b.width(360)
	b.axe()
	b.press("Send again")
	b.see("Attempt 2")

	webhook := value[string](b, `location.pathname.replace(/\/deliveries.*/, "")`)
	b.scripts(false)
	b.open(webhook)
	b.see("2 attempts")
	b.open(webhook + "?state=failed")
	b.see("Nothing fits this filter")
	b.scripts(true)
	b.open(webhook)
	b.axe()
	for _, path := range []string{"/edit", "/rotate", "/delete"} {
		b.open(webhook + path)
		b.axe()
	}
	for _, path := range []string{plugin + "/edit", plugin + "/installations", plugin + "/delete", "/developers/keys", "/developers/start"} {
		b.open(path)
		b.axe()
	}
}

// TestDeveloperPagesOfOthers answer as what does not exist.
func TestDeveloperPagesOfOthers(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual", loopback))
	hook := w.newWebhook("http://127.0.0.1:9/")
	stranger := w.newUser(true)
	b := browse(t, w.site)
	b.signIn(stranger)
	webhook := w.path("/webhooks/%d", hook.ID)
	for _, path := range []string{w.path(""), w.path("/edit"), w.path("/delete"), w.path("/installations"), webhook, webhook + "/rotate", webhook + "/deliveries/1"} {
		b.open("/developers" + path)
		b.see("There is nothing here")
	}
	b.signIn(w.person)
	b.open("/developers")
	b.see("for people who build plugins")
}
