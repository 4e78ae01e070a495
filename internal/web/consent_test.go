package web

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
)

// plugin is one of a developer, changed before it is kept.
func (b browser) plugin(change func(*talkit.Plugin)) talkit.Plugin {
	b.t.Helper()
	p := b.rows.Plugin(b.User)
	p.Published = true
	if change != nil {
		change(&p)
	}
	b.rows.Do(func(tx *store.Tx) error { return tx.SetPlugin(b.t.Context(), p) })
	return p
}

var hiddenTerms = regexp.MustCompile(`name="terms" value="([0-9a-f]+)"`)

// terms are what the consent page's form carries.
func (b browser) terms(path string) string {
	b.t.Helper()
	found := hiddenTerms.FindStringSubmatch(b.sees(path))
	if found == nil {
		b.t.Fatalf("%s has no form", path)
	}
	return found[1]
}

func TestSetupAddress(t *testing.T) {
	t.Parallel()
	const uuid = "0b9e"
	for _, c := range []struct{ setup, state, want string }{
		{"https://a.example", "", "https://a.example?plugin_installation_uuid=0b9e"},
		{"https://a.example/setup", "s", "https://a.example/setup?plugin_installation_uuid=0b9e&state=s"},
		{"https://a.example/setup?", "s", "https://a.example/setup?plugin_installation_uuid=0b9e&state=s"},
		{"https://a.example/?a=1&b=%20c", "", "https://a.example/?a=1&b=%20c&plugin_installation_uuid=0b9e"},
		{"https://a.example/?a=1&", "s", "https://a.example/?a=1&plugin_installation_uuid=0b9e&state=s"},
		{"https://a.example/?flag#there?x", "s", "https://a.example/?flag&plugin_installation_uuid=0b9e&state=s#there?x"},
		{"http://localhost:3000/", "a b&c=d#e%2f+\n\x00ü\"", "http://localhost:3000/?plugin_installation_uuid=0b9e&state=a+b%26c%3Dd%23e%252f%2B%0A%00%C3%BC%22"},
		{"https://a.example", "\xff", "https://a.example?plugin_installation_uuid=0b9e&state=%FF"},
	} {
		got := setupAddress(c.setup, uuid, c.state)
		if got != c.want {
			t.Errorf("%q with %q: %s, want %s", c.setup, c.state, got, c.want)
		}
		if u, err := url.Parse(got); err != nil || u.Query().Get("state") != c.state || u.Query().Get("plugin_installation_uuid") != uuid {
			t.Errorf("%s is read as %v, %v", got, u, err)
		}
	}
}

func TestConsentPolicy(t *testing.T) {
	t.Parallel()
	for setup, want := range map[string]string{
		"":                            "form-action 'self';",
		"https://a.example/x":         "form-action 'self' https:;",
		"https://a;script-src,x/":     "form-action 'self' https:;",
		"http://localhost:3000/setup": "form-action 'self' http://localhost:3000 https:;",
	} {
		if got := consentPolicy(setup); !strings.Contains(got, want) || strings.Count(got, ";") != strings.Count(strict, ";") {
			t.Errorf("%q: %s", setup, got)
		}
	}
}

func TestConsent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	dev, b := s.person(), s.person()
	p := dev.plugin(func(p *talkit.Plugin) {
		p.Name, p.SetupURI = `Field <b>Notes</b>`, "https://notes.example/setup?from=talkit"
		p.Permissions = talkit.Permissions{"transcript": "read", "audio": "read", "user": "read"}
	})
	path := fmt.Sprintf("/app/install/%d?state=%s", p.ID, url.QueryEscape("a+b\n%c"))
	page := b.get(path)
	seen(t, "consent", page, http.StatusOK, "Install <bdi>Field &lt;b&gt;Notes&lt;/b&gt;</bdi>?", "by <bdi>Ada Byron</bdi>, "+dev.Email,
		"Read the text of your notes", "Listen to your recordings", "See your name", "!Add recordings",
		"It hears of each new note at once. It cannot change or delete anything.", "<strong>notes.example</strong>",
		fmt.Sprintf(`action="/app/install/%d?state=a%%2Bb%%0A%%25c"`, p.ID))
	if got := page.Header().Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' https:") {
		t.Errorf("the policy is %s", got)
	}

	w := b.post(path, "terms", b.terms(path))
	i, err := s.App.DB.InstallationOf(t.Context(), b.ID, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.sent(w, "https://notes.example/setup?from=talkit&plugin_installation_uuid="+i.UUID+"&state=a%2Bb%0A%25c")

	b.sees(path, "is installed", "nothing is new", "You can go on to <strong>notes.example")
	again := b.post(path, "terms", b.terms(path))
	b.sent(again, w.Header().Get("Location"))

	dev.rows.Do(func(tx *store.Tx) error {
		p.Permissions = talkit.Permissions{"transcript": "read", "recording": "write"}
		return tx.SetPlugin(t.Context(), p)
	})
	b.sees(path, "asks for more", `<li class="new">`, "Add recordings to your notes", "May read the text of your notes, listen to your recordings and see your name.",
		"It cannot change or delete what is there.", "Allow")
	b.sees("/app/plugins", "Asks for more")
	b.sent(b.post(path, "terms", b.terms(path)), w.Header().Get("Location"))
	if now, err := s.App.DB.InstallationOf(t.Context(), b.ID, p.ID); err != nil || now.UUID != i.UUID || now.Permissions.Level("audio") != "none" || now.Permissions.Level("recording") != "write" {
		t.Errorf("granted %v, %v", now.Permissions, err)
	}
	b.sees("/app/plugins", "!Asks for more", "Has not asked for anything yet")
}

