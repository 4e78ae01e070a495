package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/client"
	"talkit/internal/app"
	"talkit/wire"
)

// delivery waits until a delivery of a webhook fits; only the newest are looked at.
func (w *world) delivery(webhook int64, what string, fits func(wire.Delivery) bool) (found wire.Delivery) {
	w.t.Helper()
	until(w.t, what, func() bool {
		list := read[wire.List[wire.Delivery]](w.developer.get(w.path("/webhooks/%d/deliveries?limit=100", webhook)).want(http.StatusOK))
		for _, d := range list.Data {
			if fits(d) {
				found = read[wire.Delivery](w.developer.get(w.path("/webhooks/%d/deliveries/%d", webhook, d.ID)).want(http.StatusOK))
				return true
			}
		}
		return false
	})
	return found
}

func hasStatus(status talkit.DeliveryStatus) func(wire.Delivery) bool {
	return func(d wire.Delivery) bool { return d.Status == string(status) }
}

// test sends test.completed.
func (w *world) test(webhook int64) wire.Delivery {
	w.t.Helper()
	return read[wire.Delivery](w.developer.post(w.path("/webhooks/%d/test", webhook), nil).want(http.StatusAccepted))
}

// webhookLife goes through what a developer does with a webhook.
func webhookLife(t *testing.T, w *world) {
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL)
	if diff := gocmp.Diff([]string{"transcript.completed"}, made.Events); diff != "" || !strings.HasPrefix(made.Secret, "whsec_") || len(made.Secret) != 38 {
		t.Errorf("made %+v", made)
	}
	path := w.path("/webhooks/%d", made.ID)
	if got := read[wire.PluginWebhook](w.developer.get(path).want(http.StatusOK)); !gocmp.Equal(got, made.PluginWebhook) {
		t.Errorf("fetched %+v, made %+v", got, made)
	}
	if strings.Contains(string(w.developer.get(w.path("/webhooks")).body), "whsec_") {
		t.Error("the list shows secrets")
	}
	d := w.test(made.ID)
	test := hook.next(talkit.TestCompleted) // although it is not subscribed to
	hook.verified(test, made.Secret)
	if test.PluginInstallationUUID != nil || test.ID != d.EventID {
		t.Errorf("the test is %s", test.body)
	}
	done := w.delivery(made.ID, "the test succeeds", hasStatus(talkit.DeliverySucceeded))
	if len(done.Attempts) != 1 || *done.Attempts[0].StatusCode != 204 || done.Attempts[0].Error != nil || done.Attempts[0].RequestBody != string(test.body) {
		t.Errorf("the delivery is %+v", done)
	}
	w.developer.post(w.path("/webhooks/%d/deliveries/%d/redeliver", made.ID, d.ID), nil).want(http.StatusAccepted)
	again := hook.next(talkit.TestCompleted)
	if again.ID != test.ID {
		t.Errorf("redelivered %s, was %s", again.ID, test.ID)
	}
	hook.verified(again, made.Secret)

	w.developer.patch(path, map[string]any{"disabled": true, "events": []string{"transcript.updated"}}).want(http.StatusOK)
	for _, no := range []string{"/test", fmt.Sprintf("/deliveries/%d/redeliver", d.ID)} {
		w.developer.post(path+no, nil).refused(http.StatusConflict, "conflict")
	}
	r := w.dictate("Nobody hears of it, " + canary)
	w.developer.patch(path, map[string]any{"disabled": false}).want(http.StatusOK)
	w.user.put(fmt.Sprintf("/recordings/%d/transcript", r.ID), map[string]string{"text": "Heard " + canary}).want(http.StatusOK)
	hook.next(talkit.TranscriptUpdated)
	hook.quiet()
	w.developer.delete(path).want(http.StatusNoContent)
	w.developer.get(path).refused(http.StatusNotFound, "not_found")
}

