package web

import (
	"net/url"
	"strconv"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) noteVersionRoutes() {
	s.person("GET /app/notes/{id}/versions", s.noteVersions)
	s.person("POST /app/notes/{id}/versions/{number}/restore", s.restoreVersion)
}

// versionsShown is how many versions stand on a page.
const versionsShown = 50

// versionsData is what the page of a note's versions shows.
type versionsData struct {
	Note     noteData
	Versions []app.RevisionHead
	Older    int // the page of older ones begins below this version; 0 for no such page
	From, To int // what is compared, 0 for nothing
	Changes  []change
	Same     bool
}

// Path is the address of the note.
func (d versionsData) Path() string { return d.Note.Path() }

func (s *Web) noteVersions(v *visit) error {
	n, err := v.noteData()
	if err != nil {
		return err
	}
	d := versionsData{Note: n}
	query := v.r.URL.Query()
	var more bool
	d.Versions, more, err = s.App.RevisionHeads(v.r.Context(), v.who, n.ID, positive(query, "below"), versionsShown)
	if err != nil {
		return err
	}
	if more {
		d.Older = d.Versions[len(d.Versions)-1].Number
	}
	if err := v.compare(&d, positive(query, "from"), positive(query, "to")); err != nil {
		return err
	}
	return v.show("app/note-versions", page{Title: "Versions of " + n.Heading(), Nav: "notes", Data: &d})
}

// positive is a number of the query, 0 for none.
func positive(query url.Values, name string) int {
	n, _ := strconv.Atoi(query.Get(name))
	return max(n, 0)
}

// compare compares two versions; where none are named, the last two.
func (v *visit) compare(d *versionsData, from, to int) error {
	if from == 0 || to == 0 {
		from, to = d.Note.Version-1, d.Note.Version
	}
	if from < 1 || from == to {
		return nil
	}
	all, err := v.App.CompareRevisions(v.r.Context(), v.who, d.Note.ID, from, to)
	if err != nil {
		return err
	}
	d.From, d.To, d.Changes, d.Same = from, to, changes(all), true
	for _, c := range d.Changes {
		d.Same = d.Same && c.Op == talkit.Kept
	}
	return nil
}

func (s *Web) restoreVersion(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(v.r.PathValue("number"))
	if err != nil {
		return talkit.Missing("version")
	}
	if _, err := s.App.RestoreRevision(v.r.Context(), v.who, id, number); err != nil {
		return err
	}
	return v.to(notePath(id), "restored")
}
