package web

import (
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/app"
)

const endedPassword = "a password for it"

// returning is somebody whose session has ended and who has a password.
func (s *site) returning() browser {
	s.t.Helper()
	b := s.person()
	link, err := s.App.MakeLink(s.t.Context(), talkit.Operator, b.ID, talkit.RecoveryLife)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.App.UseLink(s.t.Context(), link[strings.LastIndex(link, "/")+1:], endedPassword, app.Browser{}); err != nil {
		s.t.Fatal(err)
	}
	b.cookie = "ended"
	return b
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// fieldsOf are the hidden fields of a page, names and values in turn.
func fieldsOf(page string) (pairs []string) {
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		pairs = append(pairs, html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	return pairs
}

// TestAFormAfterItsSessionEnded is kept while its person signs in, with what
// they typed, and sent on by them.
func TestAFormAfterItsSessionEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.returning()
	words := hostile + "\r\n  Ada\r\n"
	page := b.refused(http.StatusUnauthorized, b.post("/app/settings/words", "words", words, "words", "twice", "replacements", "a = b"),
		"Your session had ended", "it is kept here", "!<script>alert")
	signIn := append(fieldsOf(page), "email", b.Email, "password")
	page = b.refused(http.StatusUnprocessableEntity, b.post("/app/sign-in", append(signIn, "wrong")...), "do not belong together", "!<script>alert")
	signIn = append(fieldsOf(page), "email", b.Email, "password")
	w := b.post("/app/sign-in", append(signIn, endedPassword)...)
	page = b.refused(http.StatusOK, w, "You are signed in again", `action="/app/settings/words"`, b.Email, "!<script>alert")
	if got, want := fieldsOf(page), []string{"replacements", "a = b", "words", words, "words", "twice"}; !slices.Equal(got, want) {
		t.Errorf("it carries %q, want %q", got, want)
	}
	b.cookie = w.Result().Cookies()[0].Value
	b.sent(b.post("/app/settings/words", "words", "Ada"), "/app/settings/words?done=saved")
}

// TestWhatIsNotCarriedOn is said, and leads to the page of its form.
func TestWhatIsNotCarriedOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.returning()
	for name, c := range map[string]struct {
		path  string
		pairs []string
		words string
	}{
		"a password":     {"/app/settings/password", []string{"current_password", "hush", "password", "hush hush hush"}, "fill in the form again"},
		"a proof":        {"/app/settings/delete", []string{"proof", "hush"}, "fill in the form again"},
		"a button":       {"/app/notes/1/release", nil, "press it again"},
		"a long text":    {"/app/notes/1/edit", []string{"text", strings.Repeat("a", maxKept)}, "too long to be kept"},
		"a longer one":   {"/app/notes/1/edit", []string{"text", strings.Repeat("a", maxOpenForm)}, "too long to be kept"},
		"a consent page": {"/app/install/1?state=a%26b%0A", []string{"terms", "x"}, "you are asked again"},
	} {
		w := b.post(c.path, c.pairs...)
		page := seen(t, name, w, http.StatusUnauthorized, "Your session had ended", c.words, "!hush", "!aaaa", `!name="form"`, `!name="kept.`)
		b.sent(b.post("/app/sign-in", append(fieldsOf(page), "email", b.Email, "password", endedPassword)...), c.path)
	}
	unreadable := httptest.NewRequest(http.MethodPost, "/app/settings/words", strings.NewReader("words=%ff"))
	unreadable.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	unreadable.Header.Set("Sec-Fetch-Site", "same-origin")
	seen(t, "no text", b.send(unreadable), http.StatusBadRequest, "could not be read")
	w := b.post("/app/sign-in", "email", b.Email, "password", endedPassword, "form", "https://evil.example/", "kept.words", "x")
	b.refused(http.StatusOK, w, `action="/app"`, "!evil")
}

// TestPasswordsAreNeverCarried: each field of a password is known as one.
func TestPasswordsAreNeverCarried(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(templateFiles, "templates/*/*.html")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		content, err := fs.ReadFile(templateFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range regexp.MustCompile(`"Name" "([a-z_]+)"[^}]*"Type" "password"|name="([a-z_]+)"[^>]*type="password"`).FindAllStringSubmatch(string(content), -1) {
			n++
			if name := field[1] + field[2]; !slices.Contains(secretFields, name) {
				t.Errorf("%s: the field %s would be carried", file, name)
			}
		}
	}
	if n < 5 {
		t.Errorf("found %d fields of passwords", n)
	}
}

// TestAddressesOfForms: who reloads what a form led to gets the page it stood on.
func TestAddressesOfForms(t *testing.T) {
	t.Parallel()
	s, owner := owned(t)
	asked := 0
	for _, area := range []string{"/app", "/developers", "/admin"} {
		for pattern, r := range s.requests(area) {
			if r.Method != http.MethodPost {
				continue
			}
			asked++
			if w := owner.get(r.URL.Path); w.Code != http.StatusSeeOther && w.Code != http.StatusOK && !strings.Contains(pattern, "{value}") && !strings.Contains(pattern, "{key}") {
				t.Errorf("GET %s: %d", r.URL.Path, w.Code)
			}
		}
	}
	if asked < 30 {
		t.Errorf("asked for %d", asked)
	}
	for path, above := range map[string]string{"/developers/plugins/1/keys": "/developers/plugins/1", "/developers/plugins/1/logo": "/developers/plugins/1",
		"/developers/plugins/1/webhooks/1/state": "/developers/plugins/1/webhooks/1", "/admin/people/1/link": "/admin/people/1", "/admin/queue/1": "/admin/queue",
		"/app/files": "/app", "/app/notes/1/release": "/app/notes/1", "/app/settings/name": "/app/settings", "/app/notes/%2f%2fevil/release": "/app/notes/%2f%2fevil"} {
		owner.sent(owner.get(path), above)
	}
	u, err := url.Parse(owner.get("/app//evil.example/files").Header().Get("Location"))
	if err != nil || u.Host != "" {
		t.Errorf("%v leads away: %v", u, err)
	}
}
