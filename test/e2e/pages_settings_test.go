package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"talkit"
	"talkit/internal/app"
)

// TestSettings: a person changes what they can for themselves, without scripts
// as well.
func TestSettings(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app/settings")
	b.axe()
	b.fill("first_name", "Augusta")
	b.press("Save your name")
	b.see("Saved.")
	b.click("[name=review]")
	b.do("choose a CRM", chromedp.SendKeys(chromedp.CSS("[name=crm]"), "HubSpot"))
	b.press("Save")
	b.see("Saved.")
	b.fill("audio_days", "30") // which means the second choice
	b.press("Save how long")
	b.see("Erase sound that is there?")
	b.axe()
	b.press("Erase it")
	b.see("Saved.")
	b.fill("audio_days", "4000")
	b.press("Save how long")
	b.see("That was not saved")
	if value[string](b, "document.activeElement.name") != "audio_days" {
		t.Error("what is wrong has no focus")
	}
	b.width(360)
	b.axe()
	b.scripts(false)
	b.open("/app/settings")
	b.click("[name=keep][value=ever]")
	b.press("Save how long")
	b.see("Saved.")
	u, err := w.App.UserByEmail(t.Context(), w.person.Email)
	if err != nil || u.FirstName != "Augusta" || !u.Review || u.CRMIntegrationID == nil || u.AudioDays != talkit.KeepAudio {
		t.Errorf("set: %+v, %v", u, err)
	}
}

// TestAccess: a key is shown once and works until it is revoked; other
// browsers are signed out; the password changes.
func TestAccess(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	w.person = w.newUser(false)
	b := browse(t, w.site)
	b.signIn(w.person)
	if _, err := w.App.SignIn(t.Context(), w.person.Email, password, app.Browser{Address: "192.0.2.7", Agent: "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}); err != nil {
		t.Fatal(err)
	}
	b.open("/app/settings/access")
	b.see("Firefox on Windows")
	b.axe()
	b.fill("name", "laptop")
	b.press("Create key")
	b.see("not shown again")
	b.axe()
	key := value[string](b, `document.querySelector("#once").textContent`)
	log.hide("a user key", key)
	caller := w.as(t, key)
	caller.get("/recordings").want(http.StatusOK)
	b.open("/app/settings/access")
	if text := value[string](b, "document.body.innerText"); strings.Contains(text, key) || !strings.Contains(text, "Ends in "+key[len(key)-4:]) {
		t.Error("the key is shown again, or not its last characters")
	}
	b.press("Revoke laptop")
	b.see("Revoke the key “laptop”?")
	b.axe()
	b.press("Revoke it")
	b.see("It works no more")
	caller.get("/recordings").refused(http.StatusUnauthorized, "unauthenticated")

	b.press("Sign all others out")
	b.see("All other browsers are signed out")
	if value[bool](b, `document.body.innerText.includes("Firefox on Windows")`) {
		t.Error("the other browser is still there")
	}
	b.fill("current_password", "not the one I have")
	b.fill("password", "another password of tests")
	b.press("Change the password")
	b.see("This is not your password")
	b.axe()
	b.fill("current_password", password)
	b.fill("password", "another password of tests")
	b.press("Change the password")
	b.see("Your password is changed")
	b.width(360)
	b.axe()
	if _, err := w.App.SignIn(t.Context(), w.person.Email, "another password of tests", app.Browser{Address: "192.0.2.8"}); err != nil {
		t.Error(err)
	}
}

// TestLeaving: a person takes everything along and deletes their account.
func TestLeaving(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	w.person = w.newUser(true)
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app/settings/data")
	b.axe()
	size := value[int](b, `fetch(document.querySelector("a[download]").href).then((r) => r.arrayBuffer()).then((z) => new DataView(z).getUint32(0) === 0x504b0304 ? z.byteLength : 0)`)
	if size < 100 {
		t.Errorf("the export is no ZIP, or an empty one: %d bytes", size)
	}
	value[bool](b, fmt.Sprintf(`(async () => {
		const { openDevice } = await import(document.querySelector("script[src$='base.js']").src.replace("base.js", "device.js"));
		const device = await openDevice();
		for (const person of [0, %[1]d, %[2]d]) {
			localStorage.setItem(`+"`draft ${person} 1`"+`, "{}");
			await device.append(await device.begin({ person }), new Blob(["sound"]), 1);
		}
		return true;
	})()`, w.person.ID, w.owner.ID))
	b.press("Delete your account")
	b.see("the plugins you built")
	b.axe()
	b.width(360)
	b.axe()
	b.fill("proof", "not my password")
	b.press("Delete my account for good")
	b.see("This is not your password")
	b.fill("proof", password)
	b.press("Delete my account for good")
	b.see("Your account is deleted")
	until(t, "what was theirs leaves the browser, and nothing else", func() bool {
		return len(b.onDevice()) == 2 && value[string](b, "Object.keys(localStorage).sort().join()") == fmt.Sprintf("draft 0 1,draft %d 1", w.owner.ID)
	})
	b.axe()
	b.open("/app/settings")
	b.at("/app/sign-in")
	until(t, "the account is erased", func() bool {
		_, err := w.App.UserByEmail(t.Context(), w.person.Email)
		return talkit.IsNotFound(err)
	})
}

// TestSettingsOfOthers answer as what does not exist.
func TestSettingsOfOthers(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	keys, err := w.App.MyKeys(t.Context(), talkit.Caller{UserID: w.person.ID}, talkit.UserKey)
	if err != nil || len(keys) == 0 {
		t.Fatalf("%v, %v", keys, err)
	}
	b := browse(t, w.site)
	b.signIn(w.owner)
	b.open(fmt.Sprintf("/app/settings/keys/%d/revoke", keys[0].ID))
	b.see("There is nothing here")
	b.signIn(w.newUser(false))
	for _, path := range []string{w.path(""), w.path("/uninstall")} {
		b.open("/app" + path)
		b.see("There is nothing here")
	}
	b.open(fmt.Sprintf("/app/install/%d", w.plugin.ID))
	b.see("There is nothing here")
}

// TestOwnWords: a person's words and how they speak, without scripts as well.
func TestOwnWords(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app/settings")
	b.press("Words")
	b.axe()
	b.click("[name=replacements]")
	b.keys("wealth box = Wealthbox")
	b.click("[name=words]")
	b.keys("Wealthbox")
	b.press("Save your words")
	b.see("Saved.")
	b.fill("replacements", "wealth box")
	b.press("Save your words")
	b.see("That was not saved")
	b.see("needs an equals sign")
	b.axe()
	b.width(360)
	b.axe()
	b.scripts(false)
	b.open("/app/settings/words")
	b.click("[name=dictated]")
	b.fill("review_below", "80")
	b.press("Save how you speak")
	b.see("Saved.")
	u, err := w.App.UserByEmail(t.Context(), w.person.Email)
	if err != nil || !u.Dictated || u.ReviewBelow != 80 {
		t.Errorf("set: %+v, %v", u, err)
	}
	v, err := w.App.DB.Vocabulary(t.Context(), u.ID)
	if err != nil || len(v.Words) != 1 || len(v.Replacements) != 1 {
		t.Errorf("kept: %+v, %v", v, err)
	}
}