// TestConsentToSomethingElse: what changed between the page and the click is
// shown again, and nothing is installed.
func TestConsentToSomethingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	dev, b := s.person(), s.person()
	p := dev.plugin(nil)
	path := fmt.Sprintf("/app/install/%d", p.ID)
	for _, change := range []func(){
		func() { p.Permissions = talkit.Permissions{"transcript": "write"} },
		func() { p.Name = "Another" },
		func() { p.SetupURI = "https://elsewhere.example/" },
	} {
		terms := b.terms(path)
		change()
		dev.rows.Do(func(tx *store.Tx) error { return tx.SetPlugin(t.Context(), p) })
		b.refused(http.StatusConflict, b.post(path, "terms", terms), "has changed just now", "Install <bdi>")
		b.refused(http.StatusConflict, b.post(path), "has changed just now")
	}
	if _, err := s.App.DB.InstallationOf(t.Context(), b.ID, p.ID); !talkit.IsNotFound(err) {
		t.Errorf("installed: %v", err)
	}
	terms := b.terms(path)
	p.Description, p.SetupURI = "No matter", "https://elsewhere.example/setup"
	dev.rows.Do(func(tx *store.Tx) error { return tx.SetPlugin(t.Context(), p) })
	if w := b.post(path, "terms", terms); w.Code != http.StatusSeeOther {
		t.Errorf("refused although nothing that matters has changed: %d %s", w.Code, w.Body)
	}
}

func TestWhoMayInstall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	dev, b := s.person(), s.person()
	for what, c := range map[string]struct {
		change   func(*talkit.Plugin)
		unlisted bool
		own      int // what the developer is answered
	}{
		"unpublished": {func(p *talkit.Plugin) { p.Published = false }, false, http.StatusOK},
		"unlisted":    {nil, true, http.StatusOK},
		"disabled":    {func(p *talkit.Plugin) { p.Disabled = true }, false, http.StatusSeeOther},
	} {
		p := dev.plugin(c.change)
		if c.unlisted {
			s.rows.Do(func(tx *store.Tx) error { return tx.SetUnlisted(t.Context(), p.ID, true, 1) })
		}
		path := fmt.Sprintf("/app/install/%d", p.ID)
		for _, w := range []*httptest.ResponseRecorder{b.get(path), b.post(path), b.get(fmt.Sprintf("/app/plugins/%d", p.ID)), b.get(fmt.Sprintf("/app/plugins/%d/uninstall", p.ID))} {
			if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), p.Name+"</bdi>") {
				t.Errorf("%s: others are answered %d", what, w.Code)
			}
		}
		if w := dev.get(path); w.Code != c.own {
			t.Errorf("%s: its developer is answered %d", what, w.Code)
		}
	}
	if w := b.get("/app/install/99"); w.Code != http.StatusNotFound {
		t.Errorf("no plugin: %d", w.Code)
	}
	p := dev.plugin(nil)
	path := fmt.Sprintf("/app/install/%d", p.ID)
	if w := b.get(path + "?state=" + strings.Repeat("ü", maxState)); w.Code != http.StatusOK {
		t.Errorf("a state that just fits: %d", w.Code)
	}
	if w := b.get(path + "?state=" + strings.Repeat("u", maxState+1)); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a state too long: %d", w.Code)
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("terms="+b.terms(path)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := b.send(r); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
}

// TestInstallSignedOut: who has to sign in first comes back with the state.
func TestInstallSignedOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.person().plugin(nil)
	state := `a b\c&d=%/?#"` + "\n"
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, installPath(p.ID, state), nil))
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || to.Path != "/app/sign-in" {
		t.Fatalf("%d to %v, %v", w.Code, to, err)
	}
	next, err := url.Parse(localPath(to.Query().Get("next")))
	if err != nil || next.Query().Get("state") != state || next.Path != fmt.Sprintf("/app/install/%d", p.ID) {
		t.Errorf("comes back to %v, %v", next, err)
	}
}

