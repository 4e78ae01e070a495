package web

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

func (s *Web) developerRoutes() {
	s.developer("GET /developers", s.developerHome)
	s.developer("GET /developers/plugins/new", s.newPlugin)
	s.developer("POST /developers/plugins/new", s.createPlugin)
	const one = "/developers/plugins/{id}"
	s.developer("GET "+one, s.pluginPage)
	s.developer("GET "+one+"/edit", s.editPlugin)
	s.developer("POST "+one+"/edit", s.changePlugin)
	s.developer("POST "+one+"/state", s.setPluginState)
	s.developer("POST "+one+"/logo", s.setLogo)
	s.developer("GET "+one+"/delete", s.askDeletePlugin)
	s.developer("POST "+one+"/delete", s.deletePlugin)
	s.developer("POST "+one+"/keys", s.createSecretKey)
	s.developer("GET "+one+"/keys/{key}/revoke", s.askRevokeSecretKey)
	s.developer("POST "+one+"/keys/{key}/revoke", s.revokeSecretKey)
	s.developer("GET "+one+"/installations", s.pluginInstallations)
	s.webhookRoutes()
	s.developer("GET /developers/keys", s.developerKeys)
	s.developer("POST /developers/keys", s.createDeveloperKey)
	s.developer("GET /developers/keys/{key}/revoke", developerKeyPages.askRevoke)
	s.developer("POST /developers/keys/{key}/revoke", developerKeyPages.revoke)
	s.developer("GET /developers/start", s.quickStart)
}

func (s *Web) developerHome(v *visit) error {
	plugins, err := s.App.OwnPlugins(v.r.Context(), v.who)
	if err != nil {
		return err
	}
	return v.show("developers/home", page{Title: "Plugins", Nav: "plugins", Wide: true, Data: plugins})
}

// pluginForm is what the form of a plugin is filled with.
type pluginForm struct {
	ID          int64
	Permissions any
	CRMs        []wire.CRMIntegration
}

func (s *Web) pluginForm(v *visit, id int64) (pluginForm, error) {
	crms, err := v.crms()
	return pluginForm{ID: id, Permissions: permissionChoices, CRMs: crms}, err
}

func (s *Web) newPlugin(v *visit) error {
	data, err := s.pluginForm(v, 0)
	if err != nil {
		return err
	}
	return v.show("developers/plugin-form", page{Title: "New plugin", Nav: "plugins", Wide: true, Data: data,
		Form: form{Values: url.Values{"permission_transcript": {"read"}}}})
}

// pluginChange is what the form says.
func pluginChange(f form) app.PluginChange {
	name, description, setup := f.Value("name"), f.Value("description"), f.Value("setup_uri")
	c := app.PluginChange{Name: &name, Description: &description, SetupURI: &setup, Permissions: talkit.Permissions{}, SetCRM: true}
	for _, resource := range permissionChoices {
		if level := f.Value("permission_" + resource.Resource); level != "" && level != talkit.AccessNone {
			c.Permissions[resource.Resource] = level
		}
	}
	if id, err := strconv.ParseInt(f.Value("crm"), 10, 64); err == nil && id > 0 {
		c.CRMIntegrationID = &id
	}
	return c
}

func (s *Web) createPlugin(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	p, err := s.App.CreatePlugin(v.r.Context(), v.who, pluginChange(f))
	if err != nil {
		data, wrong := s.pluginForm(v, 0)
		if wrong != nil {
			return wrong
		}
		return v.showAgain("developers/plugin-form", page{Title: "New plugin", Nav: "plugins", Wide: true, Data: data}, f, err)
	}
	return v.to(pluginPath(p.ID), "")
}

func pluginPath(id int64) string { return "/developers/plugins/" + strconv.FormatInt(id, 10) }

// plugin reads the one that the address names.
func (v *visit) plugin() (app.OwnPlugin, error) {
	id, err := v.id("id")
	if err != nil {
		return app.OwnPlugin{}, err
	}
	return v.App.OwnPlugin(v.r.Context(), v.who, id)
}

