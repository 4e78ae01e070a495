package web

import (
	"net/http"

	"talkit"
)

func (s *Web) accessRoutes() {
	const access = "/app/settings/access"
	s.person("GET "+access, s.access)
	s.person("POST /app/settings/password", s.setPassword)
	s.person("POST /app/settings/browsers/{session}/end", s.endBrowser)
	s.person("POST /app/settings/browsers/others/end", s.endOtherBrowsers)
	s.person("POST /app/settings/keys", s.createKey)
	s.person("GET /app/settings/keys/{key}/revoke", userKeyPages.askRevoke)
	s.person("POST /app/settings/keys/{key}/revoke", userKeyPages.revoke)
}

// accessData is the page of what lets a person in.
type accessData struct {
	HasPassword           bool
	Here                  int64 // this browser's session
	Sessions              []talkit.Session
	Keys                  []talkit.Key
	Secret                string // a key that was just made
	PasswordForm, KeyForm form
}

func (v *visit) accessData() (d accessData, err error) {
	ctx := v.r.Context()
	u, err := v.App.Profile(ctx, v.who)
	if err != nil {
		return d, err
	}
	d.HasPassword, d.Here = u.PasswordHash != "", v.who.SessionID
	if d.Sessions, err = v.App.Sessions(ctx, v.who); err != nil {
		return d, err
	}
	d.Keys, err = v.App.MyKeys(ctx, v.who, talkit.UserKey)
	return d, err
}

// showAccess answers with the page; change fills in what the form before it did.
func (v *visit) showAccess(status int, words string, change func(*accessData)) error {
	d, err := v.accessData()
	if err != nil {
		return err
	}
	change(&d)
	return v.showAs(status, "app/settings-access", page{Title: "Settings", Nav: "settings", Scripts: []string{"copy", "settings"},
		Form: form{Words: words}, Data: d})
}

func (s *Web) access(v *visit) error {
	return v.showAccess(http.StatusOK, "", func(*accessData) {})
}

func (s *Web) setPassword(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	refused := s.App.SetPassword(v.r.Context(), v.who, f.Value("current_password"), f.Value("password"))
	if refused == nil {
		return v.to("/app/settings/access", "password")
	}
	told, err := f.refused(refused)
	if err != nil {
		return err
	}
	return v.showAccess(statusOfForm(refused), notSaved(told), func(d *accessData) { d.PasswordForm = told })
}

func (s *Web) endBrowser(v *visit) error {
	id, err := v.id("session")
	if err != nil {
		return err
	}
	if err := s.App.EndSession(v.r.Context(), v.who, id); err != nil {
		return err
	}
	return v.to("/app/settings/access", "signedout")
}

func (s *Web) endOtherBrowsers(v *visit) error {
	if err := s.App.EndOtherSessions(v.r.Context(), v.who); err != nil {
		return err
	}
	return v.to("/app/settings/access", "others")
}

func (s *Web) createKey(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	value, refused := s.App.CreateMyKey(v.r.Context(), v.who, talkit.UserKey, f.Value("name"))
	if refused == nil {
		return v.showAccess(http.StatusCreated, "", func(d *accessData) { d.Secret = value })
	}
	told, err := f.refused(refused)
	if err != nil {
		return err
	}
	return v.showAccess(statusOfForm(refused), notSaved(told), func(d *accessData) { d.KeyForm = told })
}
