package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// kept is a form that came after its session had ended. It is carried through
// signing in, by the pages alone, and then sent on by its person.
type kept struct {
	Path   string // where it goes; "" for none
	Values url.Values
}

// keptField is the beginning of the name under which a field is carried.
const keptField = "kept."

// maxKept is how long a form may be to be carried, in bytes: the form of the
// sign-in page has to hold it.
const maxKept = maxOpenForm - 16<<10

// secretFields are never carried, and no form that has one.
var secretFields = []string{"password", "current_password", "proof"}

// signInFirst leads to the sign-in page and back.
func (s *Web) signInFirst(v *visit) error {
	next := v.r.URL.RequestURI()
	if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		return v.to("/app/sign-in?next="+url.QueryEscape(next), "")
	}
	if strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/") {
		return v.ended(next, kept{}, "Sign in, then choose the file again.")
	}
	f, err := v.form()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || len(f.Values.Encode()) > maxKept {
		return v.ended(next, kept{}, "What you sent is too long to be kept on this page: go back to it, sign in in another tab, and send it again.")
	}
	if err != nil {
		return err
	}
	secret := slices.ContainsFunc(secretFields, f.Values.Has)
	switch {
	case secret:
		return v.ended(next, kept{}, "Sign in, then fill in the form again.")
	case len(f.Values) == 0: // a button: its page has it still
		return v.ended(next, kept{}, "Sign in, then press it again.")
	}
	return v.ended(next, kept{next, f.Values}, "Sign in, and send on what you sent: it is kept here.")
}

// ended answers a form of who is signed in no more with the sign-in page.
func (v *visit) ended(next string, k kept, words string) error {
	p := signInPage(localPath(next), k)
	p.Form.Words = "Your session had ended, so nothing was changed. " + words
	return v.showAs(door.StatusOf(talkit.Unauthenticated), "app/sign-in", p)
}

// keptBy is what the form of the sign-in page carries.
func keptBy(f form) kept {
	k := kept{Values: url.Values{}}
	if path := f.Value("form"); path != "" {
		k.Path = localPath(path)
	}
	for name, values := range f.Values {
		if name, ok := strings.CutPrefix(name, keptField); ok {
			k.Values[name] = values
		}
	}
	return k
}

// keptValue is one of a form's, as a hidden field has it.
type keptValue struct{ Name, Value string }

// Fields are what was sent, in an order that stays.
func (k kept) Fields() (fields []keptValue) {
	for _, name := range slices.Sorted(maps.Keys(k.Values)) {
		for _, value := range k.Values[name] {
			fields = append(fields, keptValue{name, value})
		}
	}
	return fields
}

// sendOn lets who has just signed in send on the form that they came with.
func (v *visit) sendOn(g app.Greeting, k kept) error {
	v.who = talkit.Caller{Kind: talkit.CallerUser, UserID: g.Person.ID, Person: g.Person}
	return v.show("app/send-on", page{Title: "You are signed in again", Narrow: true, Data: k})
}
