package web

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
)

// hostile is a name that would be a script.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`

var shownOnce = regexp.MustCompile(`<code id="once">([^<]+)</code>`)

// secret is the one that a page shows.
func secret(t *testing.T, page string) string {
	t.Helper()
	found := shownOnce.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no secret in %s", page)
	}
	return found[1]
}

func TestDeveloperNamesAreEscaped(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	w := b.post("/developers/plugins/new", "name", hostile, "description", hostile, "permission_transcript", "read")
	path := w.Header().Get("Location")
	b.sent(w, "/developers/plugins/1")
	b.refused(http.StatusCreated, b.post(path+"/keys", "description", hostile), "!<script>alert", "!<img src=x")
	b.refused(http.StatusCreated, b.post("/developers/keys", "name", hostile), "!<script>alert", "!<img src=x")
	b.refused(http.StatusUnprocessableEntity, b.post(path+"/webhooks/new", "uri", hostile, "events", hostile), "!<script>alert", "!<img src=x", "&lt;script&gt;")
	b.refused(http.StatusCreated, b.post(path+"/webhooks/new", "uri", "https://example.org/?"+hostile, "events", "transcript.completed"),
		"!<script>alert", "!<img src=x")
	d := s.rows.Delivery(talkit.Plugin{ID: 1}, talkit.Webhook{ID: 1})
	s.rows.Do(func(tx *store.Tx) error {
		d.Status, d.Reason = talkit.DeliveryFailed, hostile
		_, err := tx.FinishAttempt(t.Context(), d, talkit.Attempt{DeliveryID: d.ID, Number: 1, StatusCode: 500, Error: hostile,
			RequestBody: `{"a":"` + "</pre><script>alert(1)</script>" + `"}`, ResponseBody: "</pre>" + hostile, CreatedOn: talkit.Now()}, nil)
		return err
	})
	for _, page := range []string{"/developers", path, path + "/edit", path + "/delete", path + "/installations", path + "/keys/1/revoke", path + "/webhooks/new",
		path + "/webhooks/1", path + "/webhooks/1?state=" + "%3Cscript%3Ealert(1)", path + "/webhooks/1/edit", path + "/webhooks/1/delete", path + "/webhooks/1/rotate",
		path + fmt.Sprintf("/webhooks/1/deliveries/%d", d.ID), "/developers/keys", "/developers/start"} {
		b.sees(page, "!<script>alert", "!<img src=x", "!</pre><script", `!href="javascript:`)
	}
}

// TestSecretsAreShownOnce: keys and webhook secrets, on the page that makes
// them alone.
func TestSecretsAreShownOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	b.post("/developers/plugins/new", "name", "Notes")
	const path = "/developers/plugins/1"
	var secrets []string
	for form, pairs := range map[string][]string{path + "/keys": {"description", "x"}, "/developers/keys": {"name", "x"},
		path + "/webhooks/new": {"uri", "https://example.org/hook", "events", "transcript.completed"}} {
		secrets = append(secrets, secret(t, b.refused(http.StatusCreated, b.post(form, pairs...), "not shown again")))
	}
	secrets = append(secrets, secret(t, b.refused(http.StatusOK, b.post(path+"/webhooks/1/rotate", "overlap", "1"), "not shown again")))
	for _, page := range []string{"/developers", path, path + "/webhooks/1", path + "/webhooks/1/edit", path + "/webhooks/1/rotate", "/developers/keys", "/developers/start"} {
		body := b.sees(page)
		for _, value := range secrets {
			if strings.Contains(body, value) {
				t.Errorf("%s shows %s again", page, value)
			}
		}
	}
	b.sees(path, "Ends in <code>")
	b.sent(b.post(path+"/keys/1/revoke"), path+"?done=revoked")
	b.sees(path, "!Ends in <code>")
}

