package web

import (
	"net/http"
	"time"

	"talkit"
	"talkit/internal/door"
)

func (s *Web) ownDataRoutes() {
	s.person("GET /app/settings/data", s.ownData)
	s.person("GET /app/settings/export", s.export)
	s.person("GET /app/settings/delete", s.askDeleteAccount)
	s.person("POST /app/settings/delete", s.deleteAccount)
}

func (s *Web) ownData(v *visit) error {
	return v.show("app/settings-data", page{Title: "Settings", Nav: "settings"})
}

// export sends all that a person has. It is much work: another site cannot
// have it done.
func (s *Web) export(v *visit) error {
	if from := v.r.Header.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" && from != "none" {
		return talkit.Errorf(talkit.Forbidden, "This download was asked for by another site. Begin it on the page of your data.")
	}
	out := &download{w: v.w, control: http.NewResponseController(v.w), kind: "application/zip", name: "talkit-" + time.Now().In(v.zone()).Format("2006-01-02") + ".zip"}
	err := s.App.ExportAccount(v.r.Context(), v.who, out)
	if err != nil && out.begun {
		door.Note(v.r.Context(), err)
		panic(http.ErrAbortHandler) // so that half a file is not taken for a whole one
	}
	return err
}

// download is a file that is made while it is sent. Its headers come with its
// first byte, as until then the answer can be a page that says what is wrong.
type download struct {
	w       http.ResponseWriter
	control *http.ResponseController
	kind    string
	name    string
	begun   bool
}

// Write gives the browser a while longer to take what comes next.
func (d *download) Write(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.w.Header()
		h.Set("Content-Type", d.kind)
		h.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	}
	d.control.SetWriteDeadline(time.Now().Add(door.AnswerTime))
	return d.w.Write(p)
}

type deleteData struct {
	HasPassword bool
	Form        form
}

// showDeleteAccount answers with the page that asks for proof.
func (v *visit) showDeleteAccount(status int, f form) error {
	u, err := v.App.Profile(v.r.Context(), v.who)
	if err != nil {
		return err
	}
	return v.showAs(status, "app/settings-delete", page{Title: "Delete your account?", Nav: "settings", Narrow: true,
		Form: form{Words: f.Words}, Data: deleteData{u.PasswordHash != "", f}})
}

func (s *Web) askDeleteAccount(v *visit) error {
	return v.showDeleteAccount(http.StatusOK, form{})
}

func (s *Web) deleteAccount(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if refused := s.App.DeleteMyAccount(v.r.Context(), v.who, f.Value("proof")); refused != nil {
		if f, err = f.refused(refused); err != nil {
			return err
		}
		return v.showDeleteAccount(statusOfForm(refused), f)
	}
	door.SetSession(v.w, s.App.Wire.URL, "", 0)
	v.w.Header().Set("Clear-Site-Data", `"cache"`) // "storage" would be that of all who use this browser
	gone := v.who.UserID
	v.who = talkit.Caller{}
	return v.show("app/settings-gone", page{Title: "Your account is deleted", Narrow: true, Scripts: []string{"gone"}, Data: gone})
}