// pluginData is all of a plugin's page.
type pluginData struct {
	Plugin        app.OwnPlugin
	Permissions   any
	Keys          []wire.PluginSecretKey
	Webhooks      []wire.PluginWebhook
	Installations int64
	Secret        string // a key that was just made
	InstallLink   string
	MaxKeys       int
}

func (s *Web) pluginData(v *visit) (d pluginData, err error) {
	ctx := v.r.Context()
	if d.Plugin, err = v.plugin(); err != nil {
		return d, err
	}
	keys, err := s.App.ListSecretKeys(ctx, v.who, d.Plugin.ID, talkit.Page{Limit: talkit.MaxSecretKeys})
	if err != nil {
		return d, err
	}
	hooks, err := s.App.ListWebhooks(ctx, v.who, d.Plugin.ID, talkit.Page{Limit: talkit.MaxWebhooks})
	if err != nil {
		return d, err
	}
	installed, err := s.App.ListInstallations(ctx, v.who, d.Plugin.ID, talkit.Page{Limit: 1})
	d.Keys, d.Webhooks, d.Installations = keys.Data, hooks.Data, installed.TotalCount
	d.Permissions, d.MaxKeys = permissionChoices, talkit.MaxSecretKeys
	d.InstallLink = s.App.Wire.URL + "/app/install/" + strconv.FormatInt(d.Plugin.ID, 10)
	return d, err
}

func (s *Web) pluginPage(v *visit) error {
	d, err := s.pluginData(v)
	if err != nil {
		return err
	}
	return v.show("developers/plugin", pluginPage(d))
}

func pluginPage(d pluginData) page {
	return page{Title: d.Plugin.Name, Nav: "plugins", Wide: true, Scripts: []string{"copy"}, Data: d}
}

func (s *Web) editPlugin(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	values := url.Values{"name": {p.Name}, "description": {p.Description}, "setup_uri": {p.SetupURI}}
	for resource, level := range p.Permissions {
		values.Set("permission_"+resource, level)
	}
	if p.CRMIntegrationID != nil {
		values.Set("crm", strconv.FormatInt(*p.CRMIntegrationID, 10))
	}
	data, err := s.pluginForm(v, p.ID)
	if err != nil {
		return err
	}
	return v.show("developers/plugin-form", page{Title: "Edit " + p.Name, Nav: "plugins", Wide: true, Data: data, Form: form{Values: values}})
}

func (s *Web) changePlugin(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	if _, err := s.App.ChangePlugin(v.r.Context(), v.who, p.ID, pluginChange(f)); err != nil {
		data, wrong := s.pluginForm(v, p.ID)
		if wrong != nil {
			return wrong
		}
		return v.showAgain("developers/plugin-form", page{Title: "Edit " + p.Name, Nav: "plugins", Wide: true, Data: data}, f, err)
	}
	return v.to(pluginPath(p.ID), "saved")
}

// setPluginState publishes, takes back, disables or enables.
func (s *Web) setPluginState(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	var c app.PluginChange
	yes, no := true, false
	switch f.Value("to") {
	case "published":
		c.Published = &yes
	case "unpublished":
		c.Published = &no
	case "disabled":
		c.Disabled = &yes
	case "enabled":
		c.Disabled = &no
	default:
		return unreadableForm()
	}
	if _, err := s.App.ChangePlugin(v.r.Context(), v.who, p.ID, c); err != nil {
		return err
	}
	return v.to(pluginPath(p.ID), "saved")
}

func (s *Web) setLogo(v *visit) error {
	d, err := s.pluginData(v)
	if err != nil {
		return err
	}
	picture, err := v.file("logo", app.MaxLogo)
	if err == nil {
		_, err = s.App.SetLogo(v.r.Context(), v.who, d.Plugin.ID, picture)
	}
	if err != nil {
		return v.showAgain("developers/plugin", pluginPage(d), form{}, err)
	}
	return v.to(pluginPath(d.Plugin.ID), "saved")
}

