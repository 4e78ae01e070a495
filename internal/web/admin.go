package web

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) adminRoutes() {
	s.operator("GET /admin", s.adminOverview)
	s.operator("GET /admin/queue", s.adminQueue)
	s.operator("POST /admin/queue/{id}", s.runAgain)
	s.operator("POST /admin/queue/again", s.runAllAgain)
	s.operator("GET /admin/plugins", s.adminPlugins)
	s.operator("POST /admin/plugins/{id}", s.setListed)
	s.operator("GET /admin/audit", s.adminAudit)
	s.operator("GET /admin/audit.csv", s.auditCSV)
	s.peopleRoutes()
}

// spans are how far back the overview looks.
var spans = []struct {
	Name, Label string
	long        time.Duration
}{{"day", "24 hours", 24 * time.Hour}, {"week", "7 days", 7 * 24 * time.Hour}, {"month", "30 days", 30 * 24 * time.Hour}}

type tile struct{ Label, Value, State, Line, Story string }

type overviewData struct {
	Tiles    []tile
	Findings []Finding
	Engines  []engineRow
	Webhooks []app.WebhookNow
	Spans    any
	Span     string
}

func (s *Web) adminOverview(v *visit) error {
	span := spans[0]
	for _, other := range spans {
		if other.Name == v.r.URL.Query().Get("span") {
			span = other
		}
	}
	since := talkit.Now().Add(-span.long)
	o, err := s.App.Overview(v.r.Context(), v.who, since)
	if err != nil {
		return err
	}
	d := overviewData{Tiles: tilesOf(o, since), Webhooks: o.Webhooks, Spans: spans, Span: span.Name}
	if s.Examine != nil {
		d.Findings = s.Examine(v.r.Context())
	}
	if d.Engines, err = s.engineRows(v); err != nil {
		return err
	}
	return v.show("admin/overview", page{Title: "Overview", Nav: "overview", Wide: true, Data: d})
}

func tilesOf(o app.Overview, since talkit.Time) []tile {
	state := func(bad bool) string {
		if bad {
			return "bad"
		}
		return ""
	}
	percent, lag := "–", "–"
	if o.Attempts > 0 {
		percent, lag = fmt.Sprintf("%.1f %%", 100*o.Succeeded), took(o.Lag)
	}
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	tiles := []tile{
		{Label: "Recordings waiting", Value: count(o.Waiting), Line: app.SampleWaiting},
		{Label: "Recordings running", Value: count(o.Running), Line: app.SampleRunning},
		{Label: "Recordings failed", Value: count(o.Failed), State: state(o.FailedLately > 0), Line: app.SampleFailed},
		{Label: "Sound kept", Value: bytesInWords(o.AudioBytes), Line: app.SampleAudio},
		{Label: "Database", Value: bytesInWords(o.DatabaseBytes), Line: app.SampleDatabase},
		{Label: "Webhooks waiting", Value: count(o.Pending), Line: app.SamplePending},
		{Label: "Webhooks delivered, 10 min", Value: percent, State: state(o.Attempts > 0 && o.Succeeded < 0.9), Line: app.SampleSucceeded},
		{Label: "Webhook lag, p95", Value: lag, Line: app.SampleLag},
	}
	for i := range tiles {
		t := &tiles[i]
		points := o.Series[t.Line]
		t.Line, t.Story = lineOver(points, since, talkit.Now()), story(points, inWords(t.Line))
	}
	return tiles
}

// story says of a small picture what eyes see in it.
func story(points []app.Point, say func(float64) string) string {
	if len(points) < 2 {
		return "The picture grows by a point every ten minutes."
	}
	low, high := points[0].Value, points[0].Value
	for _, p := range points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	return fmt.Sprintf("Between %s and %s in this time, now %s.", say(low), say(high), say(points[len(points)-1].Value))
}

// inWords says a value of a sample as its tile does.
func inWords(sample string) func(float64) string {
	switch sample {
	case app.SampleAudio, app.SampleDatabase:
		return func(bytes float64) string { return bytesInWords(int64(bytes)) }
	case app.SampleSucceeded:
		return func(part float64) string { return fmt.Sprintf("%.1f %%", 100*part) }
	case app.SampleLag:
		return func(seconds float64) string { return took(time.Duration(seconds * float64(time.Second))) }
	}
	return func(count float64) string { return fmt.Sprintf("%.0f", count) }
}

type queueData struct {
	Status  string
	Entries []app.QueueEntry
	Before  int64 // where this part begins, 0 for the first
	Older   int64
	Ours    int // recordings that failed by a fault of this server
}

var queueStates = map[string]talkit.RecordingStatus{
	"waiting": talkit.RecordingQueued, "running": talkit.RecordingProcessing, "failed": talkit.RecordingFailed}

func (s *Web) adminQueue(v *visit) error {
	name := v.r.URL.Query().Get("state")
	status, ok := queueStates[name]
	if !ok {
		name, status = "failed", talkit.RecordingFailed
	}
	before, _ := strconv.ParseInt(v.r.URL.Query().Get("before"), 10, 64)
	entries, older, err := s.App.QueueOf(v.r.Context(), v.who, status, before)
	if err != nil {
		return err
	}
	d := queueData{Status: name, Entries: entries, Before: before, Older: older}
	if status == talkit.RecordingFailed {
		ours, err := s.App.EngineFailures(v.r.Context(), v.who)
		if err != nil {
			return err
		}
		d.Ours = len(ours)
	}
	return v.show("admin/queue", page{Title: "Queue", Nav: "queue", Wide: true, Data: d})
}

func (s *Web) runAgain(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if err := s.App.RunAgain(v.r.Context(), v.who, id); err != nil {
		return err
	}
	return v.backTo("/admin/queue", "again", "before")
}

func (s *Web) runAllAgain(v *visit) error {
	if err := s.App.RunAllAgain(v.r.Context(), v.who); err != nil {
		return err
	}
	return v.backTo("/admin/queue", "again", "before")
}

// backTo leads back to the part of a list where the form stood, which names it.
func (v *visit) backTo(path, done, position string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	to := url.Values{"done": {done}}
	if at := f.Value(position); at != "" {
		to.Set(position, at)
	}
	return v.to(path+"?"+to.Encode(), "")
}

type adminPluginsData struct {
	Plugins []app.PluginOverview
	After   int64 // where this part begins, 0 for the first
	Next    int64
}

func (s *Web) adminPlugins(v *visit) error {
	after, _ := strconv.ParseInt(v.r.URL.Query().Get("after"), 10, 64)
	plugins, more, err := s.App.AllPlugins(v.r.Context(), v.who, talkit.Page{Limit: 50, AfterID: max(after, 0)})
	if err != nil {
		return err
	}
	d := adminPluginsData{Plugins: plugins, After: after}
	if more {
		d.Next = plugins[len(plugins)-1].ID
	}
	return v.show("admin/plugins", page{Title: "Plugins", Nav: "plugins", Wide: true, Data: d})
}

func (s *Web) setListed(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	to := f.Value("to")
	if to != "listed" && to != "unlisted" {
		return unreadableForm()
	}
	if err := s.App.SetUnlisted(v.r.Context(), v.who, id, to == "unlisted"); err != nil {
		return err
	}
	return v.backTo("/admin/plugins", "saved", "after")
}
