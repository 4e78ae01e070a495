package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"talkit"
)

// cookieOf is the one cookie that an answer sets.
func cookieOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	all := w.Result().Cookies()
	if len(all) != 1 {
		t.Fatalf("%d sets %d cookies: %v", w.Code, len(all), w.Header())
	}
	return all[0]
}

// TestTheCookieOfASession is for no script, for no other site's forms and for
// no other host; behind https it is for https alone, and no plain page nor
// another host can set it. It outlives the browser, and signing out takes the
// same one away.
func TestTheCookieOfASession(t *testing.T) {
	t.Parallel()
	for address, c := range map[string]struct {
		name   string
		secure bool
	}{"http://talkit.test": {"talkit", false}, "https://talkit.test": {"__Host-talkit", true}} {
		s := newSite(t)
		b := s.returning()
		s.App.Wire.URL = address
		link, err := s.App.MakeLink(t.Context(), talkit.Operator, b.ID, talkit.RecoveryLife)
		if err != nil {
			t.Fatal(err)
		}
		given := func(what string, w *httptest.ResponseRecorder) *http.Cookie {
			t.Helper()
			got := cookieOf(t, w)
			if got.Name != c.name || got.Secure != c.secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || got.Domain != "" {
				t.Errorf("%s, %s: %s", address, what, got)
			}
			return got
		}
		in := given("signed in", b.post("/app/sign-in", "email", b.Email, "password", endedPassword))
		if in.Value == "" || in.MaxAge < int(talkit.SessionLife.Seconds()) {
			t.Errorf("%s: %s", address, in)
		}
		b.cookie = in.Value
		b.sees("/app/settings", b.Email)
		if out := given("signed out", b.post("/app/sign-out")); out.Value != "" || out.MaxAge >= 0 {
			t.Errorf("%s: it stays: %s", address, out)
		}
		path := mustParse(t, link).Path
		if by := given("by a link", b.post(path, "password", "another one for it")); by.Value == "" || by.Value == in.Value {
			t.Errorf("%s: %s", address, by)
		}
	}
}

// TestACookieOfPlainHTTPOpensNothingBehindHTTPS: another host of the site may
// have set it.
func TestACookieOfPlainHTTPOpensNothingBehindHTTPS(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.App.Wire.URL = "https://talkit.test"
	b := s.person()
	b.sees("/app/settings", b.Email)
	r := httptest.NewRequest(http.MethodGet, "/app", nil)
	r.AddCookie(&http.Cookie{Name: "talkit", Value: b.cookie})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	b.sent(w, "/app/sign-in?next=%2Fapp")
}

// TestALinkIsToldToNobody: its address is a secret, so its pages, also those
// that refuse, have browsers send no path on, not even to this server; other pages
// do, but to this server alone.
func TestALinkIsToldToNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.person()
	link, err := s.App.MakeLink(t.Context(), talkit.Operator, b.ID, talkit.RecoveryLife)
	if err != nil {
		t.Fatal(err)
	}
	path := mustParse(t, link).Path
	tells := func(what string, w *httptest.ResponseRecorder, status int, want string) {
		t.Helper()
		if got := w.Header().Values("Referrer-Policy"); w.Code != status || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %d with %q, want %d with %q", what, w.Code, got, status, want)
		}
	}
	const noPath, other = "strict-origin", "same-origin"
	tells("the page", b.get(path), http.StatusOK, noPath)
	tells("refused", b.post(path, "password", "short"), http.StatusUnprocessableEntity, noPath)
	tells("used", b.post(path, "password", "a password for it"), http.StatusSeeOther, noPath)
	tells("dead", b.get(path), http.StatusNotFound, noPath)
	tells("dead, sent", b.post(path, "password", "a password for it"), http.StatusNotFound, noPath)
	tells("signing in", b.get("/app/sign-in"), http.StatusOK, other)
	tells("no page", b.get("/app/none"), http.StatusNotFound, other)
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
