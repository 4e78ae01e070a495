package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // people's zones, on machines that have none

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// visit is a request for a page: who asks, and the answer.
type visit struct {
	*Web
	w   http.ResponseWriter
	r   *http.Request
	who talkit.Caller // Kind is "" for who is not signed in
}

// recognise finds out who asks. A cookie that is no longer good is nobody's.
func (v *visit) recognise() error {
	value := door.Session(v.r, v.App.Wire.URL)
	if value == "" {
		return nil
	}
	who, err := v.App.SessionCaller(v.r.Context(), value, v.Door.Remote(v.r))
	if talkit.KindOf(err) == talkit.Unauthenticated {
		return nil
	}
	v.who = who
	door.Of(v.r.Context()).Caller = who
	return err
}

func (v *visit) browser() app.Browser {
	return app.Browser{Address: v.Door.Remote(v.r), Agent: v.r.UserAgent()}
}

// id is a number of the address; what is none names nothing.
func (v *visit) id(name string) (int64, error) {
	id, err := strconv.ParseInt(v.r.PathValue(name), 10, 64)
	if err != nil || id <= 0 {
		return 0, talkit.Missing("page")
	}
	return id, nil
}

// page is what a template is filled with, beside what all pages share.
type page struct {
	Title   string
	Nav     string   // the entry of the navigation that this page belongs to
	Scripts []string // modules below static/js, without .js
	Form    form
	Data    any
	Narrow  bool // a sheet in the middle: signing in, consent
	Wide    bool // for tables, and what stands beside a text
	Long    bool // worth packing; nothing in it comes from its address
}

// view is all that a template sees.
type view struct {
	page
	Person talkit.User
	Signed bool   // in
	Area   string // app, developers or admin
	Done   string // what the form before this page did, in words
	zone   *time.Location
	Path   string
}

// show answers with a page.
func (v *visit) show(name string, p page) error { return v.showAs(http.StatusOK, name, p) }

// showAs answers with a page and a status.
func (v *visit) showAs(status int, name string, p page) error {
	return v.write(status, name, "base", p)
}

// showPart answers with one part of a page, for a script to put in its place.
func (v *visit) showPart(name, part string, p page) error {
	return v.write(http.StatusOK, name, part, p)
}

func (v *visit) write(status int, name, part string, p page) error {
	var out bytes.Buffer
	if err := v.pages.run(&out, name, part, v.view(p)); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Add("Vary", "Accept-Encoding")
	if p.Long && out.Len() > packAbove && takes(v.r) {
		pack(v.w, status, out.Bytes())
		return nil
	}
	v.w.WriteHeader(status)
	v.w.Write(out.Bytes())
	return nil
}

func (v *visit) view(p page) view {
	area, _, _ := strings.Cut(strings.TrimPrefix(v.r.URL.Path, "/"), "/")
	return view{page: p, Person: v.who.Person, Signed: v.who.Kind != "", Area: area, Done: doneWords[v.r.URL.Query().Get("done")],
		zone: v.zone(), Path: v.r.URL.Path}
}

// zone is where the person is, as a script told by a cookie; until then, where
// the server is.
func (v *visit) zone() *time.Location {
	cookie, err := v.r.Cookie("zone")
	if err != nil {
		return time.Local
	}
	name, err := url.QueryUnescape(cookie.Value)
	if err != nil || name == "" || len(name) > 60 || strings.Contains(name, "..") {
		return time.Local
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.Local
	}
	return zone
}

// to sends the browser on to another page, with what was done: a key of
// doneWords or "".
func (v *visit) to(path, done string) error {
	if done != "" {
		path += "?done=" + done
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// doneWords is what pages say of the form that led to them.
var doneWords = map[string]string{
	"released":  "Released. Plugins may read it now.",
	"withdrawn": "Withdrawn. Plugins no longer get its text or its sound.",
	"back":      "Plugins may read it again.",
	"restored":  "Brought back, as a new version. The others are still there.",
	"saved":     "Saved.",

	"transcribing": "It is being transcribed again. Until then the text stays as it is.",
	"deleted":      "Deleted for good.",
	"revoked":      "Revoked. It works no more.",
	"again":        "It runs again.",
	"signedout":    "That browser is signed out.",
	"others":       "All other browsers are signed out.",
	"installed":    "Installed.",
	"granted":      "It may now do what it asked for.",
	"removed":      "Uninstalled. It can read nothing any more.",
	"password":     "Your password is changed. Other browsers are signed out.",
}

// fail answers with a page that says what is wrong.
func (s *Web) fail(v *visit, err error) {
	if errors.Is(err, errSignIn) {
		if err = s.signInFirst(v); err == nil {
			return
		}
	}
	door.Note(v.r.Context(), err)
	told := struct{ Status, Words, RequestID string }{RequestID: v.w.Header().Get("X-Request-Id")}
	kind := talkit.KindOf(err)
	if e, ok := errors.AsType[*talkit.Error](err); ok && kind != talkit.Internal {
		told.Words = e.Message
		if len(e.Fields) > 0 { // an address that has what cannot be
			told.Words = "What you asked for " + e.Fields[0].Message + "."
		}
		if e.RetryAfter > 0 {
			v.w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())+1))
		}
	}
	title := map[talkit.Kind]string{talkit.NotFound: "There is nothing here", talkit.Internal: "Something went wrong here"}[kind]
	if title == "" {
		title = "That did not work"
	}
	if err := v.showAs(door.StatusOf(kind), "app/error", page{Title: title, Narrow: true, Data: told}); err != nil {
		http.Error(v.w, "Something went wrong on the server. It was logged; try again.", http.StatusInternalServerError)
		door.Note(v.r.Context(), err)
	}
}
