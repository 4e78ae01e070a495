package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
)

func (b browser) now() talkit.User {
	b.t.Helper()
	u, err := b.App.DB.User(b.t.Context(), b.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

// keepsAudio is a person as they begin.
func (b browser) keepsAudio() browser {
	b.t.Helper()
	b.rows.Do(func(tx *store.Tx) error {
		u := b.User
		u.AudioDays = talkit.KeepAudio
		return tx.SetUser(b.t.Context(), u)
	})
	return b
}

func TestSettings(t *testing.T) {
	t.Parallel()
	b := newSite(t).person().keepsAudio()
	b.sees("/app/settings", "You sign in as "+b.Email, `value="Ada"`, "Salesforce", `value="ever" checked`)

	b.sent(b.post("/app/settings/name", "first_name", `Ada <i>`, "last_name", ""), "/app/settings?done=saved")
	b.sent(b.post("/app/settings/notes", "crm", "2", "review", "yes"), "/app/settings?done=saved")
	b.sees("/app/settings", `value="Ada &lt;i&gt;"`, `<option value="2" selected>`, `name="review" value="yes" checked`)
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/name", "first_name", strings.Repeat("a", 101)),
		"must have at most 100 characters", strings.Repeat("a", 101), `<option value="2" selected>`)
	if w := b.post("/app/settings/notes", "crm", "77"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no such CRM: %d", w.Code)
	}
	b.sent(b.post("/app/settings/notes", "crm", "0"), "/app/settings?done=saved")
	if u := b.now(); u.CRMIntegrationID != nil || u.Review || u.FirstName != "Ada <i>" || u.AudioDays != talkit.KeepAudio || !u.Developer {
		t.Errorf("now %+v", u)
	}
	entries, _, err := b.App.DB.Audit(t.Context(), talkit.Page{Limit: 10})
	var details []string
	for _, e := range entries {
		details = append(details, e.Action+" "+e.Detail)
	}
	want := "settings.changed name, settings.changed review=true crm_integration=2, settings.changed review=false crm_integration=0"
	if got := strings.Join(details, ", "); err != nil || got != want {
		t.Errorf("the audit log has %s, %v", got, err)
	}
}

// TestManyCRMs: the one that is chosen is among the choices, however many there
// are.
func TestManyCRMs(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	var last int64
	b.rows.Do(func(tx *store.Tx) error {
		for i := range 120 {
			c := talkit.CRMIntegration{Name: fmt.Sprint("CRM ", i), CreatedOn: talkit.Now()}
			if err := tx.AddCRMIntegration(t.Context(), &c); err != nil {
				return err
			}
			last = c.ID
		}
		return nil
	})
	b.sent(b.post("/app/settings/notes", "crm", fmt.Sprint(last)), "/app/settings?done=saved")
	b.sees("/app/settings", fmt.Sprintf(`<option value="%d" selected>CRM 119</option>`, last))
}

// TestHowLongSoundIsKept: what erases sound that is there asks first.
func TestHowLongSoundIsKept(t *testing.T) {
	t.Parallel()
	b := newSite(t).person().keepsAudio()
	const path = "/app/settings/sound"
	for _, c := range []struct {
		keep, days string
		asks       bool
		want       int
	}{
		{"days", "30", true, 30}, {"days", "90", false, 90}, {"transcribed", "", true, talkit.UntilTranscribed},
		{"days", "5", false, 5}, {"days", "3650", false, 3650}, {"ever", "12", false, talkit.KeepAudio}, {"transcribed", "x", true, talkit.UntilTranscribed},
	} {
		before := b.now().AudioDays
		w := b.post(path, "keep", c.keep, "audio_days", c.days)
		if c.asks {
			b.refused(http.StatusOK, w, "cannot be undone", `value="`+c.keep+`"`)
			if got := b.now().AudioDays; got != before {
				t.Errorf("%s %s: changed to %d without an answer", c.keep, c.days, got)
			}
			w = b.post(path, "keep", c.keep, "audio_days", c.days, "sure", "yes")
		}
		b.sent(w, "/app/settings?done=saved")
		if got := b.now().AudioDays; got != c.want {
			t.Errorf("%s %s: %d", c.keep, c.days, got)
		}
	}
	for _, days := range []string{"", "0", "-1", "3651", "a week", "1e3"} {
		b.refused(http.StatusUnprocessableEntity, b.post(path, "keep", "days", "audio_days", days, "sure", "yes"), "That was not saved", `id="audio_days-wrong"`)
	}
	if w := b.post(path, "keep", "nonsense"); w.Code != http.StatusUnprocessableEntity || b.now().AudioDays != talkit.UntilTranscribed {
		t.Errorf("nonsense: %d", w.Code)
	}
}

func TestBrowsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, other := s.person(), s.person()
	now := talkit.Now()
	another := talkit.Session{UserID: b.ID, Hash: []byte("x"), Address: "192.0.2.7", Agent: `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) <script> Firefox/140.0`, CreatedOn: now, SeenOn: now, ExpiresOn: now.Add(time.Hour)}
	s.rows.Do(func(tx *store.Tx) error { return tx.AddSession(t.Context(), &another) })
	b.sees("/app/settings/access", "Firefox on Linux", "192.0.2.7", "This one", "Sign all others out", "!<script>")
	other.sees("/app/settings/access", "!192.0.2.7", "!Sign all others out")
	end := fmt.Sprintf("/app/settings/browsers/%d/end", another.ID)
	if w := other.post(end); w.Code != http.StatusNotFound {
		t.Errorf("another's: %d", w.Code)
	}
	b.sent(b.post(end), "/app/settings/access?done=signedout")
	if w := b.post(end); w.Code != http.StatusNotFound {
		t.Errorf("twice: %d", w.Code)
	}
	s.rows.Do(func(tx *store.Tx) error { return tx.AddSession(t.Context(), &another) })
	b.sent(b.post("/app/settings/browsers/others/end"), "/app/settings/access?done=others")
	b.sees("/app/settings/access", "!Firefox")
	other.sees("/app/settings/access")
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, other := s.person(), s.person()
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/keys", "name", " "), "must not be empty")
	made := b.refused(http.StatusCreated, b.post("/app/settings/keys", "name", "<laptop>"), "&lt;laptop&gt;", "not shown again")
	value := regexp.MustCompile(`tk_user_[a-z2-7]{52}`).FindString(made)
	if value == "" {
		t.Fatalf("no key: %s", made)
	}
	b.sees("/app/settings/access", "!"+value, "Ends in <code>"+value[len(value)-4:])
	keys, err := s.App.MyKeys(t.Context(), b.caller(), talkit.UserKey)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	revoke := fmt.Sprintf("/app/settings/keys/%d/revoke", keys[0].ID)
	for _, w := range []*httptest.ResponseRecorder{other.get(revoke), other.post(revoke)} {
		if w.Code != http.StatusNotFound {
			t.Errorf("another's key: %d", w.Code)
		}
	}
	b.sees(revoke, "Revoke the key “&lt;laptop&gt;”?")
	b.sent(b.post(revoke), "/app/settings/access?done=revoked")
	b.sees("/app/settings/access", "!&lt;laptop&gt;")
	developer, err := s.App.CreateMyKey(t.Context(), b.caller(), talkit.DeveloperKey, "a developer's")
	if err != nil || developer == "" {
		t.Fatal(err)
	}
	b.sees("/app/settings/access", "!a developer")
}

