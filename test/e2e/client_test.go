package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/client"
	"talkit/wire"
)

// ourClient makes all calls of package client.
func ourClient(t *testing.T, w *world) {
	made := func(credential client.Credential) *client.Client {
		c := client.New(w.URL()+"/", credential)
		c.HTTP.Transport = checked{t, w.site}
		return c
	}
	plugins, asInstalled := made(client.DeveloperKey(w.developer.credential())), made(client.Installation(w.installation.UUID, w.secret))
	hook := receive(t, nil)
	w.newWebhook(hook.URL)
	r := w.dictate("For the client, " + canary + ".")
	event := hook.next(talkit.TranscriptCompleted)

	ctx, id := t.Context(), strconv.FormatInt(*r.TranscriptID, 10)
	same(t, "Transcript")(asInstalled.Transcript(ctx, id))(event.Transcript())
	same(t, "Transcripts")(first(asInstalled.Transcripts(ctx, client.Page{Limit: 1, AfterID: "0"})))(event.Transcript())
	same(t, "User")(asInstalled.User(ctx, w.person.ID))(wire.User{ID: w.person.ID, FirstName: w.person.FirstName, LastName: w.person.LastName}, nil)
	installed, err := asInstalled.Installation(ctx)
	same(t, "Installations")(first(plugins.Installations(ctx, w.plugin.ID, client.Page{})))(installed, err)
	same(t, "Plugin")(plugins.Plugin(ctx, w.plugin.ID))(w.plugin, nil)
	same(t, "Plugins")(first(plugins.Plugins(ctx, client.Page{Limit: 100})))(w.plugin, nil)
	webhook, err := first(plugins.Webhooks(ctx, w.plugin.ID, client.Page{}))
	if err != nil || webhook.URI != hook.URL {
		t.Errorf("Webhooks: %+v, %v", webhook, err)
	}
	key, err := plugins.CreateSecretKey(ctx, w.plugin.ID, "from the client")
	log.hide("a secret key", key.Value)
	if err != nil || key.Description != "from the client" {
		t.Errorf("CreateSecretKey: %+v, %v", key, err)
	}
	if segments, err := made(client.Installation(w.installation.UUID, key.Value)).Segments(ctx, id); err != nil || len(segments) == 0 {
		t.Errorf("Segments: %+v, %v", segments, err)
	}
	clientLists(t, w, plugins, asInstalled, id)
	_, err = asInstalled.Transcript(ctx, "999999999")
	if problem, ok := errors.AsType[*client.Error](err); !ok || problem.Status != http.StatusNotFound || problem.Type != "urn:talkit:problem:not_found" {
		t.Errorf("what is not there: %v", err)
	}
}

func clientLists(t *testing.T, w *world, plugins, asInstalled *client.Client, id string) {
	var seen []string
	for transcript, err := range asInstalled.AllTranscripts(t.Context(), "") {
		seen = append(seen, fmt.Sprint(transcript.ID, err))
	}
	for plugin, err := range plugins.AllPlugins(t.Context()) {
		seen = append(seen, fmt.Sprint(plugin.ID, err))
	}
	for installation, err := range plugins.AllInstallations(t.Context(), w.plugin.ID) {
		seen = append(seen, fmt.Sprint(installation.UUID, err))
	}
	for _, err := range plugins.AllWebhooks(t.Context(), w.plugin.ID) {
		seen = append(seen, fmt.Sprint(err))
	}
	want := []string{id + "<nil>", fmt.Sprint(w.plugin.ID, error(nil)), w.installation.UUID + "<nil>", "<nil>"}
	for i, line := range want {
		if i >= len(seen) || len(seen) != len(want) || fmt.Sprint(seen[i]) != fmt.Sprint(line) {
			t.Fatalf("all of each: %q, want %q", seen, want)
		}
	}
}

// first is the one item of a list.
func first[T any](list wire.List[T], err error) (item T, _ error) {
	if err == nil && (len(list.Data) != 1 || list.TotalCount != 1 || list.HasMore) {
		err = fmt.Errorf("a list of %d, %d in all", len(list.Data), list.TotalCount)
	}
	if err == nil {
		item = list.Data[0]
	}
	return item, err
}

// same wants two calls to give the same.
func same(t *testing.T, what string) func(got any, err error) func(want any, err error) {
	t.Helper()
	return func(got any, err error) func(want any, err error) {
		return func(want any, failed error) {
			t.Helper()
			if diff := gocmp.Diff(want, got); diff != "" || err != nil || failed != nil {
				t.Errorf("%s: %v, %v\n%s", what, err, failed, diff)
			}
		}
	}
}
