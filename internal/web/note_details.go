package web

import (
	"strings"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) noteDetailRoutes() {
	s.person("GET /app/notes/{id}/details", s.noteDetails)
	s.person("POST /app/notes/{id}/details", s.changeNoteDetails)
}

// moreDetails is how many empty lines the form has for metadata.
const moreDetails = 3

// detailsData is what the form of a note's title, type and metadata shows.
type detailsData struct {
	Note  noteData
	Types []noteType
	Lines []pair
}

// Name is the type as a heading has it.
func (t noteType) Name() string { return typeName(t.Type) }

func typeName(t talkit.TranscriptType) string { return strings.ToUpper(string(t)[:1]) + string(t)[1:] }

func detailsPage(n noteData, lines []pair) page {
	for range min(moreDetails, talkit.MaxMetadataPairs-len(lines)) {
		lines = append(lines, pair{})
	}
	return page{Title: "Details of " + n.Heading(), Nav: "notes", Data: &detailsData{n, noteTypes, lines}}
}

func (s *Web) noteDetails(v *visit) error {
	n, err := v.noteData()
	if err != nil {
		return err
	}
	return v.show("app/note-details", detailsPage(n, n.Pairs()))
}

func (s *Web) changeNoteDetails(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	n, err := v.noteData()
	if err != nil {
		return err
	}
	lines := typedPairs(f)
	metadata, err := metadataOf(lines)
	if err == nil {
		keepUntouched(metadata, n.Metadata)
		name, kind := strings.TrimSpace(f.Value("name")), talkit.TranscriptType(f.Value("type"))
		_, err = s.App.ChangeRecording(v.r.Context(), v.who, n.ID, app.RecordingChange{Name: &name, Type: &kind, Metadata: metadata})
	}
	if err != nil {
		return v.showAgain("app/note-details", detailsPage(n, lines), f, err)
	}
	return v.to(n.Path(), "saved")
}

// keepUntouched leaves values as they were that the form gave back as a browser
// shows them in one line: without line breaks.
func keepUntouched(metadata, before talkit.Metadata) {
	for name, value := range before {
		shown := strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(value))
		if got, there := metadata[name]; there && got == shown {
			metadata[name] = value
		}
	}
}

// typedPairs are the lines of metadata that hold something.
func typedPairs(f form) []pair {
	var lines []pair
	values := f.Values["value"]
	for i, name := range f.Values["key"] {
		line := pair{Name: strings.TrimSpace(name)}
		if i < len(values) {
			line.Value = strings.TrimSpace(strings.ReplaceAll(values[i], "\r\n", "\n"))
		}
		if line != (pair{}) {
			lines = append(lines, line)
		}
	}
	return lines
}

func metadataOf(lines []pair) (talkit.Metadata, error) {
	m := talkit.Metadata{}
	for _, line := range lines {
		if line.Name == "" {
			return nil, talkit.Errorf(talkit.Invalid, "Give “%s” a name, or leave its line empty.", line.Value)
		}
		if _, twice := m[line.Name]; twice {
			return nil, talkit.Errorf(talkit.Invalid, "There are two lines named “%s”. Give one another name.", line.Name)
		}
		m[line.Name] = line.Value
	}
	return m, detailsInWords(m.Validate("body.metadata"))
}

// detailsInWords makes what is wrong with metadata an error of the whole form:
// no field of it has that name.
func detailsInWords(err error) error {
	if err == nil {
		return nil
	}
	return talkit.Errorf(talkit.Invalid, "Details can be up to 50 lines, each with a name that begins with a letter (a to z) and has at most 40 characters, and up to 500 characters beside it.").Because(err)
}
