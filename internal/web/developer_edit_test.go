package web

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// keptPlugin reads one from the database.
func (s *site) keptPlugin(id int64) talkit.Plugin {
	s.t.Helper()
	p, err := s.App.DB.Plugin(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// keptWebhook reads one from the database.
func (s *site) keptWebhook(plugin, id int64) talkit.Webhook {
	s.t.Helper()
	w, err := s.App.DB.Webhook(s.t.Context(), plugin, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// TestAPluginIsEdited: what its owner changes is kept and stands in the form
// again, and nothing else changes; what is refused, or sent by somebody else,
// changes nothing.
func TestAPluginIsEdited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := siteOn(t, db)
		b, other := s.person().may("developer"), s.person().may("developer")
		was := s.rows.Plugin(b.User)
		was.Published = true
		s.rows.Do(func(tx *store.Tx) error { return tx.SetPlugin(t.Context(), was) })
		path := fmt.Sprintf("/developers/plugins/%d", was.ID)
		b.sees(path+"/edit", `value="Notes"`, "Files notes</textarea>")

		b.sent(b.post(path+"/edit", "name", "Field Notes", "description", "Files <them>", "setup_uri", "https://a.example/setup",
			"permission_transcript", "none", "permission_audio", "read"), path+"?done=saved")
		p := s.keptPlugin(was.ID)
		if p.Name != "Field Notes" || p.Description != "Files <them>" || p.SetupURI != "https://a.example/setup" ||
			!maps.Equal(p.Permissions, talkit.Permissions{talkit.ResourceAudio: talkit.AccessRead}) {
			t.Errorf("kept is %+v", p)
		}
		if !p.Published || p.Disabled || p.UserID != b.ID || p.CreatedOn != was.CreatedOn {
			t.Errorf("more changed: %+v", p)
		}
		b.sees(path+"/edit", `value="Field Notes"`, "Files &lt;them&gt;</textarea>", `value="https://a.example/setup"`,
			`name="permission_transcript" value="none" checked`, `name="permission_audio" value="read" checked`)

		b.refused(http.StatusUnprocessableEntity, b.post(path+"/edit", "name", "", "description", "Typed"), `id="name-wrong">This must not be empty.`, "Typed</textarea>")
		if w := other.post(path+"/edit", "name", "Mine now"); w.Code != http.StatusNotFound {
			t.Errorf("somebody else: %d", w.Code)
		}
		if now := s.keptPlugin(was.ID); now.Name != p.Name || now.Description != p.Description {
			t.Errorf("what was refused is kept: %+v", now)
		}
	})
}

// TestAWebhookIsEdited: its address and what it is told of are kept and stand in
// the form again; what is refused, or sent by somebody else, changes nothing.
func TestAWebhookIsEdited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := siteOn(t, db)
		b, other := s.person().may("developer"), s.person().may("developer")
		p := s.rows.Plugin(b.User)
		was := s.rows.Webhook(p)
		path := fmt.Sprintf("/developers/plugins/%d/webhooks/%d", p.ID, was.ID)
		b.sees(path+"/edit", `value="https://example.org/hook"`, `value="transcript.completed" checked`, `!value="plugin_installation.created" checked`)

		b.sent(b.post(path+"/edit", "uri", " https://example.com/other ", "events", "plugin_installation.created", "events", "plugin_installation.deleted"), path+"?done=saved")
		w := s.keptWebhook(p.ID, was.ID)
		if w.URI != "https://example.com/other" || !slices.Equal(w.Events, talkit.EventTypes{talkit.InstallationCreated, talkit.InstallationDeleted}) || w.Disabled {
			t.Errorf("kept is %+v", w)
		}
		b.sees(path+"/edit", `value="https://example.com/other"`, `!value="transcript.completed" checked`, `value="plugin_installation.created" checked`)

		b.refused(http.StatusUnprocessableEntity, b.post(path+"/edit", "uri", "https://example.net/"), "Events must name at least one event type.", `value="https://example.net/"`)
		if w := other.post(path+"/edit", "uri", "https://example.net/", "events", "test.completed"); w.Code != http.StatusNotFound {
			t.Errorf("somebody else: %d", w.Code)
		}
		if now := s.keptWebhook(p.ID, was.ID); now.URI != w.URI || !slices.Equal(now.Events, w.Events) {
			t.Errorf("what was refused is kept: %+v", now)
		}
	})
}