// installationEvents are told when a plugin comes and goes.
func installationEvents(t *testing.T, w *world) {
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL, talkit.InstallationCreated, talkit.InstallationDeleted)
	newcomer := w.newUser(false)
	i := w.install(w.plugin.ID, newcomer)
	w.install(w.plugin.ID, newcomer) // again: the same
	created := hook.next(talkit.InstallationCreated)
	hook.verified(created, made.Secret)
	asks := w.tokenOf(i, w.secret)
	shown := asks.get("/installation").want(http.StatusOK)
	if !strings.Contains(string(created.body), strings.TrimSpace(string(shown.body))) {
		t.Errorf("told %s, shown %s", created.body, shown.body)
	}
	asks.delete("/installation").want(http.StatusNoContent)
	deleted := hook.next(talkit.InstallationDeleted)
	hook.verified(deleted, made.Secret)
	if *deleted.PluginInstallationUUID != i.UUID {
		t.Errorf("told %s", deleted.body)
	}
	asks.get("/installation").refused(http.StatusUnauthorized, "unauthenticated")
	list := read[wire.List[wire.PluginInstallation]](w.developer.get(w.path("/installations")).want(http.StatusOK))
	if list.TotalCount != 1 || list.Data[0].UUID != w.installation.UUID {
		t.Errorf("installations %+v", list)
	}
	hook.quiet()
}

// retried is the one test that waits for a second attempt, 5 s after the first.
func retried(t *testing.T, w *world) {
	var asked atomic.Int64
	hook := receive(t, func(rw http.ResponseWriter, _ delivered) {
		if asked.Add(1) == 1 {
			rw.Header().Set("Retry-After", "1") // sooner than we would: ours holds
			http.Error(rw, "not now", http.StatusInternalServerError)
			return
		}
		fmt.Fprint(rw, "thank you")
	})
	made := w.newWebhook(hook.URL)
	w.dictate("Say it twice, " + canary)
	first := hook.next(talkit.TranscriptCompleted)
	waits := w.delivery(made.ID, "the first attempt is logged", func(d wire.Delivery) bool { return len(d.Attempts) == 1 })
	if waits.Status != "pending" || waits.NextAttemptOn == nil || *waits.Attempts[0].StatusCode != 500 ||
		waits.Attempts[0].ResponseBody != "not now\n" || !strings.Contains(*waits.Attempts[0].Error, "500") {
		t.Errorf("after the first attempt: %+v", waits)
	}
	second := hook.next(talkit.TranscriptCompleted)
	for _, d := range []delivered{first, second} {
		hook.verified(d, made.Secret)
	}
	if string(first.body) != string(second.body) || first.header.Get("webhook-id") != second.header.Get("webhook-id") ||
		first.header.Get("webhook-timestamp") == second.header.Get("webhook-timestamp") {
		t.Errorf("first %v, second %v", first.header, second.header)
	}
	done := w.delivery(made.ID, "the second attempt succeeds", hasStatus(talkit.DeliverySucceeded))
	if len(done.Attempts) != 2 || done.Attempts[1].Number != 2 || done.Attempts[1].ResponseBody != "thank you" || done.NextAttemptOn != nil {
		t.Errorf("after the second attempt: %+v", done)
	}
}