func TestUninstall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	dev, b, other := s.person(), s.person(), s.person()
	p := dev.plugin(func(p *talkit.Plugin) { p.Name = "Quill" })
	i, theirs := s.rows.Installation(p, b.User), s.rows.Installation(p, other.User)
	path := fmt.Sprintf("/app/plugins/%d", p.ID)
	b.sees(path, "What it may do", "Uninstall")
	b.sees(path+"/uninstall", "Uninstall Quill?", "Keep it")
	if err := s.App.UninstallMine(t.Context(), b.caller(), theirs.ID); !talkit.IsNotFound(err) {
		t.Errorf("another's installation: %v", err)
	}
	b.sent(b.post(path+"/uninstall"), "/app/plugins?done=removed")
	if _, err := s.App.DB.Installation(t.Context(), i.ID); !talkit.IsNotFound(err) {
		t.Errorf("it is still there: %v", err)
	}
	if w := b.post(path + "/uninstall"); w.Code != http.StatusNotFound {
		t.Errorf("twice: %d", w.Code)
	}
	b.sees(path, "What it asks for", "!Uninstall")
	entries, _, err := s.App.DB.Audit(t.Context(), talkit.Page{Limit: 10})
	if err != nil || len(entries) != 1 || entries[0].Action != "installation.deleted" || entries[0].ActorID != b.ID || entries[0].Detail != fmt.Sprintf("plugin=%d", p.ID) {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
}

func TestDirectoryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	dev, b := s.person(), s.person()
	b.sees("/app/plugins", "Plugins will be here", "Build one")
	for n := range 30 {
		dev.plugin(func(p *talkit.Plugin) {
			p.Name, p.Description = fmt.Sprintf("Plugin %02d", n), "<i>Files</i> 100% of it"
		})
	}
	dev.plugin(func(p *talkit.Plugin) { p.Name, p.Published = "Draft", false })
	first := b.sees("/app/plugins", "Plugin 00", "Plugin 23", "!Plugin 24", "&lt;i&gt;Files", "!<i>", "!Draft", "by <bdi>Ada Byron</bdi>", `type="search"`)
	next := regexp.MustCompile(`href="(/app/plugins\?after=[^"]*)"`).FindStringSubmatch(first)
	if next == nil {
		t.Fatal("no way on")
	}
	b.sees(html.UnescapeString(next[1]), "!Plugin 23", "Plugin 24", "Plugin 29", "All plugins", "!>More<")
	b.sees("/app/plugins?q=plugin+07", "Plugin 07", "!Plugin 08")
	b.sees("/app/plugins?q=100%25", "Plugin 07")
	b.sees("/app/plugins?q=%3Cscript%3E", "No plugin has “&lt;script&gt;”", "!<script>")
	b.sees("/app/plugins?after=nonsense", "Plugin 00")
	dev.sees("/app/plugins", "Draft", "Your own")
}

func TestPermissionWords(t *testing.T) {
	t.Parallel()
	all := talkit.Permissions{"transcript": "write", "audio": "read", "recording": "write", "user": "read"}
	for _, c := range []struct {
		p           talkit.Permissions
		may, bounds string
	}{
		{nil, "May read nothing.", "It cannot change or delete anything."},
		{talkit.Permissions{"audio": "read", "user": "none"}, "May listen to your recordings.", "It cannot change or delete anything."},
		{talkit.Permissions{"recording": "write", "user": "read"}, "May add recordings to your notes and see your name.", "It cannot change or delete what is there."},
		{all, "May read and change the text of your notes, listen to your recordings, add recordings to your notes and see your name.",
			"It hears of each new note at once. It cannot delete anything."},
	} {
		if may, bounds := mayWords(c.p), boundWords(c.p); may != c.may || bounds != c.bounds {
			t.Errorf("%v: %q %q", c.p, may, bounds)
		}
	}
	for _, of := range permissionChoices {
		for _, level := range []string{talkit.AccessNone, talkit.AccessRead, talkit.AccessWrite} {
			valid := talkit.Permissions{of.Resource: level}.Validate("") == nil
			if words := permissionWords(of.Resource, level); valid != (words.Label != "") {
				t.Errorf("%s %s: %+v", of.Resource, level, words)
			}
		}
	}
}

// TestTerms: another order of permissions, or naming what is not asked for, is
// the same to who is asked.
func TestTerms(t *testing.T) {
	t.Parallel()
	terms := func(p talkit.Plugin) string { return app.Offer{Plugin: p}.Terms() }
	asked := talkit.Plugin{ID: 1, Name: "A", Permissions: talkit.Permissions{"user": "read", "audio": "none"}}
	same := asked
	same.Permissions = talkit.Permissions{"user": "read"}
	if terms(asked) != terms(same) {
		t.Error("the same is taken for something else")
	}
	for what, p := range map[string]talkit.Plugin{
		"another plugin": {ID: 2, Name: "A", Permissions: same.Permissions}, "another name": {ID: 1, Name: "A\n", Permissions: same.Permissions},
		"less": {ID: 1, Name: "A"}, "more": {ID: 1, Name: "A", Permissions: talkit.Permissions{"user": "read", "audio": "read"}},
	} {
		if terms(p) == terms(asked) {
			t.Errorf("%s is taken for the same", what)
		}
	}
}
