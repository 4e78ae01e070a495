package web

import (
	"slices"

	"talkit"
)

func (s *Web) homeRoutes() {
	s.person("GET /app", s.home)
	s.person("GET /app/notes/{id}/row", s.noteRow)
	s.person("POST /app/files", s.sendFiles)
	s.installableRoutes()
}

// noteType is a kind of dictation in words.
type noteType struct {
	Type      talkit.TranscriptType
	One, Many string
}

var noteTypes = []noteType{
	{talkit.Note, "a note", "Notes"}, {talkit.Meeting, "a meeting", "Meetings"}, {talkit.Task, "a task", "Tasks"}, {talkit.Letter, "a letter", "Letters"},
}

// homeData is what the page of a person's notes shows.
type homeData struct {
	listAsked
	MaxUpload    int64
	Types        []noteType
	Languages    []language // that can be said of what is sent, beside the person's own
	Own          string     // the person's own by name, "" where it is found by itself
	Days         []noteDay
	Newer, Older string // addresses, "" where there are none
	Wrong        string // why nothing can be shown, in words
}

// Blank tells whether the person has no notes at all.
func (d homeData) Blank() bool { return len(d.Days) == 0 && !d.Narrowed() && !d.Elsewhere() }

func (s *Web) home(v *visit) error {
	asked := v.listAsked()
	d := homeData{listAsked: asked, MaxUpload: s.MaxUpload, Types: noteTypes}
	if err := d.offerLanguages(v); err != nil {
		return err
	}
	list, err := s.App.Notes(v.r.Context(), v.who, asked.filter(v.zone()))
	if talkit.KindOf(err) == talkit.Invalid { // a search of too many words
		refused, _ := form{}.refused(err)
		d.Wrong = refused.Wrong["q"]
		err = nil
	}
	if err != nil {
		return err
	}
	d.Days = byDay(list.Notes, v)
	if n := len(list.Notes); n > 0 && list.HasNewer {
		d.Newer = asked.newerThan(list.Notes[0].ID)
	}
	if n := len(list.Notes); n > 0 && list.HasOlder {
		d.Older = asked.olderThan(list.Notes[n-1].ID)
	}
	return v.show("app/home", page{Title: "Notes", Nav: "notes", Scripts: []string{"home"}, Data: d})
}

func (d *homeData) offerLanguages(v *visit) error {
	d.Languages = languageChoices(v.App.LanguagesKnown())
	own, err := v.App.OwnLanguage(v.r.Context(), v.who.UserID)
	if own != "" {
		d.Own = languageChoices([]string{own})[0].Name
		d.Languages = slices.DeleteFunc(d.Languages, func(l language) bool { return l.Code == own })
	}
	return err
}

// noteRow is one note as the list shows it, for the script that keeps the list
// up to date.
func (s *Web) noteRow(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	note, err := s.App.Note(v.r.Context(), v.who, id)
	if err != nil {
		return err
	}
	return v.showPart("app/home", "row", page{Data: noteRow{note}})
}
