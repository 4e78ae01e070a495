package web

import (
	"context"

	"talkit"
	"talkit/wire"
)

// noteStepRoutes are what a person does with a note by a word.
func (s *Web) noteStepRoutes() {
	for _, step := range []struct {
		name, done string
		do         func(context.Context, talkit.Caller, int64) (wire.Recording, error)
	}{
		{"release", "released", s.App.Release},
		{"withdraw", "withdrawn", s.App.Withdraw},
		{"bring-back", "back", s.App.Restore},
		{"retry", "", s.App.Retry},
	} {
		s.person("POST /app/notes/{id}/"+step.name, func(v *visit) error {
			id, err := v.id("id")
			if err != nil {
				return err
			}
			if _, err := step.do(v.r.Context(), v.who, id); err != nil && talkit.KindOf(err) != talkit.Conflict {
				return err
			} else if err != nil { // done already, in another tab: the page says how it stands
				return v.to(notePath(id), "")
			}
			return v.to(notePath(id), step.done)
		})
	}
	s.person("GET /app/notes/{id}/delete", s.deleteNotePage)
	s.person("POST /app/notes/{id}/delete", s.deleteNote)
}

func (s *Web) deleteNotePage(v *visit) error {
	n, err := v.noteData()
	if err != nil {
		return err
	}
	return v.show("app/note-delete", page{Title: "Delete a note", Nav: "notes", Narrow: true, Scripts: []string{"note-delete"}, Data: &n})
}

func (s *Web) deleteNote(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if err := s.App.DeleteRecording(v.r.Context(), v.who, id); err != nil {
		return err
	}
	return v.to("/app", "deleted")
}
