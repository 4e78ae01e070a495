package web

import (
	"net/http"

	"talkit"
)

type keysData struct {
	Keys   []talkit.Key
	Secret string // one that was just made
}

func (s *Web) keysPage(v *visit, secret string) (page, error) {
	keys, err := s.App.MyKeys(v.r.Context(), v.who, talkit.DeveloperKey)
	return page{Title: "Developer keys", Nav: "keys", Wide: true, Scripts: []string{"copy"}, Data: keysData{keys, secret}}, err
}

func (s *Web) developerKeys(v *visit) error {
	p, err := s.keysPage(v, "")
	if err != nil {
		return err
	}
	return v.show("developers/keys", p)
}

func (s *Web) createDeveloperKey(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	value, refused := s.App.CreateMyKey(v.r.Context(), v.who, talkit.DeveloperKey, f.Value("name"))
	p, err := s.keysPage(v, value)
	if err != nil {
		return err
	}
	if refused != nil {
		return v.showAgain("developers/keys", p, f, refused)
	}
	return v.showAs(http.StatusCreated, "developers/keys", p)
}

type startData struct {
	URL, Host string
	PluginID  int64  // 0 for none yet
	UUID      string // of an installation, "" for none yet
}

// quickStart shows how to begin, with the developer's own ids.
func (s *Web) quickStart(v *visit) error {
	d := startData{URL: s.App.Wire.URL}
	var err error
	if d.PluginID, d.UUID, err = s.App.Example(v.r.Context(), v.who); err != nil {
		return err
	}
	return v.show("developers/start", page{Title: "Quick start", Nav: "start", Wide: true, Scripts: []string{"copy"}, Data: d})
}