// badReceivers answer as they should not.
func badReceivers(t *testing.T, w *world) {
	landed := atomic.Bool{}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { landed.Store(true) }))
	t.Cleanup(elsewhere.Close)
	answers := func(status int, name, value string) *receiver {
		return receive(t, func(rw http.ResponseWriter, _ delivered) {
			rw.Header().Set(name, value)
			rw.WriteHeader(status)
		})
	}
	gone := w.newWebhook(answers(http.StatusGone, "X", "x").URL)
	w.test(gone.ID)
	failed := w.delivery(gone.ID, "410 is given up", hasStatus(talkit.DeliveryFailed))
	if *failed.Reason != "The receiver answered 410 Gone." || len(failed.Attempts) != 1 {
		t.Errorf("410: %+v", failed)
	}
	hook := read[wire.PluginWebhook](w.developer.get(w.path("/webhooks/%d", gone.ID)).want(http.StatusOK))
	if !hook.Disabled || hook.DisabledReason == nil || !strings.Contains(*hook.DisabledReason, "410") {
		t.Errorf("410 leaves %+v", hook)
	}
	one := func(d wire.Delivery) bool { return len(d.Attempts) == 1 }
	moved := w.newWebhook(answers(http.StatusFound, "Location", elsewhere.URL).URL)
	w.test(moved.ID)
	if d := w.delivery(moved.ID, "a redirect is logged", one); !strings.Contains(*d.Attempts[0].Error, "redirect") || landed.Load() {
		t.Errorf("a redirect: %+v, followed: %v", d, landed.Load())
	}
	later := w.newWebhook(answers(http.StatusServiceUnavailable, "Retry-After", "3600").URL)
	w.test(later.ID)
	d := w.delivery(later.ID, "Retry-After is obeyed", one)
	if due, err := time.Parse(time.RFC3339, *d.NextAttemptOn); err != nil || time.Until(due) < 55*time.Minute || time.Until(due) > 65*time.Minute {
		t.Errorf("Retry-After 3600: next on %s, %v", *d.NextAttemptOn, err)
	}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	refused := w.newWebhook(nobody.URL)
	w.test(refused.ID)
	if d := w.delivery(refused.ID, "a refused connection is logged", one); d.Attempts[0].StatusCode != nil || !strings.Contains(*d.Attempts[0].Error, "refused") {
		t.Errorf("nobody there: %+v", d)
	}
}

// rotation: while an old secret is good, both sign; the old header keeps the old one.
func rotation(t *testing.T, w *world) {
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL)
	rotate := func(body any) string {
		secret := read[wire.PluginWebhookWithSecret](w.developer.post(w.path("/webhooks/%d/rotate_secret", made.ID), body).want(http.StatusOK)).Secret
		log.hide("a webhook's secret", secret)
		return secret
	}
	second := rotate(nil)
	w.test(made.ID)
	d := hook.next(talkit.TestCompleted)
	hook.signed(d, made.Secret)
	hook.signed(d, second)
	d.header.Del("webhook-signature")
	if _, err := client.VerifyWebhook(made.Secret, d.header, d.body); err != nil {
		t.Errorf("X-Connect-It-Token left the old secret: %v", err)
	}
	third := rotate(map[string]int{"overlap_seconds": 0})
	w.test(made.ID)
	d = hook.next(talkit.TestCompleted)
	hook.verified(d, third)
	for _, old := range []string{made.Secret, second} {
		if _, err := client.VerifyWebhook(old, d.header, d.body); err == nil {
			t.Error("an old secret still signs")
		}
	}
	w.developer.post(w.path("/webhooks/%d/rotate_secret", made.ID), map[string]int{"overlap_seconds": -1}).refused(http.StatusUnprocessableEntity, "invalid")
}

// cancelled: what may no longer be sent is not. The receiver's first answer
// puts off the delivery; what changes in between counts.
func cancelled(t *testing.T, w *world) {
	yes := true
	for what, c := range map[string]struct {
		change func(o *world)
		reason string
	}{
		"uninstalled":     {func(o *world) { o.token.delete("/installation").want(http.StatusNoContent) }, "uninstalled"},
		"forbidden":       {func(o *world) { o.forbid() }, "transcript: read"},
		"plugin disabled": {func(o *world) { o.developer.patch(o.path(""), map[string]bool{"disabled": true}).want(http.StatusOK) }, "plugin is disabled"},
		"person disabled": {func(o *world) { o.change(o.person, app.UserChange{Disabled: &yes}) }, "installation is disabled"},
		"deleted":         {func(o *world) { o.erase() }, "deleted"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			o := setup(t, w.site)
			hook := receive(t, func(rw http.ResponseWriter, _ delivered) {
				rw.Header().Set("Retry-After", "3600")
				rw.WriteHeader(http.StatusServiceUnavailable)
			})
			made := o.newWebhook(hook.URL)
			o.dictate("Not any more, " + canary)
			hook.next(talkit.TranscriptCompleted)
			d := o.delivery(made.ID, "the first attempt fails", func(d wire.Delivery) bool { return len(d.Attempts) == 1 })
			c.change(o)
			o.developer.post(o.path("/webhooks/%d/deliveries/%d/redeliver", made.ID, d.ID), nil).want(http.StatusAccepted)
			got := o.delivery(made.ID, "the delivery is cancelled", hasStatus(talkit.DeliveryCancelled))
			if got.Reason == nil || !strings.Contains(*got.Reason, c.reason) {
				t.Errorf("cancelled because %v, want %s", got.Reason, c.reason)
			}
			hook.quiet()
		})
	}
}

