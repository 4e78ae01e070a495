package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) consentRoutes() {
	s.open("GET /app/install/{id}", s.consent)
	s.open("POST /app/install/{id}", s.agree)
}

// maxState is the longest state that an install link may carry, in characters.
const maxState = 2000

// consentData is what a person is asked. Here tells that nothing is asked: it
// is installed, and permitted all it wants.
type consentData struct {
	app.Offer
	Here bool
	Had  talkit.Permissions // what was granted before, where it asks for more
	Path string             // where the form goes, with the state of the link
}

// consent asks whether to install a plugin. Who is not signed in comes back.
func (s *Web) consent(v *visit) error {
	id, state, err := v.installLink()
	if err != nil {
		return err
	}
	if v.who.Kind == "" {
		return v.to("/app/sign-in?next="+url.QueryEscape(installPath(id, state)), "")
	}
	o, err := s.App.FetchOffer(v.r.Context(), v.who, id)
	if err != nil {
		return err
	}
	if !o.Installable() {
		if o.Installation == nil && o.UserID != v.who.UserID {
			return talkit.Missing("plugin")
		}
		return v.to(pluginAddress(id), "")
	}
	return v.showConsent(http.StatusOK, o, state, form{})
}

// installLink is what the address says: the plugin, and the plugin's own state.
func (v *visit) installLink() (id int64, state string, err error) {
	if id, err = v.id("id"); err != nil {
		return 0, "", err
	}
	state = v.r.URL.Query().Get("state")
	if len([]rune(state)) > maxState {
		return 0, "", talkit.Errorf(talkit.Invalid, "This link cannot be right: its state has more than %d characters. Go back to where you found it and try again.", maxState)
	}
	return id, state, nil
}

// installPath is the address of the consent page. The state stays in it, as a
// form would not keep all bytes of a field.
func installPath(id int64, state string) string {
	path := "/app/install/" + strconv.FormatInt(id, 10)
	if state != "" {
		path += "?state=" + url.QueryEscape(state)
	}
	return path
}

func pluginAddress(id int64) string { return "/app/plugins/" + strconv.FormatInt(id, 10) }

// showConsent answers with the page that asks.
func (v *visit) showConsent(status int, o app.Offer, state string, f form) error {
	d := consentData{Offer: o, Path: installPath(o.ID, state)}
	title := "Install " + o.Name + "?"
	if i := o.Installation; i != nil && !i.Disabled {
		d.Had, d.Here, title = i.Permissions, len(o.New()) == 0, o.Name+" asks for more"
		if d.Here {
			title = o.Name + " is installed"
		}
	}
	v.w.Header().Set("Content-Security-Policy", consentPolicy(o.SetupURI))
	return v.showAs(status, "app/consent", page{Title: title, Nav: "plugins", Narrow: true, Form: f, Data: d})
}

// consentPolicy lets the form of this page lead to a plugin's own site, and on
// from there: browsers hold every redirect after a form to form-action.
func consentPolicy(setupURI string) string {
	allowed := "form-action 'self'"
	if u, err := url.Parse(setupURI); err == nil && u.Scheme == "http" { // a developer's own machine, by Plugin.Validate
		allowed += " http://" + u.Host + " https:"
	} else if err == nil && u.Scheme == "https" {
		allowed += " https:"
	}
	return strings.Replace(strict, "form-action 'self'", allowed, 1)
}

// agree installs the plugin, if it still asks for what the person saw, and
// leads on to its own site.
func (s *Web) agree(v *visit) error {
	id, state, err := v.installLink()
	if err != nil {
		return err
	}
	if v.who.Kind == "" {
		return v.ended(installPath(id, state), kept{}, "Sign in, and you are asked again.")
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	had, err := s.App.FetchOffer(v.r.Context(), v.who, id)
	if err != nil {
		return err
	}
	o, err := s.App.Agree(v.r.Context(), v.who, id, f.Value("terms"))
	if errors.Is(err, app.ErrAskAgain) {
		if o, err = s.App.FetchOffer(v.r.Context(), v.who, id); err != nil {
			return err
		}
		return v.showConsent(http.StatusConflict, o, state, form{Words: app.ErrAskAgain.Message})
	}
	if err != nil {
		return err
	}
	if o.SetupURI != "" {
		http.Redirect(v.w, v.r, setupAddress(o.SetupURI, o.Installation.UUID, state), http.StatusSeeOther)
		return nil
	}
	return v.to("/app/plugins", doneBy(had))
}

// doneBy is what agreeing has done, seen from before.
func doneBy(had app.Offer) string {
	switch {
	case had.Installation == nil || had.Installation.Disabled:
		return "installed"
	case len(had.New()) > 0:
		return "granted"
	}
	return ""
}

// setupAddress is where a person goes right after installing: the plugin's own
// query stays, and what it ties the installation to its account with is added.
func setupAddress(setupURI, uuid, state string) string {
	address, fragment, hasFragment := strings.Cut(setupURI, "#")
	switch {
	case !strings.Contains(address, "?"):
		address += "?"
	case !strings.HasSuffix(address, "?") && !strings.HasSuffix(address, "&"):
		address += "&"
	}
	address += "plugin_installation_uuid=" + url.QueryEscape(uuid)
	if state != "" {
		address += "&state=" + url.QueryEscape(state)
	}
	if hasFragment {
		address += "#" + fragment
	}
	return address
}
