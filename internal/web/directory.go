package web

import (
	"net/url"
	"strconv"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) directoryRoutes() {
	s.person("GET /app/plugins", s.directory)
	s.person("GET /app/plugins/{id}", s.offerPage)
	s.person("GET /app/plugins/{id}/uninstall", s.askUninstall)
	s.person("POST /app/plugins/{id}/uninstall", s.uninstall)
}

// directoryData is the page of plugins. Installed and Mine stand on its first
// part alone.
type directoryData struct {
	Search    string
	First     bool // nothing is searched for, and this is where the directory begins
	Installed []app.Offer
	Mine      []talkit.Plugin // of the developer, not in the directory
	Plugins   []app.Offer
	Next      string // the address of the next part
}

// searchable is how many published plugins there are before one can search.
const searchable = 6

// Searchable tells whether there is anything to search in.
func (d directoryData) Searchable() bool {
	return !d.First || len(d.Plugins) >= searchable
}

func (s *Web) directory(v *visit) error {
	ctx, query := v.r.Context(), v.r.URL.Query()
	f := app.DirectoryFilter{Search: query.Get("q"), After: query.Get("after")}
	list, err := s.App.Directory(ctx, v.who, f)
	if err != nil {
		return err
	}
	d := directoryData{Search: f.Search, First: f.Search == "" && f.After == "", Plugins: list.Plugins}
	if list.Next != "" {
		on := url.Values{"after": {list.Next}}
		if f.Search != "" {
			on.Set("q", f.Search)
		}
		d.Next = "/app/plugins?" + on.Encode()
	}
	if d.First {
		if d.Installed, err = s.App.MyInstallations(ctx, v.who); err != nil {
			return err
		}
		if v.who.Person.Developer {
			if d.Mine, err = s.App.MyUnlisted(ctx, v.who); err != nil {
				return err
			}
		}
	}
	return v.show("app/plugins", page{Title: "Plugins", Nav: "plugins", Data: d})
}

// offer reads the plugin that the address names.
func (v *visit) offer() (app.Offer, error) {
	id, err := v.id("id")
	if err != nil {
		return app.Offer{}, err
	}
	return v.App.FetchOffer(v.r.Context(), v.who, id)
}

func (s *Web) offerPage(v *visit) error {
	o, err := v.offer()
	if err != nil {
		return err
	}
	return v.show("app/plugin", page{Title: o.Name, Nav: "plugins", Data: o})
}

// installed is offer for what the person has installed.
func (v *visit) installed() (app.Offer, error) {
	o, err := v.offer()
	if err == nil && o.Installation == nil {
		err = talkit.Missing("installation")
	}
	return o, err
}

func (s *Web) askUninstall(v *visit) error {
	o, err := v.installed()
	if err != nil {
		return err
	}
	return v.ask("Uninstall "+o.Name+"?", "plugins", question{
		"From now on it can read nothing of yours, and hears of nothing new. What it has read already stays with " + fullName(o.Developer) + ". Your notes stay as they are.",
		"Uninstall it", "/app/plugins/" + strconv.FormatInt(o.ID, 10)})
}

func (s *Web) uninstall(v *visit) error {
	o, err := v.installed()
	if err != nil {
		return err
	}
	if err := s.App.UninstallMine(v.r.Context(), v.who, o.Installation.ID); err != nil {
		return err
	}
	return v.to("/app/plugins", "removed")
}
