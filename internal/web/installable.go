package web

import (
	"encoding/json"
	"fmt"
	"net/http"

	"talkit"
)

// What makes the pages for people who dictate an app on a phone: the manifest
// (W3C Web Application Manifest), and a service worker, which takes what other
// apps share and has a page for when there is no network.
func (s *Web) installableRoutes() {
	s.mux.HandleFunc("GET /app/manifest.webmanifest", s.manifest)
	s.mux.HandleFunc("GET /app/sw.js", s.serviceWorker)
	s.open("GET /app/offline", s.offline)
	s.person("POST /app/share", s.sendFiles) // where no service worker took it
	s.person("GET /app/share", func(v *visit) error { return v.to("/app", "") })
}

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// manifest describes the app.
func (s *Web) manifest(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(map[string]any{
		"id": "/app", "name": "Talkit", "short_name": "Talkit", "description": "Dictate, and read what you said.", "lang": "en",
		"start_url": "/app", "scope": "/app", "display": "standalone",
		"background_color": "#faf9f6", "theme_color": "#faf9f6",
		"icons": []manifestIcon{
			{s.static.path("icons/icon-192.png"), "192x192", "image/png", "any"},
			{s.static.path("icons/icon-512.png"), "512x512", "image/png", "any"},
			{s.static.path("icons/icon-maskable-512.png"), "512x512", "image/png", "maskable"},
			{s.static.path("icons/icon.svg"), "any", "image/svg+xml", "any"},
		},
		"shortcuts": []map[string]any{{"name": "Record", "url": "/app?record"}},
		"share_target": map[string]any{"action": "/app/share", "method": "POST", "enctype": "multipart/form-data",
			"params": map[string]any{"files": []map[string]any{{"name": "audio", "accept": []string{"audio/*", "video/*"}}}}},
	})
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(body)
}

// serviceWorker is one line: the module with a version in its address, so that
// a new one is taken at once when it changed.
func (s *Web) serviceWorker(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Service-Worker-Allowed", "/app")
	fmt.Fprintf(w, "import %q;\n", s.static.path("js/service-worker.js"))
}

// offline is what the service worker shows when the server cannot be reached.
// It holds nothing of anybody.
func (s *Web) offline(v *visit) error {
	v.who = talkit.Caller{}
	return v.show("app/offline", page{Title: "Not connected", Narrow: true, Scripts: []string{"offline"}})
}
