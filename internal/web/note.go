package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) noteRoutes() {
	s.person("GET /app/notes/{id}", s.notePage)
	s.noteEditRoutes()
	s.noteVersionRoutes()
	s.noteDetailRoutes()
	s.noteStepRoutes()
	s.noteAgainRoutes()
}

// noteData is what the page of a note shows.
type noteData struct {
	app.OpenNote
	Text     []paragraph
	Words    int // of the text
	ToCheck  int // of these, those that the engine was unsure of
	Wave     wave
	Editing  bool
	Typed    string // what the editor holds
	Conflict *conflict
}

// pair is one line of a note's metadata.
type pair struct{ Name, Value string }

// Pairs are the metadata, in order.
func (n noteData) Pairs() []pair {
	var all []pair
	for _, name := range slices.Sorted(maps.Keys(n.Metadata)) {
		all = append(all, pair{name, n.Metadata[name]})
	}
	return all
}

// Path is the address of the note.
func (n noteData) Path() string { return notePath(n.ID) }

func notePath(id int64) string { return fmt.Sprintf("/app/notes/%d", id) }

// Released tells whether plugins may read it, or might before it was withdrawn.
func (n noteData) Released() bool { return n.TranscriptID != nil }

// InWork tells whether a text is on its way.
func (n noteData) InWork() bool {
	return n.Status == talkit.RecordingQueued || n.Status == talkit.RecordingProcessing
}

// Waits tells whether the text waits for somebody to set up an engine.
func (n noteData) Waits() bool { return n.InWork() && n.WaitingFor == talkit.WaitingForEngine }

// ToReview tells whether the text waits for its person, or to be written.
func (n noteData) ToReview() bool { return n.Status == talkit.RecordingReview }

// Failed tells whether there is no text, and why is in Error.
func (n noteData) Failed() bool { return n.Status == talkit.RecordingFailed }

// MayEdit tells whether the text is there, or to be written by hand.
func (n noteData) MayEdit() bool { return n.ToReview() || n.Status == talkit.RecordingCompleted }

// Unwritten tells whether the person has to write the text.
func (n noteData) Unwritten() bool { return n.ToReview() && n.Version == 0 }

// Heading is the title, or what stands for it.
func (n noteData) Heading() string {
	if n.Title != "" {
		return n.Title
	}
	return "Recording" // as in the list of notes
}

// TypeName is its type as a heading has it.
func (n noteData) TypeName() string { return typeName(n.Type) }

// noteData reads a note of the person who visits.
func (v *visit) noteData() (noteData, error) {
	id, err := v.id("id")
	if err != nil {
		return noteData{}, err
	}
	note, err := v.App.OpenNote(v.r.Context(), v.who, id)
	if err != nil {
		return noteData{}, err
	}
	n := noteData{OpenNote: note, Text: paragraphs(note.Paragraphs)}
	for _, p := range n.Text {
		n.Words += len(p)
		for _, w := range p {
			if w.Unsure {
				n.ToCheck++
			}
		}
	}
	peaks, err := v.App.Peaks(v.r.Context(), v.who, id)
	n.Wave = newWave(peaks)
	return n, err
}

func (s *Web) notePage(v *visit) error {
	n, err := v.noteData()
	if err != nil {
		return err
	}
	n.Editing = n.Unwritten()
	return v.showNote(n)
}

func (v *visit) showNote(n noteData) error {
	p, err := v.pageOf(n)
	if err != nil {
		return err
	}
	return v.show("app/note", p)
}

func (v *visit) pageOf(n noteData) (page, error) {
	peaks, err := v.App.Peaks(v.r.Context(), v.who, n.ID)
	n.Wave = newWave(peaks)
	return page{Title: n.Heading(), Nav: "notes", Wide: true, Long: true, Scripts: []string{"note"}, Data: &n}, err
}

// word is a word of a text as the page shows it.
type word struct {
	Space, Text string
	Time        int // when it was said, in hundredths of a second
	Unsure      bool
	Percent     int // how sure the engine was
}

type paragraph []word

// paragraphs prepare a text for its template.
func paragraphs(all []talkit.Paragraph) []paragraph {
	out := make([]paragraph, len(all))
	for i, p := range all {
		out[i] = make(paragraph, len(p))
		for j, w := range p {
			bare := strings.TrimLeftFunc(w.Word, unicode.IsSpace)
			out[i][j] = word{Space: w.Word[:len(w.Word)-len(bare)], Text: bare, Time: int(w.Start*100 + 0.5), Unsure: w.Unsure(),
				Percent: int(w.Probability*100 + 0.5)}
		}
	}
	return out
}

// editable is a text as the editor holds it: a line is left free between paragraphs.
func editable(all []talkit.Paragraph) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.Text()
	}
	return strings.Join(texts, "\n\n")
}