// forbid takes transcript: read from the plugin, and from its installation.
func (w *world) forbid() {
	w.t.Helper()
	w.developer.patch(w.path(""), map[string]any{"permissions": map[string]string{"user": "read"}}).want(http.StatusOK)
	w.token.get("/transcripts").want(http.StatusOK) // until the user grants anew
	w.install(w.plugin.ID, w.person)
	w.token.get("/transcripts").refused(http.StatusForbidden, "forbidden")
}

// erase deletes all recordings of the person.
func (w *world) erase() {
	w.t.Helper()
	for _, r := range read[wire.List[wire.Recording]](w.user.get("/recordings")).Data {
		w.user.delete(fmt.Sprintf("/recordings/%d", r.ID)).want(http.StatusNoContent)
	}
}

// notTold: an installation without transcript: read hears nothing of transcripts.
func notTold(t *testing.T, w *world) {
	hook := receive(t, nil)
	w.developer.patch(w.path(""), map[string]any{"permissions": map[string]string{"recording": "write"}}).want(http.StatusOK)
	w.install(w.plugin.ID, w.person)
	made := w.newWebhook(hook.URL, talkit.AllEventTypes...)
	w.dictate("Not for you, " + canary)
	w.test(made.ID)
	hook.next(talkit.TestCompleted)
	hook.quiet()
	list := read[wire.List[wire.Delivery]](w.developer.get(w.path("/webhooks/%d/deliveries", made.ID)).want(http.StatusOK))
	if list.TotalCount != 1 {
		t.Errorf("deliveries %+v", list)
	}
}

// TestInternalAddresses are not sent to unless the operator says so.
func TestInternalAddresses(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	hook := receive(t, nil)
	port := hook.URL[strings.LastIndex(hook.URL, ":"):]
	for _, uri := range []string{hook.URL, "https://127.0.0.1" + port, "https://localhost" + port, "https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port,
		"https://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "https://0.0.0.0" + port, "http://example.com/"} {
		made := w.newWebhook(uri)
		w.test(made.ID)
		d := w.delivery(made.ID, uri+" is refused", func(d wire.Delivery) bool { return len(d.Attempts) == 1 })
		if d.Attempts[0].StatusCode != nil || d.Attempts[0].Error == nil || d.Status != "pending" {
			t.Errorf("%s: %+v", uri, d)
			continue
		}
		if words := *d.Attempts[0].Error; !strings.Contains(words, "internal") && !strings.Contains(words, "http") {
			t.Errorf("%s: the log says only %q", uri, words)
		}
	}
	hook.quiet()
	for _, uri := range []string{"", "x", "ftp://example.com", "https://", "https://user:word@example.com", "https://exa mple.com"} {
		w.developer.post(w.path("/webhooks"), map[string]string{"uri": uri}).refused(http.StatusUnprocessableEntity, "invalid")
	}
	for _, events := range [][]string{{}, {"unknown"}, {"transcript.completed", "transcript.completed"}} {
		w.developer.post(w.path("/webhooks"), map[string]any{"uri": "https://example.com", "events": events}).refused(http.StatusUnprocessableEntity, "invalid")
	}
}