// TestTheStateOfAPlugin: each button does one thing, also when it is pressed
// twice, and leaves the other alone; others may install it while it is published
// and not disabled.
func TestTheStateOfAPlugin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, other := s.person().may("developer"), s.person()
	id := s.rows.Plugin(b.User).ID
	path := fmt.Sprintf("/developers/plugins/%d", id)
	for _, step := range []struct {
		to                  string
		published, disabled bool
	}{
		{"published", true, false}, {"published", true, false}, {"disabled", true, true}, {"disabled", true, true}, {"unpublished", false, true},
		{"enabled", false, false}, {"published", true, false}, {"unpublished", false, false}, {"unpublished", false, false},
	} {
		b.sent(b.post(path+"/state", "to", step.to), path+"?done=saved")
		if p := s.keptPlugin(id); p.Published != step.published || p.Disabled != step.disabled || p.Name != "Notes" {
			t.Errorf("%s: %+v", step.to, p)
		}
		buttons := map[bool][2]string{true: {`value="unpublished"`, `!value="published"`}, false: {`value="published"`, `!value="unpublished"`}}[step.published]
		switches := map[bool][2]string{true: {`value="enabled"`, `!value="disabled"`}, false: {`value="disabled"`, `!value="enabled"`}}[step.disabled]
		b.sees(path, append(buttons[:], switches[:]...)...)
		if _, err := s.App.FetchOffer(t.Context(), other.caller(), id); (err == nil) != (step.published && !step.disabled) {
			t.Errorf("%s: others may install it: %v", step.to, err)
		}
	}
	b.refused(http.StatusBadRequest, b.post(path+"/state", "to", "sold"), "could not be read")
	if w := other.may("developer").post(path+"/state", "to", "published"); w.Code != http.StatusNotFound || s.keptPlugin(id).Published {
		t.Errorf("somebody else: %d", w.Code)
	}
}

var revocations = regexp.MustCompile(`href="(/developers/keys/\d+/revoke)"`)

// TestADeveloperKeyIsRevokedByItsPage: only looking at the question ends nothing,
// nor can somebody else end it; then it is refused at once, and the other is not.
func TestADeveloperKeyIsRevokedByItsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, other := s.person().may("developer"), s.person().may("developer")
	const home = "/developers/keys"
	first := secret(t, b.refused(http.StatusCreated, b.post(home, "name", "laptop")))
	revoke := revocations.FindStringSubmatch(b.sees(home, "laptop"))[1]
	second := secret(t, b.refused(http.StatusCreated, b.post(home, "name", "server")))
	works := func(key string) bool {
		t.Helper()
		who, err := s.App.Authenticate(t.Context(), key, []app.Scheme{app.DeveloperKey}, "")
		if err != nil && talkit.KindOf(err) != talkit.Unauthenticated {
			t.Fatal(err)
		}
		return err == nil && who.UserID == b.ID
	}
	b.sees(revoke, "Revoke the key “laptop”?")
	if w := other.post(revoke); w.Code != http.StatusNotFound || !works(first) {
		t.Errorf("somebody else: %d, it works: %t", w.Code, works(first))
	}
	b.sent(b.post(revoke), home+"?done=revoked")
	if works(first) || !works(second) {
		t.Errorf("the revoked one works: %t, the other: %t", works(first), works(second))
	}
	b.sees(home, "!laptop", "server")
	if w := b.post(revoke); w.Code != http.StatusNotFound {
		t.Errorf("revoked twice: %d", w.Code)
	}
}
