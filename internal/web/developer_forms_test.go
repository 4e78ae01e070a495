package web

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
)

// TestOldPagesOfAWebhook do what their buttons say, whatever was pressed since.
func TestOldPagesOfAWebhook(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	p := s.rows.Plugin(b.User)
	path := fmt.Sprintf("/developers/plugins/%d/webhooks/%d", p.ID, s.rows.Webhook(p).ID)
	for range 2 {
		b.sent(b.post(path+"/state", "to", "disabled"), path+"?done=saved")
		b.sees(path, "<strong>Disabled.</strong>", `name="to" value="enabled"`)
	}
	b.refused(http.StatusBadRequest, b.post(path+"/state"), "could not be read")
	for range 2 {
		b.sent(b.post(path+"/state", "to", "enabled"), path+"?done=saved")
		b.sees(path, "!<strong>Disabled.</strong>", `name="to" value="disabled"`)
	}
}

// TestTheLogOfANewWebhook can be filtered: the page that shows its secret has
// another address.
func TestTheLogOfANewWebhook(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	s.rows.Plugin(b.User)
	const all = "/developers/plugins/1/webhooks"
	filter := fmt.Sprintf(`<form method="get" action="%s/1"`, all)
	b.refused(http.StatusCreated, b.post(all+"/new", "uri", "https://example.org/hook", "events", "transcript.completed"), filter)
	b.refused(http.StatusOK, b.post(all+"/1/rotate", "overlap", "1"), filter)
}

// TestNoFormIsRefusedWithoutAReason: also where what is wrong has no field.
func TestNoFormIsRefusedWithoutAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	const path = "/developers/plugins/new"
	b.refused(http.StatusUnprocessableEntity, b.post(path, "name", "Notes", "crm", "99"), "This is there no more: choose another.")
	b.refused(http.StatusUnprocessableEntity, b.post(path, "name", "Notes", "permission_audio", "write"), "This must be one of none, read.")
	b.refused(http.StatusUnprocessableEntity, b.post(path), "Name must not be empty.")
	b.sent(b.post(path, "name", "Notes"), "/developers/plugins/1")
	b.refused(http.StatusUnprocessableEntity, b.post("/developers/plugins/1/webhooks/new", "uri", "https://example.org/"), "Events must name at least one event type.")
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/notes", "crm", "99"), "This is there no more: choose another.")
	seen(t, "a search", b.get("/app/plugins?q="+strings.Repeat("a", 200)), http.StatusUnprocessableEntity, "What you asked for must have at most 100 characters.", "!A value is not")
}

// TestSavingAPluginKeepsItsCRM, also with more of them than a list has.
func TestSavingAPluginKeepsItsCRM(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer")
	var last talkit.CRMIntegration
	s.rows.Do(func(tx *store.Tx) error {
		for n := range 230 {
			last = talkit.CRMIntegration{Name: fmt.Sprintf("CRM %d", n), CreatedOn: talkit.Now()}
			if err := tx.AddCRMIntegration(t.Context(), &last); err != nil {
				return err
			}
		}
		return nil
	})
	b.sent(b.post("/developers/plugins/new", "name", "Notes", "crm", fmt.Sprint(last.ID)), "/developers/plugins/1")
	b.sees("/developers/plugins/1/edit", fmt.Sprintf(`<option value="%d" selected>CRM 229</option>`, last.ID))
}

// TestALogoThroughThePage comes from where the page does, and says why when it
// is none.
func TestALogoThroughThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	b := s.person().may("developer", "admin")
	s.rows.Plugin(b.User)
	const path = "/developers/plugins/1"
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	b.sees(path, "!<img")
	b.sent(b.sendFiles(path+"/logo", [3]string{"logo", "logo.png", picture.String()}), path+"?done=saved")
	p, err := s.App.DB.Plugin(t.Context(), 1)
	if err != nil || p.LogoKey == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	mark := `<img class="logo little" src="/logos/` + p.LogoKey + `"`
	b.sees(path, mark)
	b.sees("/developers", mark)
	for words, sent := range map[string][3]string{"must be a PNG, JPEG or WebP": {"logo", "logo.png", "letters"}, "Choose a file": {"other", "logo.png", picture.String()},
		"at most 2.0 MiB are taken": {"logo", "logo.png", strings.Repeat("a", app.MaxLogo+1)}} {
		b.refused(http.StatusUnprocessableEntity, b.sendFiles(path+"/logo", sent), words, mark)
	}
}
