package web

import (
	"net/http"
	"net/url"
	"strconv"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) peopleRoutes() {
	s.operator("GET /admin/people", s.people)
	s.operator("GET /admin/people/new", s.invitePage)
	s.operator("POST /admin/people/new", s.invite)
	s.operator("GET /admin/people/{id}", s.personPage)
	s.operator("POST /admin/people/{id}", s.changePerson)
	s.operator("POST /admin/people/{id}/link", s.linkForPerson)
	s.operator("GET /admin/people/{id}/delete", s.askDeletePerson)
	s.operator("POST /admin/people/{id}/delete", s.deletePerson)
}

type peopleData struct {
	People []talkit.User
	Query  string
	Next   int64
}

func (s *Web) people(v *visit) error {
	query := v.r.URL.Query()
	after, _ := strconv.ParseInt(query.Get("after"), 10, 64)
	found, more, err := s.App.People(v.r.Context(), v.who, query.Get("q"), talkit.Page{Limit: 50, AfterID: max(after, 0)})
	if err != nil {
		return err
	}
	d := peopleData{People: found, Query: query.Get("q")}
	if more {
		d.Next = found[len(found)-1].ID
	}
	return v.show("admin/people", page{Title: "People", Nav: "people", Wide: true, Data: d})
}

func (s *Web) invitePage(v *visit) error {
	return v.show("admin/invite", s.inviteForm(form{Values: url.Values{"mail": {"1"}}}))
}

func (s *Web) inviteForm(f form) page {
	return page{Title: "Invite somebody", Nav: "people", Wide: true, Form: f, Data: s.App.HasMail()}
}

// invite makes a person, and a link for them to come in by.
func (s *Web) invite(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	u, err := s.App.CreateUser(v.r.Context(), v.who, app.NewUser{Email: f.Value("email"), FirstName: f.Value("first_name"),
		LastName: f.Value("last_name"), Developer: f.Value("developer") != "", Admin: f.Value("admin") != ""})
	if err != nil {
		return v.showAgain("admin/invite", s.inviteForm(f), f, err)
	}
	return s.handLink(v, http.StatusCreated, u, f.Value("mail") != "")
}

type personData struct {
	Person talkit.User
	Link   string // a one-time link that was just made
	Mailed bool
	Life   string
	Mail   bool // the server can send mail
	Self   bool
}

// handLink makes a link and mails it, or shows it to be handed on.
func (s *Web) handLink(v *visit, status int, u talkit.User, mail bool) error {
	d := personData{Person: u, Mail: s.App.HasMail(), Self: u.ID == v.who.UserID, Life: "a day"}
	life := talkit.RecoveryLife
	if u.PasswordHash == "" {
		life, d.Life = talkit.InvitationLife, "a week"
	}
	var err error
	if mail && d.Mail {
		d.Mailed, err = true, s.App.MailLink(v.r.Context(), v.who, u)
	} else {
		d.Link, err = s.App.MakeLink(v.r.Context(), v.who, u.ID, life)
	}
	if err != nil {
		return err
	}
	return v.showAs(status, "admin/person", personPage(d))
}

func personPage(d personData) page {
	return page{Title: fullName(d.Person), Nav: "people", Wide: true, Scripts: []string{"copy"}, Data: d, Form: form{Values: rightsOf(d.Person)}}
}

// rightsOf are the boxes of a person's page, and in "was" how they stood when
// it was made: what somebody else changes meanwhile stays.
func rightsOf(u talkit.User) url.Values {
	values := url.Values{}
	for name, is := range map[string]bool{"developer": u.Developer, "admin": u.Admin, "disabled": u.Disabled} {
		if is {
			values.Set(name, "1")
			values.Add("was", name)
		}
	}
	return values
}

// turned is what a person's page says of a right: nil for as it is.
func turned(f form, name string) *bool {
	is := f.Value(name) != ""
	if is == f.Is("was", name) {
		return nil
	}
	return &is
}

// named reads the person that the address names.
func (v *visit) named() (talkit.User, error) {
	id, err := v.id("id")
	if err != nil {
		return talkit.User{}, err
	}
	return v.App.Person(v.r.Context(), v.who, id)
}

func (s *Web) personPage(v *visit) error {
	u, err := v.named()
	if err != nil {
		return err
	}
	return v.show("admin/person", personPage(personData{Person: u, Mail: s.App.HasMail(), Self: u.ID == v.who.UserID}))
}

func (s *Web) changePerson(v *visit) error {
	u, err := v.named()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	_, err = s.App.ChangeUser(v.r.Context(), v.who, u.Email,
		app.UserChange{Developer: turned(f, "developer"), Admin: turned(f, "admin"), Disabled: turned(f, "disabled")})
	if err != nil {
		d := personData{Person: u, Mail: s.App.HasMail(), Self: u.ID == v.who.UserID}
		return v.showAgain("admin/person", personPage(d), f, err)
	}
	return v.to(personPath(u.ID), "saved")
}

func (s *Web) linkForPerson(v *visit) error {
	u, err := v.named()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	return s.handLink(v, http.StatusOK, u, f.Value("how") == "mail")
}

func (s *Web) askDeletePerson(v *visit) error {
	u, err := v.named()
	if err != nil {
		return err
	}
	return v.ask("Delete the account of "+fullName(u)+"?", "people", question{
		"All their notes, sound, plugins and keys go with it, for good. They are signed out at once. To shut them out and keep everything, disable them instead.",
		"Delete " + u.Email, personPath(u.ID)})
}

func (s *Web) deletePerson(v *visit) error {
	u, err := v.named()
	if err != nil {
		return err
	}
	if err := s.App.DeleteUser(v.r.Context(), v.who, u.ID); err != nil {
		return err
	}
	return v.to("/admin/people", "deleted")
}
