package web

import "talkit"

func (s *Web) homeRoutes() {
	s.person("GET /app", s.home)
	s.person("POST /app/files", s.sendFiles)
	s.installableRoutes()
}

// noteType is a kind of dictation in words.
type noteType struct {
	Type      talkit.TranscriptType
	One, Many string
}

var noteTypes = []noteType{
	{talkit.Note, "A note", "Notes"}, {talkit.Meeting, "A meeting", "Meetings"}, {talkit.Task, "A task", "Tasks"}, {talkit.Letter, "A letter", "Letters"},
}

// homeData is what the page of a person's notes shows.
type homeData struct {
	MaxUpload int64
	Types     []noteType
}

func (s *Web) home(v *visit) error {
	return v.show("app/home", page{Title: "Notes", Nav: "notes", Scripts: []string{"home"}, Data: homeData{MaxUpload: s.MaxUpload, Types: noteTypes}})
}
