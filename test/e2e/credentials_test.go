package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/client"
	"talkit/internal/app"
	"talkit/internal/store"
)

// credentials tries every operation of the document with everything that is no
// credential for it, so one that is added is covered.
func credentials(t *testing.T, w *world) {
	accepted := map[string]string{"user_key": w.user.credential(), "developer_key": w.developer.credential(), "plugin_installation_jwt": w.token.credential()}
	unfit := w.unfitCredentials()
	for _, name := range w.documents[0].operations() {
		if strings.HasPrefix(name, http.MethodOptions) { // tells anybody what a protocol can do here
			continue
		}
		op := w.documents[0].operation(name)
		if op.Security == nil || len(*op.Security) == 0 {
			t.Errorf("%s needs no credential", name)
			continue
		}
		tried := map[string]string{}
		for scheme, credential := range accepted {
			tried["a valid "+scheme] = "Bearer " + credential
		}
		for _, alternative := range *op.Security {
			for scheme := range alternative {
				delete(tried, "a valid "+scheme)
			}
		}
		for kind, header := range tried {
			w.wantUnauthenticated(name, kind, header)
		}
		for kind, header := range unfit {
			w.wantUnauthenticated(name, kind, header)
		}
	}
}

var parameter = regexp.MustCompile(`{\w+}`)

func (w *world) wantUnauthenticated(operation, kind, header string) {
	w.t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	asks := w.as(w.t, "")
	if header != "" {
		asks = asks.with("Authorization", header)
	}
	got := asks.do(method, parameter.ReplaceAllString(path, fmt.Sprint(w.plugin.ID)), nil)
	challenge := got.header.Get("WWW-Authenticate")
	if got.status != http.StatusUnauthorized || !strings.HasPrefix(challenge, `Bearer realm="talkit"`) {
		w.t.Errorf("%s with %s answered %d (WWW-Authenticate: %s): %s", operation, kind, got.status, challenge, got.body)
		return
	}
	got.refused(http.StatusUnauthorized, "unauthenticated")
}

// unfitCredentials are Authorization headers that open nothing.
func (w *world) unfitCredentials() map[string]string {
	w.t.Helper()
	key := w.newKey(w.owner, talkit.DeveloperKey)
	last := map[bool]string{true: "b", false: "a"}[strings.HasSuffix(key, "a")]
	unfit := map[string]string{
		"no credential":           "",
		"another scheme":          "Basic " + key,
		"a scheme alone":          "Bearer",
		"a credential alone":      key,
		"an empty credential":     "Bearer ",
		"two credentials":         "Bearer " + key + " " + key,
		"a list":                  "Bearer " + key + ", Bearer " + key,
		"an unknown key":          "Bearer " + key[:len(key)-1] + last,
		"a cut key":               "Bearer " + key[:len(key)-1],
		"a key of no kind":        "Bearer tk_admin_" + strings.Repeat("a", 43),
		"a plugin's secret key":   "Bearer " + w.secret,
		"a token of no three":     "Bearer a.b",
		"a revoked developer key": "Bearer " + w.revoked(w.owner, talkit.DeveloperKey),
		"a revoked user key":      "Bearer " + w.revoked(w.person, talkit.UserKey),
	}
	for kind, c := range w.shutOut() {
		unfit[kind] = "Bearer " + c.credential()
	}
	return unfit
}

// revoked is a key that was.
func (w *world) revoked(u talkit.User, kind talkit.KeyKind) string {
	w.t.Helper()
	key := w.newKey(u, kind)
	var id int64
	if err := w.DB.Writer().QueryRowContext(w.t.Context(), "SELECT MAX(id) FROM keys WHERE user_id = "+fmt.Sprint(u.ID)).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	err := w.DB.InTx(w.t.Context(), func(tx *store.Tx) error { return tx.RevokeKey(w.t.Context(), id, talkit.Now()) })
	if err != nil {
		w.t.Fatal(err)
	}
	return key
}

// shutOut are callers who were let in until something was turned off.
func (w *world) shutOut() map[string]caller {
	w.t.Helper()
	yes, no := true, false
	callers := map[string]caller{}
	turnOff := func(what string, off func(other *world), cast ...func(*world) caller) {
		other := setup(w.t, w.site)
		for i, of := range cast {
			c := of(other)
			c.credential = valueOf(c.credential()) // a token made before
			callers[fmt.Sprint(what, " ", i)] = c
		}
		other.token.get("/installation").want(http.StatusOK)
		other.developer.get("/plugins").want(http.StatusOK)
		other.user.get("/recordings").want(http.StatusOK)
		off(other)
	}
	user, developer, token := func(o *world) caller { return o.user }, func(o *world) caller { return o.developer }, func(o *world) caller { return o.token }
	turnOff("a disabled person", func(o *world) { o.change(o.person, app.UserChange{Disabled: &yes}) }, user, token)
	turnOff("a disabled developer", func(o *world) { o.change(o.owner, app.UserChange{Disabled: &yes}) }, developer, token)
	turnOff("no developer any more", func(o *world) { o.change(o.owner, app.UserChange{Developer: &no}) }, developer)
	turnOff("a disabled plugin", func(o *world) { o.developer.patch(o.path(""), map[string]bool{"disabled": true}).want(http.StatusOK) }, token)
	turnOff("a deleted plugin", func(o *world) { o.developer.delete(o.path("")).want(http.StatusNoContent) }, token)
	turnOff("an uninstalled plugin", func(o *world) { o.token.delete("/installation").want(http.StatusNoContent) }, token)
	turnOff("a revoked secret key", func(o *world) { o.revokeSecretKeys() }, token)
	turnOff("a disabled installation", func(o *world) { o.disableInstallation() }, token)
	return callers
}

func valueOf(credential string) func() string { return func() string { return credential } }

func (w *world) revokeSecretKeys() {
	w.t.Helper()
	for key, err := range w.secretKeys() {
		if err != nil {
			w.t.Fatal(err)
		}
		w.developer.delete(w.path("/secret_keys/%d", key)).want(http.StatusNoContent)
	}
}

// disableInstallation does what only an operator's pages will do.
func (w *world) disableInstallation() {
	w.t.Helper()
	i := w.installation
	i.Disabled = true
	if err := w.DB.InTx(w.t.Context(), func(tx *store.Tx) error { return tx.SetInstallation(w.t.Context(), i) }); err != nil {
		w.t.Fatal(err)
	}
}

// enabledAgain: what was turned off works again once it is turned on.
func enabledAgain(t *testing.T, w *world) {
	yes, no := true, false
	token := client.Token(w.installation.UUID, w.secret, time.Now(), time.Hour)
	asks := w.as(t, token)
	for _, turn := range []struct{ off, on func() }{
		{func() { w.developer.patch(w.path(""), map[string]bool{"disabled": true}).want(200) },
			func() { w.developer.patch(w.path(""), map[string]bool{"disabled": false}).want(200) }},
		{func() { w.change(w.person, app.UserChange{Disabled: &yes}) }, func() { w.change(w.person, app.UserChange{Disabled: &no}) }},
		{func() { w.change(w.owner, app.UserChange{Disabled: &yes}) }, func() { w.change(w.owner, app.UserChange{Disabled: &no}) }},
		{w.disableInstallation, func() { w.install(w.plugin.ID, w.person) }},
	} {
		turn.off()
		asks.get("/transcripts").refused(http.StatusUnauthorized, "unauthenticated")
		turn.on()
		asks.get("/transcripts").want(http.StatusOK)
	}
}
