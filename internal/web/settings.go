package web

import (
	"net/url"
	"strconv"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

func (s *Web) settingsRoutes() {
	s.person("GET /app/settings", s.settings)
	s.person("POST /app/settings/name", s.setName)
	s.person("POST /app/settings/notes", s.setNotes)
	s.person("POST /app/settings/sound", s.setSound)
	for _, form := range []string{"password", "keys"} {
		s.person("GET /app/settings/"+form, func(v *visit) error { return v.to("/app/settings/access", "") }) // who reloads what a form led to
	}
	s.wordsRoutes()
	s.accessRoutes()
	s.ownDataRoutes()
}

// settingsData is the page of a person and their notes, with a form for each part.
type settingsData struct {
	User                           talkit.User
	CRMs                           []wire.CRMIntegration
	NameForm, NotesForm, SoundForm form
}

func (v *visit) settingsData() (d settingsData, err error) {
	if d.User, err = v.App.Profile(v.r.Context(), v.who); err != nil {
		return d, err
	}
	d.CRMs, err = v.crms()
	d.NameForm.Values = url.Values{"first_name": {d.User.FirstName}, "last_name": {d.User.LastName}}
	d.NotesForm.Values = url.Values{}
	if d.User.CRMIntegrationID != nil {
		d.NotesForm.Values.Set("crm", strconv.FormatInt(*d.User.CRMIntegrationID, 10))
	}
	if d.User.Review {
		d.NotesForm.Values.Set("review", "yes")
	}
	d.SoundForm.Values = soundValues(d.User.AudioDays)
	return d, err
}

// crms are all customer systems that notes can be filed under: what was chosen
// before has to be among them, or saving would take it away.
func (v *visit) crms() (all []wire.CRMIntegration, err error) {
	for p := (talkit.Page{Limit: 100}); ; p.AfterID = all[len(all)-1].ID {
		list, err := v.App.CRMIntegrations(v.r.Context(), p)
		all = append(all, list.Data...)
		if err != nil || !list.HasMore {
			return all, err
		}
	}
}

func (d settingsData) page() page {
	return page{Title: "Settings", Nav: "settings", Scripts: []string{"settings"}, Data: d}
}

func (s *Web) settings(v *visit) error {
	d, err := v.settingsData()
	if err != nil {
		return err
	}
	return v.show("app/settings", d.page())
}

// setProfile changes the person; place gives the form of the page that is
// shown again if it is refused.
func (v *visit) setProfile(f form, c app.ProfileChange, place func(*settingsData) *form) error {
	_, refused := v.App.ChangeProfile(v.r.Context(), v.who, c)
	if refused == nil {
		return v.to("/app/settings", "saved")
	}
	return v.settingsAgain(f, refused, place)
}

func (v *visit) settingsAgain(f form, refused error, place func(*settingsData) *form) error {
	told, err := f.refused(refused)
	if err != nil {
		return err
	}
	d, err := v.settingsData()
	if err != nil {
		return err
	}
	*place(&d) = told
	p := d.page()
	p.Form.Words = notSaved(told)
	return v.showAs(statusOfForm(refused), "app/settings", p)
}

// notSaved is what stands above a page of several forms of which one was refused.
func notSaved(f form) string {
	if f.Words != "" {
		return f.Words
	}
	return "That was not saved. What is wrong stands beside it, and what you typed is still there."
}

func (s *Web) setName(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	first, last := f.Value("first_name"), f.Value("last_name")
	return v.setProfile(f, app.ProfileChange{FirstName: &first, LastName: &last}, func(d *settingsData) *form { return &d.NameForm })
}

func (s *Web) setNotes(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	crm, err := strconv.ParseInt(f.Value("crm"), 10, 64)
	if err != nil {
		crm = 0
	}
	review := f.Is("review", "yes")
	return v.setProfile(f, app.ProfileChange{CRMIntegrationID: &crm, Review: &review}, func(d *settingsData) *form { return &d.NotesForm })
}

// soundValues is how long sound is kept, as the form says it.
func soundValues(days int) url.Values {
	switch days {
	case talkit.KeepAudio:
		return url.Values{"keep": {"ever"}}
	case talkit.UntilTranscribed:
		return url.Values{"keep": {"transcribed"}}
	}
	return url.Values{"keep": {"days"}, "audio_days": {strconv.Itoa(days)}}
}

func soundDays(f form) (int, error) {
	switch f.Value("keep") {
	case "ever":
		return talkit.KeepAudio, nil
	case "transcribed":
		return talkit.UntilTranscribed, nil
	}
	days, err := strconv.Atoi(f.Value("audio_days"))
	if err != nil || days < 1 {
		return 0, talkit.InvalidField("audio_days", "must be a number of days, 1 or more")
	}
	return days, nil
}

// shorter tells whether sound that is kept now would be erased.
func shorter(days, before int) bool {
	return days != talkit.KeepAudio && (before == talkit.KeepAudio || days < before)
}

type soundData struct {
	Keep string
	Days int
}

// setSound asks before it erases.
func (s *Web) setSound(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	place := func(d *settingsData) *form { return &d.SoundForm }
	days, refused := soundDays(f)
	u, err := s.App.Profile(v.r.Context(), v.who)
	if err != nil {
		return err
	}
	before := u.AudioDays
	u.AudioDays = days
	if refused == nil {
		refused = u.Validate()
	}
	if refused != nil {
		return v.settingsAgain(f, refused, place)
	}
	if shorter(days, before) && f.Value("sure") != "yes" {
		return v.show("app/settings-sound", page{Title: "Erase sound that is there?", Nav: "settings", Narrow: true,
			Data: soundData{f.Value("keep"), days}})
	}
	return v.setProfile(f, app.ProfileChange{AudioDays: &days}, place)
}
