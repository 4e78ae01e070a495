package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// owned is a site with somebody who has one of everything, with the id 1.
func owned(t *testing.T) (*site, browser) {
	t.Helper()
	s := newSite(t).sealing()
	owner := s.person().may("developer", "admin")
	owner.note(heard("Mine alone."), nil)
	p := s.rows.Plugin(owner.User)
	s.rows.Delivery(p, s.rows.Webhook(p))
	s.rows.Installation(p, owner.User)
	if _, err := s.App.CreateMyKey(t.Context(), owner.caller(), talkit.UserKey, "Mine alone."); err != nil {
		t.Fatal(err)
	}
	return s, owner
}

// public are the pages of /app for who is not signed in.
var public = map[string]bool{"GET /app/sign-in": true, "POST /app/sign-in": true, "GET /app/forgot": true, "POST /app/forgot": true,
	"GET /app/link/{value}": true, "POST /app/link/{value}": true, "GET /app/offline": true, "POST /app/sign-out": true}

// asksToSignIn wants a page answered by a way to the sign-in page, and a form
// by that page itself.
func asksToSignIn(t *testing.T, pattern string, w *httptest.ResponseRecorder) {
	t.Helper()
	if strings.HasPrefix(pattern, "POST ") {
		seen(t, "nobody, "+pattern, w, http.StatusUnauthorized, "Your session had ended", `action="/app/sign-in"`)
		return
	}
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/app/sign-in?next=") {
		t.Errorf("nobody, %s: %d to %q", pattern, w.Code, to)
	}
}

// TestThingsOfOthersAreNotThere walks through all pages of people who dictate.
func TestThingsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	s, owner := owned(t)
	other, nobody := s.person(), browser{s, talkit.User{}, "x"}
	for pattern := range s.requests("/app") {
		again := func() *http.Request { return s.requests("/app")[pattern] }
		if !public[pattern] {
			asksToSignIn(t, pattern, nobody.send(again()))
		}
		if !strings.Contains(pattern, "{") {
			continue
		}
		if w := other.send(again()); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "Mine alone") {
			t.Errorf("another, %s: %d", pattern, w.Code)
		}
	}
	owner.sees("/app/notes/1", "alone.")
	owner.sees("/app/settings/access", "Mine alone.")
}

// TestLookingChangesNothing: browsers, mail programs and link checkers ask for
// pages that nobody wanted.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	s, owner := owned(t)
	link, err := s.App.MakeLink(t.Context(), talkit.Operator, owner.ID, talkit.RecoveryLife)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	changes := func() (n int64) {
		if err := s.App.DB.Writer().QueryRowContext(t.Context(), "SELECT total_changes()").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, area := range []string{"/app", "/developers", "/admin"} {
		for pattern, r := range s.requests(area) {
			if r.Method != http.MethodGet || pattern == "GET /app/settings/export" { // which the audit log has
				continue
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				before := changes()
				r := r.Clone(t.Context())
				if r.Method = method; pattern == "GET /app/link/{value}" {
					r.URL.Path = u.Path
				}
				if w := owner.send(r); changes() != before || w.Code >= http.StatusInternalServerError {
					t.Errorf("%s %s: %d, %d rows changed", method, pattern, w.Code, changes()-before)
				}
			}
		}
	}
}

// strictest lets a page have what comes from here, its forms lead here, and
// nothing else.
const strictest = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// TestEveryPageIsStrict looks at the headers of pages, refusals and errors.
func TestEveryPageIsStrict(t *testing.T) {
	t.Parallel()
	s, owner := owned(t)
	all := []*http.Request{}
	for _, area := range []string{"/app", "/developers", "/admin"} {
		for _, r := range s.requests(area) {
			foreign := r.Clone(t.Context())
			foreign.Header.Set("Sec-Fetch-Site", "cross-site")
			all = append(all, r, foreign)
		}
	}
	for _, path := range []string{"/", "/favicon.ico", "/static/none", "/app/none", "/app//notes/1", "/app/../admin", "/app?q=%00", "/app/notes/1%00", "/app/x?q=%ff"} {
		all = append(all, httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRequest(http.MethodPut, path, nil))
	}
	for _, r := range all {
		w := owner.send(r)
		h := w.Header()
		policy := h.Get("Content-Security-Policy")
		if leads := strings.HasPrefix(r.URL.Path, "/app/install/"); policy != strictest && (!leads || policy != consentPolicy("") && policy != consentPolicy("https://a.example")) {
			t.Errorf("%s %s: %d, policy %q", r.Method, r.URL, w.Code, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" ||
			!strings.Contains("same-origin strict-origin", h.Get("Referrer-Policy")) || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s %s: %d, %v", r.Method, r.URL, w.Code, h)
		}
		if strings.HasPrefix(h.Get("Content-Type"), "text/html") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: may be kept: %q", r.Method, r.URL, h.Get("Cache-Control"))
		}
		if w.Code >= 500 && !strings.HasSuffix(r.URL.Path, "/forgot") { // no mail here
			t.Errorf("%s %s: %d", r.Method, r.URL, w.Code)
		}
		if to := h.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
			t.Errorf("%s %s: leads to %q", r.Method, r.URL, to)
		}
	}
}