func TestPassword(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	const first, second = "the first password", "the second password"
	b.sees("/app/settings/access", "!current_password")
	b.sent(b.post("/app/settings/password", "password", first), "/app/settings/access?done=password")
	b.sees("/app/settings/access", "current_password")
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/password", "current_password", "wrong one here", "password", second), "This is not your password.", "!"+second)
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/password", "current_password", first, "password", "short"), "at least 10 characters")
	b.sent(b.post("/app/settings/password", "current_password", first, "password", second), "/app/settings/access?done=password")

	b.sees("/app/settings/delete", "Your password", "the plugins you built")
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/delete", "proof", b.Email), "This is not your password.")
	seen(t, "the end", b.post("/app/settings/delete", "proof", second), http.StatusOK, "Your account is deleted", fmt.Sprintf(`data-gone="%d"`, b.ID), "js/gone.js", "!Sign out")
	if u := b.now(); u.DeletedOn == 0 {
		t.Error("the account is as it was")
	}
	if w := b.get("/app/settings"); w.Code != http.StatusSeeOther {
		t.Errorf("still signed in: %d", w.Code)
	}
}

func TestDeletionByAddress(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/delete", "proof", "other@example.org"), "This is not your e-mail address.")
	seen(t, "the end", b.post("/app/settings/delete", "proof", " "+strings.ToUpper(b.Email)), http.StatusOK, "Your account is deleted")
}

func TestExport(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.sees("/app/settings/data", `href="/app/settings/export"`)
	w := b.get("/app/settings/export")
	content, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil || w.Header().Get("Content-Type") != "application/zip" || !regexp.MustCompile(`^attachment; filename="talkit-\d{4}-\d\d-\d\d\.zip"$`).MatchString(w.Header().Get("Content-Disposition")) {
		t.Fatalf("%d, %v, %v", w.Code, w.Header(), err)
	}
	if _, err := content.Open("account.json"); err != nil {
		t.Error(err)
	}
	for from, status := range map[string]int{"cross-site": 403, "same-site": 403, "none": 200} {
		r := httptest.NewRequest(http.MethodGet, "/app/settings/export", nil)
		r.Header.Set("Sec-Fetch-Site", from)
		if w := b.send(r); w.Code != status {
			t.Errorf("from %s: %d", from, w.Code)
		}
	}
}

func TestSettingsAreOnesOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.person()
	for _, path := range []string{"/app/settings/name", "/app/settings/notes", "/app/settings/sound", "/app/settings/password", "/app/settings/keys",
		"/app/settings/keys/1/revoke", "/app/settings/browsers/1/end", "/app/settings/browsers/others/end", "/app/settings/delete", "/app/plugins/1/uninstall"} {
		r := httptest.NewRequest(http.MethodPost, path, nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if w := b.send(r); w.Code != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, w.Code)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		asksToSignIn(t, "POST "+path, w)
	}
}

func TestBrowserInWords(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"": "Unknown browser",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                    "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                           "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":             "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                     "Safari on a Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1":   "Safari on an iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1":    "Chrome on an iPhone",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36":                            "Chrome on ChromeOS",
		"curl/8.5.0":                "curl",
		"Linux":                     "A browser on Linux",
		"<script>alert(1)</script>": "Unknown browser",
	} {
		if got := browserInWords(agent); got != want {
			t.Errorf("%q: %s, want %s", agent, got, want)
		}
	}
}