// TestWebhookSaysWhyItIsOff: disabled by its developer, by 410, by five days of
// failures; and that it fails, before that.
func TestWebhookSaysWhyItIsOff(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b, ctx := s.person().may("developer"), t.Context()
	p := s.rows.Plugin(b.User)
	fail := func(since talkit.Time, o app.Outcome) string {
		w := s.rows.Webhook(p)
		path := fmt.Sprintf("/developers/plugins/%d/webhooks/%d", p.ID, w.ID)
		s.rows.Do(func(tx *store.Tx) error { return tx.SetWebhookFailing(ctx, w.ID, since) })
		due, err := s.App.DB.DueDelivery(ctx, s.rows.Delivery(p, w).ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.App.Shipped(ctx, app.Shipment{DueDelivery: due}, o); err != nil {
			t.Fatal(err)
		}
		return path
	}
	now := talkit.Now()
	gone := fail(0, app.Outcome{StatusCode: http.StatusGone, Gone: true, StartedOn: now})
	b.sees(gone, "This server disabled it.", "The receiver answered 410 Gone.", "Enable</button>", "!Test webhook")
	long := fail(now.Add(-6*24*3600*1e9), app.Outcome{StatusCode: 500, StartedOn: now})
	b.sees(long, "This server disabled it.", "Every attempt of the last five days failed.", "Enable</button>")
	failing := fail(now.Add(-24*3600*1e9), app.Outcome{StatusCode: 500, RetryIn: 1e9, StartedOn: now})
	b.sees(failing, "Nothing has arrived since", "yesterday", "is disabled after", "Test webhook", "!This server disabled it")
	b.sent(b.post(failing+"/state", "to", "disabled"), failing+"?done=saved")
	b.sees(failing, "<strong>Disabled.</strong>", "!This server disabled it", "!Nothing has arrived since")
	b.sent(b.post(gone+"/state", "to", "enabled"), gone+"?done=saved")
	b.sees(gone, "Test webhook", "!This server disabled it")
}

// TestQuickStartChooses what the developer can try at once.
func TestQuickStartChooses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, other := s.person().may("developer"), s.person()
	b.sees("/developers/start", "/app/install/PLUGIN_ID", "INSTALLATION_UUID", "!/app/install/0")
	first := s.rows.Plugin(b.User)
	theirs := s.rows.Installation(first, other.User)
	b.sees("/developers/start", fmt.Sprintf("/app/install/%d", first.ID), theirs.UUID)
	mine := s.rows.Installation(first, b.User)
	second := s.rows.Plugin(b.User)
	b.sees("/developers/start", fmt.Sprintf("/app/install/%d", first.ID), mine.UUID, "!"+theirs.UUID)
	s.rows.Do(func(tx *store.Tx) error { first.Disabled = true; return tx.SetPlugin(t.Context(), first) })
	b.sees("/developers/start", fmt.Sprintf("/app/install/%d", second.ID), "INSTALLATION_UUID")
}

// TestNothingIsSentForADisabledPlugin: it is said before anything is tried.
func TestNothingIsSentForADisabledPlugin(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	p := s.rows.Plugin(b.User)
	w := s.rows.Webhook(p)
	d := s.rows.Delivery(p, w)
	path := fmt.Sprintf("/developers/plugins/%d/webhooks/%d", p.ID, w.ID)
	b.sees(fmt.Sprintf("%s/deliveries/%d", path, d.ID), "No attempt was made yet.", "Look again")
	s.rows.Do(func(tx *store.Tx) error { p.Disabled = true; return tx.SetPlugin(t.Context(), p) })
	b.refused(http.StatusConflict, b.post(path+"/test"), "This plugin is disabled. Enable it first.")
}

// TestAttemptsDoNotClaimAnAddress that the webhook got only later.
func TestAttemptsDoNotClaimAnAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	p := s.rows.Plugin(b.User)
	w := s.rows.Webhook(p)
	sees := func(made talkit.Time, parts ...string) {
		t.Helper()
		d := s.rows.Delivery(p, w)
		s.rows.Do(func(tx *store.Tx) error {
			d.Status = talkit.DeliverySucceeded
			_, err := tx.FinishAttempt(t.Context(), d, talkit.Attempt{DeliveryID: d.ID, Number: 1, StatusCode: 204, RequestBody: "{}", CreatedOn: made}, nil)
			return err
		})
		b.sees(fmt.Sprintf("/developers/plugins/%d/webhooks/%d/deliveries/%d", p.ID, w.ID, d.ID), parts...)
	}
	sees(w.UpdatedOn.Add(time.Second), "POST "+w.URI)
	sees(w.UpdatedOn.Add(-time.Second), "!POST "+w.URI, "the address that it had")
}

// TestPluginSaysThatItWasTakenOff: publishing has no effect then.
func TestPluginSaysThatItWasTakenOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, boss, other := s.person().may("developer"), s.person().may("admin"), s.person().may()
	p := s.rows.Plugin(b.User)
	path, admin := fmt.Sprintf("/developers/plugins/%d", p.ID), fmt.Sprintf("/admin/plugins/%d", p.ID)
	b.sees(path, "!took it off")
	boss.sent(boss.post(admin, "to", "unlisted"), "/admin/plugins?done=saved")
	b.sent(b.post(path+"/state", "to", "published"), path+"?done=saved")
	b.sees(path, "Whoever runs this server took it off the directory.", "has no effect", "!Everyone here can install it", "!Published</span>")
	b.sees("/developers", "Taken off the directory", "!Published</span>")
	boss.sees("/admin/plugins", "Taken off the directory", "Let it back")
	boss.refused(http.StatusBadRequest, boss.post(admin))
	if _, err := s.App.FetchOffer(t.Context(), other.caller(), p.ID); !talkit.IsNotFound(err) {
		t.Errorf("others may install it: %v", err)
	}
	boss.sent(boss.post(admin, "to", "listed"), "/admin/plugins?done=saved")
	b.sees(path, "Everyone here can install it", "Published</span>", "!took it off")
}
