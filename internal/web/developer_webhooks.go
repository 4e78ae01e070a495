package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

func (s *Web) webhookRoutes() {
	const all = "/developers/plugins/{id}/webhooks"
	s.developer("GET "+all+"/new", s.newWebhook)
	s.developer("POST "+all+"/new", s.createWebhook)
	const one = all + "/{webhook}"
	s.developer("GET "+one, s.webhookPage)
	s.developer("GET "+one+"/edit", s.editWebhook)
	s.developer("POST "+one+"/edit", s.changeWebhook)
	s.developer("POST "+one+"/state", s.setWebhookState)
	s.developer("POST "+one+"/test", s.testWebhook)
	s.developer("GET "+one+"/rotate", s.askRotate)
	s.developer("POST "+one+"/rotate", s.rotate)
	s.developer("GET "+one+"/delete", s.askDeleteWebhook)
	s.developer("POST "+one+"/delete", s.deleteWebhook)
	s.developer("GET "+one+"/deliveries/{delivery}", s.deliveryPage)
	s.developer("POST "+one+"/deliveries/{delivery}", s.redeliver)
}

// eventMeanings is what each type of event tells, in the order of the form.
var eventMeanings = []struct{ Type, Meaning string }{
	{string(talkit.TranscriptCompleted), "A transcript is there, released by its person."},
	{string(talkit.TranscriptUpdated), "Its text was changed, or given back after a withdrawal."},
	{string(talkit.TranscriptDisabled), "Its person withdrew it."},
	{string(talkit.InstallationCreated), "Somebody installed the plugin."},
	{string(talkit.InstallationDeleted), "Somebody uninstalled it; its tokens have stopped working."},
	{string(talkit.TestCompleted), "A test of yours. The Test button sends it anyway."},
}

type webhookForm struct {
	Plugin  app.OwnPlugin
	Webhook int64 // 0 for a new one
	Events  any
}

func (s *Web) newWebhook(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	return v.show("developers/webhook-form", page{Title: "New plugin webhook", Nav: "plugins", Wide: true, Data: webhookForm{Plugin: p, Events: eventMeanings},
		Form: form{Values: url.Values{"events": {string(talkit.TranscriptCompleted)}}}})
}

// eventsOf are the types that were ticked; none is not nil.
func eventsOf(f form) talkit.EventTypes {
	events := talkit.EventTypes{}
	for _, name := range f.Values["events"] {
		events = append(events, talkit.EventType(name))
	}
	return events
}

func (s *Web) createWebhook(v *visit) error {
	p, err := v.plugin()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	w, err := s.App.CreateWebhook(v.r.Context(), v.who, p.ID, strings.TrimSpace(f.Value("uri")), eventsOf(f))
	if err != nil {
		return v.showAgain("developers/webhook-form", page{Title: "New plugin webhook", Nav: "plugins", Wide: true, Data: webhookForm{Plugin: p, Events: eventMeanings}}, f, err)
	}
	return s.showWebhook(v, http.StatusCreated, p, w.PluginWebhook, w.Secret)
}

// webhook reads plugin and webhook that the address names.
func (v *visit) webhook() (p app.OwnPlugin, w wire.PluginWebhook, err error) {
	if p, err = v.plugin(); err != nil {
		return p, w, err
	}
	id, err := v.id("webhook")
	if err != nil {
		return p, w, err
	}
	w, err = v.App.FetchWebhook(v.r.Context(), v.who, p.ID, id)
	return p, w, err
}

func webhookPath(w wire.PluginWebhook) string {
	return pluginPath(w.PluginID) + "/webhooks/" + strconv.FormatInt(w.ID, 10)
}

type webhookData struct {
	Plugin  app.OwnPlugin
	Webhook wire.PluginWebhook
	Host    string
	Health  app.WebhookHealth
	Lines   map[string]string // small pictures of the day, as points of a polyline
	Log     app.DeliveryLog
	Filter  url.Values
	Types   any
	Secret  string
	Older   string // the address of the next part of the log
	Path    string
}

func (s *Web) webhookPage(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	return s.showWebhook(v, http.StatusOK, p, w, "")
}

func (s *Web) showWebhook(v *visit, status int, p app.OwnPlugin, w wire.PluginWebhook, secret string) error {
	ctx, query := v.r.Context(), v.r.URL.Query()
	d := webhookData{Plugin: p, Webhook: w, Host: hostOf(w.URI), Filter: query, Types: eventMeanings, Secret: secret, Path: webhookPath(w)}
	var err error
	if d.Health, err = s.App.WebhookHealth(ctx, v.who, p.ID, w.ID); err != nil {
		return err
	}
	d.Lines = healthLines(d.Health)
	if d.Log, err = s.App.DeliveryLog(ctx, v.who, p.ID, w.ID, v.deliveryFilter(query)); err != nil {
		return err
	}
	if d.Log.Older != 0 {
		next := url.Values{}
		for _, name := range []string{"state", "type", "from", "until"} {
			if value := query.Get(name); value != "" {
				next.Set(name, value)
			}
		}
		next.Set("before", strconv.FormatInt(d.Log.Older, 10))
		d.Older = d.Path + "?" + next.Encode()
	}
	return v.showAs(status, "developers/webhook", page{Title: d.Host, Nav: "plugins", Wide: true, Scripts: []string{"copy", "deliveries"}, Data: d})
}

func hostOf(uri string) string {
	if u, err := url.Parse(uri); err == nil && u.Host != "" {
		return u.Host
	}
	return uri
}

