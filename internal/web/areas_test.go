package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
)

// may gives a person roles, and takes those that are not named.
func (b browser) may(roles ...string) browser {
	b.t.Helper()
	b.Developer, b.Admin = false, false
	for _, role := range roles {
		b.Developer, b.Admin = b.Developer || role == "developer", b.Admin || role == "admin"
	}
	b.rows.Do(func(tx *store.Tx) error { return tx.SetUser(b.t.Context(), b.User) })
	return b
}

// sealing lets the site keep secrets.
func (s *site) sealing() *site {
	s.t.Helper()
	sealer, err := auth.NewSealer("a key of thirty-two characters ok")
	if err != nil {
		s.t.Fatal(err)
	}
	s.App.Sealer = sealer
	return s
}

var wildcard = regexp.MustCompile(`\{[a-z]+\}`)

// requests are one to each page of an area, about things with the id 1.
func (s *site) requests(area string) map[string]*http.Request {
	s.t.Helper()
	all := map[string]*http.Request{}
	for _, pattern := range s.opened {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok || path != area && !strings.HasPrefix(path, area+"/") {
			continue
		}
		r := httptest.NewRequest(method, wildcard.ReplaceAllString(path, "1"), nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		all[pattern] = r
	}
	if len(all) < 5 {
		s.t.Fatalf("%s has %d pages", area, len(all))
	}
	return all
}

// TestAreasAreShut walks through all pages of developers and operators.
func TestAreasAreShut(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	owner := s.person() // whose things have the id 1
	p := s.rows.Plugin(owner.User)
	s.rows.Delivery(p, s.rows.Webhook(p))
	s.rows.Installation(p, owner.User)
	for name, who := range map[string]browser{"nobody": {s, talkit.User{}, "x"}, "a person": s.person().may(), "a developer": s.person().may("developer"),
		"an operator": s.person().may("admin")} {
		for _, area := range []string{"/developers", "/admin"} {
			for pattern, r := range s.requests(area) {
				want := http.StatusNotFound
				switch {
				case name == "nobody":
					asksToSignIn(t, pattern, who.send(r))
					continue
				case area == "/developers" && !who.Developer:
					want = http.StatusForbidden
				case area == "/admin" && !who.Admin, area == "/developers" && strings.Contains(pattern, "{"):
				default:
					continue // theirs
				}
				w := who.send(r)
				if w.Code != want || strings.Contains(w.Body.String(), p.Name+"</h1>") {
					t.Errorf("%s, %s: %d, want %d", name, pattern, w.Code, want)
				}
			}
		}
	}
	if list, err := s.App.OwnPlugins(t.Context(), owner.caller()); err != nil || len(list) != 1 {
		t.Errorf("the owner has %d plugins, %v", len(list), err)
	}
}

// TestFormsOfOtherSitesAreRefused: all forms of all pages, of whoever is
// signed in.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer", "admin")
	s.rows.Delivery(s.rows.Plugin(b.User), s.rows.Webhook(s.rows.Plugin(b.User)))
	before, _, err := s.App.DB.Audit(t.Context(), talkit.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, area := range []string{"/app", "/developers", "/admin"} {
		for pattern, r := range s.requests(area) {
			if r.Method == http.MethodGet {
				continue
			}
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://evil.example")
			if w := b.send(r); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "from another site") {
				t.Errorf("%s: %d", pattern, w.Code)
			}
		}
	}
	after, _, err := s.App.DB.Audit(t.Context(), talkit.Page{Limit: 100})
	if err != nil || len(after) != len(before) {
		t.Errorf("something happened: %v, %v", after, err)
	}
}
