package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/app"
)

// TestSetUp: the first operator comes by the link of the server's terminal, in
// a browser, and it works once.
func TestSetUp(t *testing.T) {
	t.Parallel()
	s := serve(t, "--engine=manual")
	link, err := s.App.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link, s.URL())
	b := browse(t, s)
	b.open(path)
	b.axe()
	b.fill("first_name", "Ada")
	b.fill("last_name", "Lovelace")
	b.fill("email", "ada@example.com")
	b.fill("password", "short")
	b.keys(enter)
	b.see("must have at least 10 characters")
	if got := value[string](b, `document.querySelector("[name=email]").value`); got != "ada@example.com" {
		t.Errorf("what was typed is gone: %q", got)
	}
	b.fill("password", password)
	b.keys(enter)
	b.at("/app")
	b.open(path)
	b.see("does not work any more")
	b.axe()
	if again, err := s.App.SetupLink(t.Context()); err != nil || again != "" {
		t.Errorf("a link although there is an operator: %q %v", again, err)
	}
}

// TestSignInWronglyTenTimes: each wrong password makes the next try wait
// longer, with the same words for a person there is and for one there is not.
func TestSignInWronglyTenTimes(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	greeting(t, w.site, w.person)
	b := browse(t, w.site)
	told := map[string][]string{}
	for email, tries := range map[string]int{w.person.Email: 10, "nobody@example.com": 2} {
		for range tries {
			b.open("/app/sign-in?next=/app/settings")
			b.fill("email", email)
			b.fill("password", "not the password")
			b.keys(enter)
			b.wait(`document.querySelector("[role=alert]")`)
			words := value[string](b, `document.querySelector("[role=alert]").innerText`)
			told[email] = append(told[email], strings.TrimRight(strings.TrimSpace(words), "0123456789sm."))
		}
	}
	late := strings.Join(told[w.person.Email][3:], " ") // a try that is slow enough does not wait
	if !strings.Contains(late, "too often") || !strings.Contains(told[w.person.Email][0], "do not belong together") {
		t.Errorf("told %q", told[w.person.Email])
	}
	if a, b := told[w.person.Email][0], told["nobody@example.com"][0]; a != b {
		t.Errorf("somebody is told %q, nobody %q", a, b)
	}
	b.axe()
	if _, err := w.App.SignIn(t.Context(), w.person.Email, password, app.Browser{Address: "192.0.2.1"}); err != nil {
		t.Errorf("the person, from elsewhere: %v", err)
	}
}

// TestSigningIn leads back to where one wanted to go, and out again.
func TestSigningIn(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	greeting(t, w.site, w.person)
	b := browse(t, w.site)
	b.open("/app")
	b.at("/app/sign-in")
	b.axe()
	b.fill("email", strings.ToUpper(w.person.Email))
	b.fill("password", password)
	b.keys(enter)
	b.at("/app")
	b.axe()
	b.width(360)
	b.axe()
	b.click("details.account summary")
	b.press("Sign out")
	b.at("/app/sign-in")
	b.open("/app")
	b.at("/app/sign-in")
	if sessions, err := w.App.Sessions(t.Context(), talkit.Caller{UserID: w.person.ID}); err != nil || len(sessions) != 1 {
		t.Errorf("%d sessions are left, of the one that was not signed out: %v", len(sessions), err)
	}
}

// TestSessionEndsWhileTyping: what was typed is kept while its person signs in
// again, and sent on when they say so.
func TestSessionEndsWhileTyping(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	w.developer.patch(w.path(""), map[string]any{"published": true, "permissions": map[string]string{"transcript": "read"}}).want(http.StatusOK)
	person := w.newUser(false)
	b := browse(t, w.site)
	b.signIn(person)
	again := func() {
		t.Helper()
		b.see("Your session had ended")
		b.axe()
		b.fill("email", person.Email)
		b.fill("password", password)
		b.keys(enter)
	}
	end := func() {
		t.Helper()
		if err := w.App.EndOtherSessions(t.Context(), talkit.Caller{Kind: talkit.CallerUser, UserID: person.ID}); err != nil {
			t.Fatal(err)
		}
	}
	const typed = "Okonkwo & Söhne\nLovelace"
	b.open("/app/settings/words")
	b.click("[name=words]")
	b.keys(typed)
	end()
	b.press("Save your words")
	again()
	b.see("You are signed in again")
	b.axe()
	b.width(360)
	b.axe()
	b.press("Send it on")
	b.see("Saved.")
	if got := value[string](b, `document.querySelector("[name=words]").value.trim()`); got != typed {
		t.Errorf("the words are %q, want %q", got, typed)
	}

	b.open(fmt.Sprintf("/app/install/%d?state=mine", w.plugin.ID))
	b.see("Install Notes")
	end()
	b.press("Install")
	again()
	b.see("Install Notes")
	if got := value[string](b, "location.search"); got != "?state=mine" {
		t.Errorf("the state is %q", got)
	}
	b.press("Install")
	b.see("Installed.")
}