// TestWhoMaySendForms: what browsers say of where a form comes from, on https
// and on plain http in a house, behind proxies that change the host.
func TestWhoMaySendForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.person()
	for name, c := range map[string]struct {
		host, origin, site string
		want               int
	}{
		"our own page":                         {"talkit.test", "http://talkit.test", "same-origin", http.StatusSeeOther},
		"another site":                         {"talkit.test", "https://evil.example", "cross-site", http.StatusForbidden},
		"another host of our site":             {"talkit.test", "http://evil.talkit.test", "same-site", http.StatusForbidden},
		"a page without an origin":             {"talkit.test", "null", "cross-site", http.StatusForbidden},
		"plain http":                           {"192.168.1.5:8080", "http://192.168.1.5:8080", "", http.StatusSeeOther},
		"plain http, another site":             {"192.168.1.5:8080", "http://evil.example", "", http.StatusForbidden},
		"plain http, another port":             {"192.168.1.5:8080", "http://192.168.1.5:9999", "", http.StatusForbidden},
		"plain http, without an origin":        {"192.168.1.5:8080", "null", "", http.StatusForbidden},
		"behind a proxy":                       {"127.0.0.1:8080", "http://talkit.test", "", http.StatusSeeOther},
		"behind a proxy, another site":         {"127.0.0.1:8080", "http://evil.example", "", http.StatusForbidden},
		"behind a proxy, by a careful browser": {"127.0.0.1:8080", "http://talkit.test", "same-origin", http.StatusSeeOther},
	} {
		r := httptest.NewRequest(http.MethodPost, "/app/settings/name", strings.NewReader("first_name=Ann"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Host = c.host
		r.Header.Set("Origin", c.origin)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if w := b.send(r); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}

// TestWhatIsNoTextIsRefused: PostgreSQL takes neither U+0000 nor broken UTF-8.
func TestWhatIsNoTextIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := siteOn(t, db)
		b := s.person().may("developer", "admin")
		nobody := browser{s, talkit.User{}, "x"}
		for _, value := range []string{"a\x00b@example.com", "\xff@example.com"} {
			for _, path := range []string{"/app/sign-in", "/app/forgot"} {
				if w := nobody.post(path, "email", value, "password", "wrong"); w.Code != http.StatusBadRequest {
					t.Errorf("%s: %d", path, w.Code)
				}
			}
			for _, path := range []string{"/admin/people?q=", "/admin/audit?who=", "/admin/audit?action=", "/app/plugins?q=", "/app?q="} {
				if w := b.get(path + url.QueryEscape(value)); w.Code != http.StatusNotFound {
					t.Errorf("%s: %d", path, w.Code)
				}
			}
		}
		if w := nobody.post("/app/sign-in", "email", strings.Repeat("a", maxOpenForm)); w.Code != http.StatusBadRequest {
			t.Errorf("a large form of nobody: %d", w.Code)
		}
	})
}

// A link works once, whoever else tries at the same time.
func TestALinkWorksOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := siteOn(t, db)
		b := s.person()
		link, err := s.App.MakeLink(t.Context(), talkit.Operator, b.ID, talkit.RecoveryLife)
		if err != nil {
			t.Fatal(err)
		}
		value := link[strings.LastIndex(link, "/")+1:]
		const tries = 4
		errs := make(chan error, tries)
		for range tries {
			go func() {
				_, err := s.App.UseLink(t.Context(), value, "a password for it", app.Browser{})
				errs <- err
			}()
		}
		worked := 0
		for range tries {
			if err := <-errs; err == nil {
				worked++
			} else if !talkit.IsNotFound(err) {
				t.Error(err)
			}
		}
		if worked != 1 {
			t.Errorf("it worked %d times", worked)
		}
	})
}