// file reads a file of a form that may be so large, in bytes.
func (v *visit) file(name string, most int64) ([]byte, error) {
	control := http.NewResponseController(v.w)
	control.SetReadDeadline(time.Now().Add(formTime))
	defer control.SetReadDeadline(time.Time{})
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, most+64<<10)
	file, header, err := v.r.FormFile(name)
	if err != nil {
		return nil, talkit.Errorf(talkit.Invalid, "Choose a file of at most %s.", bytesInWords(most)).Because(err)
	}
	defer file.Close()
	if header.Size > most {
		return nil, talkit.Errorf(talkit.TooLarge, "The file has %s; at most %s are taken.", bytesInWords(header.Size), bytesInWords(most))
	}
	return io.ReadAll(file)
}

// question asks before something is destroyed: a page of its own, so that it
// works without scripts.
type question struct{ Words, Button, Back string }

func (v *visit) ask(title, nav string, q question) error {
	return v.show("app/ask", page{Title: title, Nav: nav, Narrow: true, Data: q})
}

func (s *Web) askDeletePlugin(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	return v.ask("Delete "+p.Name+"?", "plugins", question{
		"Its keys, webhooks, delivery logs and installations go with it. Its tokens stop working at once. This cannot be undone.",
		"Delete " + p.Name, pluginPath(p.ID)})
}

func (s *Web) deletePlugin(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	if err := s.App.DeletePlugin(v.r.Context(), v.who, p.ID); err != nil {
		return err
	}
	return v.to("/developers", "deleted")
}

func (s *Web) createSecretKey(v *visit) error {
	d, err := s.pluginData(v)
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	key, err := s.App.CreateSecretKey(v.r.Context(), v.who, d.Plugin.ID, f.Value("description"))
	if err != nil {
		return v.showAgain("developers/plugin", pluginPage(d), f, err)
	}
	if d, err = s.pluginData(v); err != nil {
		return err
	}
	d.Secret = key.Value
	return v.showAs(http.StatusCreated, "developers/plugin", pluginPage(d))
}

// secretKey reads the key that the address names.
func (v *visit) secretKey(p app.OwnPlugin) (wire.PluginSecretKey, error) {
	id, err := v.id("key")
	if err != nil {
		return wire.PluginSecretKey{}, err
	}
	keys, err := v.App.ListSecretKeys(v.r.Context(), v.who, p.ID, talkit.Page{Limit: talkit.MaxSecretKeys})
	for _, k := range keys.Data {
		if k.ID == id {
			return k, nil
		}
	}
	if err == nil {
		err = talkit.Missing("secret key")
	}
	return wire.PluginSecretKey{}, err
}

func (s *Web) askRevokeSecretKey(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	k, err := v.secretKey(p)
	if err != nil {
		return err
	}
	return v.ask("Revoke the secret key …"+k.Value+"?", "plugins", question{
		"Tokens that it signed stop working at once. If your server still signs with it, make another key and change over first.",
		"Revoke it", pluginPath(p.ID)})
}

func (s *Web) revokeSecretKey(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	k, err := v.secretKey(p)
	if err != nil {
		return err
	}
	if err := s.App.RevokeSecretKey(v.r.Context(), v.who, p.ID, k.ID); err != nil {
		return err
	}
	return v.to(pluginPath(p.ID), "revoked")
}

type installationsData struct {
	Plugin app.OwnPlugin
	List   wire.List[wire.PluginInstallation]
	Next   int64
}

func (s *Web) pluginInstallations(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(v.r.URL.Query().Get("after"), 10, 64)
	list, err := s.App.ListInstallations(v.r.Context(), v.who, p.ID, talkit.Page{Limit: 50, AfterID: max(after, 0)})
	if err != nil {
		return err
	}
	d := installationsData{Plugin: p, List: list}
	if list.HasMore {
		d.Next = list.Data[len(list.Data)-1].ID
	}
	return v.show("developers/installations", page{Title: "Installations of " + p.Name, Nav: "plugins", Wide: true, Data: d})
}
