package web

import (
	"net/url"
	"strings"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

func (s *Web) signInRoutes() {
	s.open("GET /app/sign-in", s.signInPage)
	s.open("POST /app/sign-in", s.signIn)
	s.open("POST /app/sign-out", s.signOut)
	s.open("GET /app/forgot", s.forgotPage)
	s.open("POST /app/forgot", s.forgot)
	s.open("GET /app/link/{value}", withoutPath(s.linkPage))
	s.open("POST /app/link/{value}", withoutPath(s.useLink))
}

type signInData struct {
	Next string
	Kept kept
}

func signInPage(next string, k kept) page {
	return page{Title: "Sign in", Narrow: true, Data: signInData{next, k}}
}

func (s *Web) signInPage(v *visit) error {
	next := localPath(v.r.URL.Query().Get("next"))
	if v.who.Kind != "" {
		return v.to(next, "")
	}
	return v.show("app/sign-in", signInPage(next, kept{}))
}

// localPath is where to go after signing in: a page of ours, whatever was asked.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") ||
		strings.ContainsAny(next, "\\\r\n\t") || !Owns(u.Path) {
		return "/app"
	}
	return u.RequestURI()
}

func (s *Web) signIn(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	next, k := localPath(f.Value("next")), keptBy(f)
	g, err := s.App.SignIn(v.r.Context(), f.Value("email"), f.Value("password"), v.browser())
	if err != nil {
		door.Note(v.r.Context(), err)
		return v.showAgain("app/sign-in", signInPage(next, k), f, err)
	}
	v.greet(g)
	if k.Path != "" {
		return v.sendOn(g, k)
	}
	return v.to(next, "")
}

// cookieLife is as long as browsers keep a cookie (RFC 6265bis). Sessions end
// sooner, by their row: a shorter life would sign out who comes every day.
const cookieLife = 400 * 24 * time.Hour

// greet gives the browser its session.
func (v *visit) greet(g app.Greeting) {
	door.SetSession(v.w, v.App.Wire.URL, g.Value, cookieLife)
}

func (s *Web) signOut(v *visit) error {
	if v.who.Kind != "" {
		if err := s.App.EndSession(v.r.Context(), v.who, v.who.SessionID); err != nil && !talkit.IsNotFound(err) {
			return err
		}
	}
	door.SetSession(v.w, s.App.Wire.URL, "", 0)
	v.w.Header().Set("Clear-Site-Data", `"cache"`)
	return v.to("/app/sign-in", "")
}

type forgotData struct{ HasMail, Sent bool }

func (s *Web) forgotPage(v *visit) error {
	return v.show("app/forgot", page{Title: "A new password", Narrow: true, Data: forgotData{HasMail: s.App.HasMail()}})
}

func (s *Web) forgot(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	p := page{Title: "A new password", Narrow: true, Data: forgotData{s.App.HasMail(), true}}
	if err := s.App.Recover(v.r.Context(), f.Value("email"), v.browser()); err != nil {
		p.Data = forgotData{HasMail: s.App.HasMail()}
		return v.showAgain("app/forgot", p, f, err)
	}
	return v.show("app/forgot", p)
}

// withoutPath keeps the address of a page, which is a secret, out of the
// Referer even of requests to us.
func withoutPath(do action) action {
	return func(v *visit) error {
		v.w.Header().Set("Referrer-Policy", "strict-origin")
		return do(v)
	}
}

type linkData struct{ Person *talkit.User }

func (s *Web) linkPage(v *visit) error {
	person, err := s.App.LinkPurpose(v.r.Context(), v.r.PathValue("value"))
	if err != nil {
		return err
	}
	return v.show("app/link", linkPage(person))
}

func linkPage(person *talkit.User) page {
	title := "Set up this server"
	if person != nil {
		title = "Choose a password"
	}
	return page{Title: title, Narrow: true, Data: linkData{person}}
}

func (s *Web) useLink(v *visit) error {
	ctx, value := v.r.Context(), v.r.PathValue("value")
	f, err := v.form()
	if err != nil {
		return err
	}
	person, err := s.App.LinkPurpose(ctx, value)
	if err != nil {
		return err
	}
	var g app.Greeting
	if person != nil {
		g, err = s.App.UseLink(ctx, value, f.Value("password"), v.browser())
	} else {
		g, err = s.App.SetUp(ctx, value, app.NewUser{Email: f.Value("email"), FirstName: f.Value("first_name"),
			LastName: f.Value("last_name"), Password: f.Value("password")}, v.browser())
	}
	if err != nil {
		return v.showAgain("app/link", linkPage(person), f, err)
	}
	v.greet(g)
	return v.to("/app", "")
}
