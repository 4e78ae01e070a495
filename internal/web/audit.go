package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"talkit"
	"talkit/internal/app"
)

type auditData struct {
	Entries []auditRow
	Filter  url.Values
	Older   string
	CSV     string
	Wrong   string // what is wrong with the filter
}

// auditFilter reads the filter of the audit log. Who is a number, or an
// address.
func (v *visit) auditFilter(query url.Values) (f app.AuditFilter, wrong string) {
	f.Action = strings.TrimSpace(query.Get("action"))
	if from, ok := v.day(query.Get("from")); ok {
		f.From = talkit.TimeOf(from)
	}
	if until, ok := v.day(query.Get("until")); ok {
		f.Until = talkit.TimeOf(until.AddDate(0, 0, 1))
	}
	f.Before, _ = strconv.ParseInt(query.Get("before"), 10, 64)
	who := strings.TrimSpace(query.Get("who"))
	if who == "" {
		return f, ""
	}
	id, err := strconv.ParseInt(who, 10, 64)
	if err != nil {
		u, err := v.App.UserByEmail(v.r.Context(), who)
		if err != nil {
			return f, "Nobody here has the address " + who + "."
		}
		id = u.ID
	}
	f.ActorID = id
	return f, ""
}

func (s *Web) adminAudit(v *visit) error {
	query := v.r.URL.Query()
	d := auditData{Filter: query}
	f, wrong := v.auditFilter(query)
	if d.Wrong = wrong; wrong != "" {
		return v.show("admin/audit", page{Title: "Log", Nav: "audit", Wide: true, Data: d})
	}
	entries, older, err := s.App.AuditLog(v.r.Context(), v.who, f)
	if err != nil {
		return err
	}
	for _, e := range entries {
		d.Entries = append(d.Entries, rowOf(e))
	}
	same := url.Values{}
	for _, name := range []string{"action", "who", "from", "until"} {
		if value := query.Get(name); value != "" {
			same.Set(name, value)
		}
	}
	d.CSV = "/admin/audit.csv?" + same.Encode()
	if older != 0 {
		same.Set("before", strconv.FormatInt(older, 10))
		d.Older = "/admin/audit?" + same.Encode()
	}
	return v.show("admin/audit", page{Title: "Log", Nav: "audit", Wide: true, Data: d})
}

// auditCSV streams the filtered log, a part at a time.
func (s *Web) auditCSV(v *visit) error {
	f, wrong := v.auditFilter(v.r.URL.Query())
	if wrong != "" {
		return talkit.Errorf(talkit.Invalid, "%s", wrong)
	}
	entries, older, err := s.App.AuditLog(v.r.Context(), v.who, f)
	if err != nil {
		return err
	}
	out := csv.NewWriter(&download{w: v.w, control: http.NewResponseController(v.w), kind: "text/csv; charset=utf-8", name: "talkit-audit.csv"})
	out.Write([]string{"time", "actor", "actor_id", "email", "address", "action", "thing", "thing_id", "detail"})
	for {
		for _, e := range entries {
			out.Write(cells(e.CreatedOn.String(), string(e.Actor), fmt.Sprint(e.ActorID), e.Email, e.Address, e.Action, e.Thing, fmt.Sprint(e.ThingID), e.Detail))
		}
		out.Flush()
		if older == 0 || out.Error() != nil {
			return nil // a reader that went away is no fault, and headers are out
		}
		f.Before = older
		if entries, older, err = s.App.AuditLog(v.r.Context(), v.who, f); err != nil {
			panic(http.ErrAbortHandler) // a file that ends early must not look whole
		}
	}
}

// afterSeparator finds what a spreadsheet would take for a formula: a cell's
// first sign, also where it splits cells at semicolons or tabs.
var afterSeparator = regexp.MustCompile(`(^|[;,|"\t\r\n])(\s*[=+\-@＝＋－＠])`)

// cells are texts that no spreadsheet takes for a formula.
func cells(texts ...string) []string {
	for i, text := range texts {
		texts[i] = afterSeparator.ReplaceAllString(text, "$1'$2")
	}
	return texts
}

// auditRow is an entry in words.
type auditRow struct {
	app.AuditEntry
	Who, WhoPage     string // "" where there is no page
	What, WhatPage   string
	Plugin, PluginAt string // whose the thing is, where it is a plugin's
	Note             string // what else the entry says
}

func rowOf(e app.AuditEntry) auditRow {
	row := auditRow{AuditEntry: e, Note: e.Detail}
	row.Who, row.WhoPage = whoOf(e)
	row.What, row.WhatPage = thingOf(e)
	if rest, ok := strings.CutPrefix(e.Detail, "plugin="); ok {
		number, note, _ := strings.Cut(rest, " ")
		if id, err := strconv.ParseInt(number, 10, 64); err == nil {
			row.Plugin, row.PluginAt, row.Note = "of plugin "+number, adminPluginPage(id), note
		}
	}
	return row
}

func whoOf(e app.AuditEntry) (words, page string) {
	switch {
	case e.Email != "":
		return e.Email, personPath(e.ActorID)
	case e.Actor == "server":
		return "the server", ""
	case e.Actor == talkit.CallerInstallation:
		return fmt.Sprintf("installation %d", e.ActorID), ""
	case e.Actor == talkit.CallerOperator && e.ActorID == 0:
		return "an operator", ""
	case e.ActorID == 0:
		return "nobody known", ""
	}
	return fmt.Sprintf("person %d", e.ActorID), ""
}

func thingOf(e app.AuditEntry) (words, page string) {
	kind := strings.ReplaceAll(e.Thing, "_", " ")
	switch {
	case e.Thing == "user" && e.ThingName != "":
		return e.ThingName, personPath(e.ThingID)
	case e.Thing == "plugin" && e.ThingName != "":
		return "plugin " + e.ThingName, adminPluginPage(e.ThingID)
	case e.Thing == "user" && e.ThingID == 0:
		return "nobody known", ""
	case e.Thing == "user":
		kind = "person"
	case e.ThingID == 0:
		return "the " + kind, ""
	}
	return fmt.Sprintf("%s %d", kind, e.ThingID), ""
}

func personPath(id int64) string { return "/admin/people/" + strconv.FormatInt(id, 10) }

// adminPluginPage is the part of the list that begins with the plugin.
func adminPluginPage(id int64) string { return fmt.Sprintf("/admin/plugins?after=%d", id-1) }
