package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"talkit"
)

// form is what was typed, with what is wrong with it: a page that is shown
// again keeps both.
type form struct {
	Values url.Values
	Wrong  map[string]string // by field
	Words  string            // what is wrong with the whole
}

// The largest form without a file, in bytes. A person's can be a long text.
const (
	maxForm     = 16 << 20
	maxOpenForm = 256 << 10 // of who is not signed in; it may carry another form through signing in
)

// formTime is how long a form may take to come.
const formTime = 30 * time.Second

// form reads what was sent.
func (v *visit) form() (form, error) {
	control := http.NewResponseController(v.w)
	control.SetReadDeadline(time.Now().Add(formTime))
	defer control.SetReadDeadline(time.Time{})
	most := int64(maxOpenForm)
	if v.who.Kind != "" {
		most = maxForm
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, most)
	if err := v.r.ParseForm(); err != nil {
		return form{}, unreadableForm().Because(err)
	}
	if !isText(v.r.PostForm) {
		return form{}, unreadableForm()
	}
	return form{Values: v.r.PostForm}, nil
}

func unreadableForm() *talkit.Error {
	return talkit.Errorf(talkit.Malformed, "The form could not be read. Send it again.")
}

// isText tells whether what was sent is Unicode without U+0000, which no
// browser sends and not each database takes.
func isText(values url.Values) bool {
	for name, all := range values {
		for _, text := range append(all, name) {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				return false
			}
		}
	}
	return true
}

// Value is what was typed into a field.
func (f form) Value(name string) string { return f.Values.Get(name) }

// Is tells whether a choice was made, or a box ticked.
func (f form) Is(name, value string) bool {
	for _, v := range f.Values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// refused is the form with what is wrong; an error that a person cannot mend
// is given back.
func (f form) refused(err error) (form, error) {
	e, ok := errors.AsType[*talkit.Error](err)
	if !ok || e.Kind == talkit.Internal {
		return f, err
	}
	f.Wrong = map[string]string{}
	var placeless []string
	for _, wrong := range e.Fields {
		name, message := fieldOf(wrong)
		if f.Wrong[name] = sentence(message); !f.Values.Has(name) { // a box that was not ticked, or nothing of this page
			placeless = append(placeless, strings.ToUpper(name[:1])+strings.ReplaceAll(name[1:], "_", " ")+" "+message+".")
		}
	}
	f.Words = strings.Join(placeless, " ")
	if len(e.Fields) == 0 {
		f.Words = e.Message
	}
	return f, nil
}

// fieldOf is the field of a page that has the value, and what is wrong with it.
func fieldOf(wrong talkit.FieldError) (name, message string) {
	name = wrong.Location[strings.LastIndex(wrong.Location, ".")+1:]
	switch {
	case name == "crm_integration_id":
		return "crm", "is there no more: choose another"
	case strings.HasPrefix(wrong.Location, "body.permissions."):
		return "permission_" + name, wrong.Message
	case name == "":
		return "form", wrong.Message
	}
	return name, wrong.Message
}

// sentence makes "must be …" stand alone below a field.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	return "This " + message + "."
}

// showAgain answers with the page of a form that was refused.
func (v *visit) showAgain(name string, p page, f form, err error) error {
	status := statusOfForm(err)
	if p.Form, err = f.refused(err); err != nil {
		return err
	}
	return v.showAs(status, name, p)
}

func statusOfForm(err error) int {
	switch talkit.KindOf(err) {
	case talkit.TooMany:
		return http.StatusTooManyRequests
	case talkit.Conflict:
		return http.StatusConflict
	case talkit.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}
