package web

import (
	"net/http"
	"strconv"
	"strings"

	"talkit"
)

func (s *Web) noteEditRoutes() {
	s.person("GET /app/notes/{id}/edit", s.noteEditor)
	s.person("POST /app/notes/{id}/edit", s.writeNote)
}

// conflict is a text that was saved by somebody, or in another tab, while this
// one was written.
type conflict struct{ Changes []change } // what saving the one at hand would change

func (s *Web) noteEditor(v *visit) error {
	n, err := v.noteData()
	if err != nil {
		return err
	}
	if !n.MayEdit() {
		return v.to(n.Path(), "")
	}
	n.Editing, n.Typed = true, editable(n.Paragraphs)
	return v.showNote(n)
}

// writeNote saves what was typed as a new version, unless it is the one there is.
func (s *Web) writeNote(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	n, err := v.noteData()
	if err != nil {
		return err
	}
	typed := typedText(f.Value("text"))
	if n.Version > 0 && typed == editable(n.Paragraphs) {
		return v.to(n.Path(), "")
	}
	over, _ := strconv.Atoi(f.Value("version"))
	if _, err := s.App.WriteTranscript(v.r.Context(), v.who, n.ID, typed, &over); err != nil {
		return v.editAgain(n.ID, typed, over, f, err)
	}
	return v.to(n.Path(), "saved")
}

// typedText is a text as it is kept: browsers send lines with CRLF, and space
// around a text is nobody's.
func typedText(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// editAgain shows what was typed beside what is there now.
func (v *visit) editAgain(id int64, typed string, over int, f form, err error) error {
	n, failed := v.noteData()
	if failed != nil {
		return failed
	}
	n.Editing, n.Typed = true, typed
	meanwhile := talkit.KindOf(err) == talkit.Conflict && n.Version != over
	if meanwhile {
		n.Conflict = &conflict{changes(talkit.Diff(editable(n.Paragraphs), typed))}
	}
	p, failed := v.pageOf(n)
	if failed != nil {
		return failed
	}
	if meanwhile {
		return v.showAs(http.StatusConflict, "app/note", p)
	}
	return v.showAgain("app/note", p, f, err)
}
