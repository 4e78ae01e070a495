// Package web is the pages: for people who dictate (/app), who build plugins
// (/developers) and who run the server (/admin). They are made on the server
// and work without scripts; the scripts call the operations of the API.
package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// Options are what the pages need.
type Options struct {
	App       *app.App
	Door      door.Door
	MaxUpload int64 // bytes of sound in one recording

	// Examine tells how what the server needs was found, for those who run it.
	// It is quick.
	Examine func(ctx context.Context) []Finding
	// Models are those installed on this machine, for those who run it.
	Models func() []Model
}

// Model is one that is installed.
type Model struct {
	Machine, Name string
	Bytes         int64
	Whole         bool // its files are there, at their sizes
}

// Finding is one thing that was looked at, and how to mend it.
type Finding struct {
	Check    string
	OK       bool
	Words    string
	LookedOn talkit.Time // 0 while it is looked at for the first time
}

// Web answers for all pages.
type Web struct {
	Options
	mux    *http.ServeMux
	opened []string // the pattern of each page
	guard  *http.CrossOriginProtection
	pages  pages
	static *static
}

// Pages are the patterns of all addresses that can be looked at, for tests that
// look at each.
func (s *Web) Pages() (patterns []string) {
	for _, pattern := range s.opened {
		if strings.HasPrefix(pattern, "GET ") {
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

// Owns tells whether a path belongs to the pages.
func Owns(path string) bool {
	if path == "/" || path == "/favicon.ico" {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first == "app" || first == "developers" || first == "admin" || first == "static"
}

// New makes the pages with all their routes.
func New(options Options) (*Web, error) {
	s := &Web{Options: options, mux: http.NewServeMux(), guard: http.NewCrossOriginProtection()}
	if url := options.App.Wire.URL; url != "" {
		if err := s.guard.AddTrustedOrigin(url); err != nil {
			return nil, err
		}
	}
	var err error
	if s.static, err = newStatic(); err != nil {
		return nil, err
	}
	if s.pages, err = s.parsePages(); err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}

// routes is every address of the pages.
func (s *Web) routes() {
	s.mux.Handle("GET /{$}", http.RedirectHandler("/app", http.StatusFound))
	s.mux.HandleFunc("GET /static/{path...}", s.static.serve)
	s.mux.HandleFunc("GET /favicon.ico", s.static.favicon)
	s.open("/", func(v *visit) error { return talkit.Missing("page") })
	s.signInRoutes()
	s.homeRoutes()
	s.noteRoutes()
	s.developerRoutes()
	s.directoryRoutes()
	s.consentRoutes()
	s.settingsRoutes()
	s.adminRoutes()
	s.landings()
}

// landings leads who asks for the address of a form, as who reloads what it led
// to does, to the page above it. The guards are there.
func (s *Web) landings() {
	for _, pattern := range s.opened {
		path, isForm := strings.CutPrefix(pattern, "POST ")
		if !isForm || slices.Contains(s.opened, "GET "+path) {
			continue
		}
		above := path
		for !slices.Contains(s.opened, "GET "+above) {
			above = above[:strings.LastIndex(above, "/")]
		}
		parts := strings.Count(above, "/")
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			asked := strings.Split(r.URL.EscapedPath(), "/")
			http.Redirect(w, r, strings.Join(asked[:parts+1], "/"), http.StatusSeeOther)
		})
	}
}

// strict is the Content-Security-Policy of every page: all of it comes from
// here, and nothing runs or looks that stands in the page itself.
const strict = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (s *Web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Door.Serve(w, r, http.HandlerFunc(s.serve), func(w http.ResponseWriter, r *http.Request, err error) {
		s.fail(&visit{Web: s, w: w, r: r}, err)
	})
}

func (s *Web) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", strict)
	h.Set("Referrer-Policy", "same-origin") // none at all would make browsers send Origin: null with forms
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	if err := s.guard.Check(r); err != nil {
		s.fail(&visit{Web: s, w: w, r: r}, talkit.Errorf(talkit.Forbidden, "This form was sent from another site. Open the page here and send it again.").Because(err))
		return
	}
	if !isText(r.URL.Query()) && !strings.HasPrefix(r.URL.Path, "/app/install/") { // there a plugin's state may be any bytes
		s.fail(&visit{Web: s, w: w, r: r}, talkit.Missing("page"))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// action answers a visit; an error becomes a page that says what is wrong.
type action func(v *visit) error

// open adds an address that everyone may visit.
func (s *Web) open(pattern string, do action) {
	s.opened = append(s.opened, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Web: s, w: w, r: r}
		if err := v.recognise(); err != nil {
			s.fail(v, err)
			return
		}
		if err := do(v); err != nil {
			s.fail(v, err)
		}
	})
}

// person adds an address for those who are signed in.
func (s *Web) person(pattern string, do action) {
	s.open(pattern, func(v *visit) error {
		if v.who.Kind == "" {
			return errSignIn
		}
		return do(v)
	})
}

// developer adds an address for those who build plugins.
func (s *Web) developer(pattern string, do action) {
	s.person(pattern, func(v *visit) error {
		if !v.who.Person.Developer {
			return talkit.Errorf(talkit.Forbidden, "These pages are for people who build plugins. Whoever runs this server can make you one of them.")
		}
		v.who.Kind = talkit.CallerDeveloper
		return do(v)
	})
}

// operator adds an address for those who run the server.
func (s *Web) operator(pattern string, do action) {
	s.person(pattern, func(v *visit) error {
		if !v.who.Person.Admin {
			return talkit.Missing("page")
		}
		v.who.Kind = talkit.CallerOperator
		return do(v)
	})
}

var errSignIn = errors.New("not signed in")