// deliveryFilter reads the filter of the log; what makes no sense filters nothing.
func (v *visit) deliveryFilter(query url.Values) app.DeliveryFilter {
	f := app.DeliveryFilter{Status: talkit.DeliveryStatus(query.Get("state")), Type: talkit.EventType(query.Get("type"))}
	if from, ok := v.day(query.Get("from")); ok {
		f.From = talkit.TimeOf(from)
	}
	if until, ok := v.day(query.Get("until")); ok {
		f.Until = talkit.TimeOf(until.AddDate(0, 0, 1))
	}
	f.Before, _ = strconv.ParseInt(query.Get("before"), 10, 64)
	return f
}

// day is the beginning of a day where the person is, as date fields write it.
func (v *visit) day(text string) (time.Time, bool) {
	day, err := time.ParseInLocation(time.DateOnly, text, v.zone())
	return day, err == nil
}

func (s *Web) editWebhook(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	return v.show("developers/webhook-form", page{Title: "Edit " + hostOf(w.URI), Nav: "plugins", Wide: true,
		Data: webhookForm{p, w.ID, eventMeanings}, Form: form{Values: url.Values{"uri": {w.URI}, "events": w.Events}}})
}

func (s *Web) changeWebhook(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	uri := strings.TrimSpace(f.Value("uri"))
	if _, err := s.App.ChangeWebhook(v.r.Context(), v.who, p.ID, w.ID, app.WebhookChange{URI: &uri, Events: eventsOf(f)}); err != nil {
		return v.showAgain("developers/webhook-form", page{Title: "Edit " + hostOf(w.URI), Nav: "plugins", Wide: true, Data: webhookForm{p, w.ID, eventMeanings}}, f, err)
	}
	return v.to(webhookPath(w), "saved")
}

func (s *Web) setWebhookState(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	disabled := f.Value("to") == "disabled"
	if !disabled && f.Value("to") != "enabled" {
		return unreadableForm()
	}
	if _, err := s.App.ChangeWebhook(v.r.Context(), v.who, p.ID, w.ID, app.WebhookChange{Disabled: &disabled}); err != nil {
		return err
	}
	return v.to(webhookPath(w), "saved")
}

func deliveryPath(w wire.PluginWebhook, id int64) string {
	return webhookPath(w) + "/deliveries/" + strconv.FormatInt(id, 10)
}

func (s *Web) testWebhook(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	d, err := s.App.TestWebhook(v.r.Context(), v.who, p.ID, w.ID)
	if err != nil {
		return err
	}
	return v.to(deliveryPath(w, d.ID), "")
}

func (s *Web) askRotate(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	return v.show("developers/rotate", page{Title: "Rotate the secret of " + hostOf(w.URI), Nav: "plugins", Narrow: true, Data: webhookForm{Plugin: p, Webhook: w.ID}})
}

func (s *Web) rotate(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	overlap := app.DefaultOverlap
	if f.Value("overlap") == "0" {
		overlap = 0
	}
	rotated, err := s.App.RotateWebhookSecret(v.r.Context(), v.who, p.ID, w.ID, overlap)
	if err != nil {
		return err
	}
	return s.showWebhook(v, http.StatusOK, p, rotated.PluginWebhook, rotated.Secret)
}

func (s *Web) askDeleteWebhook(v *visit) error {
	_, w, err := v.webhook()
	if err != nil {
		return err
	}
	return v.ask("Delete the webhook to "+hostOf(w.URI)+"?", "plugins", question{
		"Its delivery log goes with it, and what waits to be sent is not sent. This cannot be undone.", "Delete it", webhookPath(w)})
}

func (s *Web) deleteWebhook(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	if err := s.App.DeleteWebhook(v.r.Context(), v.who, p.ID, w.ID); err != nil {
		return err
	}
	return v.to(pluginPath(p.ID), "deleted")
}

type deliveryData struct {
	Plugin   app.OwnPlugin
	Webhook  wire.PluginWebhook
	Host     string
	Delivery wire.Delivery
	Attempts []attemptData // the last first
	Path     string
}

type attemptData struct {
	wire.Attempt
	Request string // its body, laid out for reading
	TooLong bool   // the receiver refused the body's length
	Before  bool   // the webhook changed since: it may have had another address
}

func (s *Web) deliveryPage(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	id, err := v.id("delivery")
	if err != nil {
		return err
	}
	delivery, err := s.App.FetchDelivery(v.r.Context(), v.who, p.ID, w.ID, id)
	if err != nil {
		return err
	}
	d := deliveryData{Plugin: p, Webhook: w, Host: hostOf(w.URI), Delivery: delivery, Path: deliveryPath(w, id)}
	for _, a := range delivery.Attempts {
		shown := attemptData{Attempt: a, Request: laidOut(a.RequestBody), TooLong: a.StatusCode != nil && *a.StatusCode == http.StatusRequestEntityTooLarge,
			Before: a.CreatedOn < w.UpdatedOn}
		d.Attempts = append([]attemptData{shown}, d.Attempts...)
	}
	return v.show("developers/delivery", page{Title: delivery.EventType, Nav: "plugins", Wide: true, Scripts: []string{"copy", "deliveries"}, Data: d})
}

// laidOut is JSON with a line for each value; what was cut stays as it is.
func laidOut(body string) string {
	var out strings.Builder
	var value json.RawMessage
	if json.Unmarshal([]byte(body), &value) != nil {
		return body
	}
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if encoder.Encode(value) != nil {
		return body
	}
	return out.String()
}

func (s *Web) redeliver(v *visit) error {
	p, w, err := v.webhook()
	if err != nil {
		return err
	}
	id, err := v.id("delivery")
	if err != nil {
		return err
	}
	if _, err := s.App.Redeliver(v.r.Context(), v.who, p.ID, w.ID, id); err != nil {
		return err
	}
	return v.to(deliveryPath(w, id), "")
}
