package app

import (
	"context"
	"slices"
	"unicode/utf8"

	"talkit"
	"talkit/internal/search"
	"talkit/internal/store"
)

// NotesFilter says which of their recordings a person wants to see. What is
// zero leaves nothing out.
type NotesFilter struct {
	Query string // words in name or text, the last one may be a beginning
	Type  talkit.TranscriptType
	From  talkit.Time // submitted then or later
	Until talkit.Time // submitted before
	// Before and After are ids that a page ends at: the newest below Before, or
	// those right above After.
	Before, After int64
	Limit         int // 1 to 100, 20 for 0
}

// Limits of a page of notes.
const (
	usualNotes = 20
	mostNotes  = 100
)

// Note is a recording as a list shows it.
type Note struct {
	ID         int64
	Title      string // its name, or made of its text; "Recording" while it has neither
	Type       talkit.TranscriptType
	Status     talkit.RecordingStatus
	WaitingFor talkit.WaitingFor
	Progress   float64 // 0 to 1
	Error      string  // why it failed, in words for the person
	Withdrawn  bool
	CreatedOn  talkit.Time
	Seconds    float64 // how long the sound is, 0 until that is known
	Opening    string  // how its text begins, in some 300 characters
	// Excerpt is the sentence with the hit of a search; else the first one, all
	// of it in Before. It is empty while there is no text.
	Excerpt Excerpt
}

// Excerpt is a part of a text around a word that was found; plain text.
type Excerpt struct{ Before, Hit, After string }

// NotesPage is a part of a person's recordings, the newest first.
type NotesPage struct {
	Notes              []Note
	HasOlder, HasNewer bool // of those the filter leaves
}

// Notes lists a person's own recordings. Its cost does not grow with how many
// there are, nor with how long their texts are.
func (a *App) Notes(ctx context.Context, who talkit.Caller, f NotesFilter) (NotesPage, error) {
	want, err := f.wanted(who)
	if err != nil {
		return NotesPage{}, err
	}
	ask := want
	ask.Limit++
	rows, err := a.DB.Notes(ctx, ask)
	if err != nil {
		return NotesPage{}, err
	}
	more := len(rows) > want.Limit
	rows = rows[:min(len(rows), want.Limit)]
	page := NotesPage{HasOlder: more}
	if want.Upwards {
		slices.Reverse(rows)
		page = NotesPage{HasNewer: more}
	}
	if err := a.lookAround(ctx, want, rows, &page); err != nil {
		return NotesPage{}, err
	}
	page.Notes, err = a.showNotes(ctx, want.Query, rows)
	return page, err
}

func (f NotesFilter) wanted(who talkit.Caller) (store.NotesWanted, error) {
	w := store.NotesWanted{UserID: who.UserID, Type: f.Type, From: f.From, Until: f.Until, Above: f.After, Below: f.Before,
		Upwards: f.After != 0, Limit: f.Limit}
	if who.Kind != talkit.CallerUser {
		return w, talkit.Errorf(talkit.Forbidden, "Only a person has a list of notes.")
	}
	if f.Type != "" {
		if err := f.Type.Validate("query.type"); err != nil {
			return w, err
		}
	}
	if f.Limit < 0 || f.Limit > mostNotes {
		return w, talkit.InvalidField("query.limit", "must be 1 to %d", mostNotes)
	}
	if f.Limit == 0 {
		w.Limit = usualNotes
	}
	var err error
	w.Query, err = search.Parse("query.q", f.Query)
	return w, err
}

// lookAround tells what is on the side of the page where it was not looked yet.
func (a *App) lookAround(ctx context.Context, want store.NotesWanted, rows []store.Note, page *NotesPage) error {
	side := want
	side.Limit = 1
	switch {
	case want.Upwards: // down from After, or from where the page ends
		side.Upwards, side.Above, side.Below = false, 0, want.Above+1
		if len(rows) > 0 {
			side.Below = rows[len(rows)-1].ID
		}
	case want.Below != 0:
		side.Upwards, side.Below, side.Above = true, 0, want.Below-1
		if len(rows) > 0 {
			side.Above = rows[0].ID
		}
	default:
		return nil // the newest are on it
	}
	beside, err := a.DB.Notes(ctx, side)
	if want.Upwards {
		page.HasOlder = len(beside) > 0
	} else {
		page.HasNewer = len(beside) > 0
	}
	return err
}

// Note is one of a person's recordings as the list shows it.
func (a *App) Note(ctx context.Context, who talkit.Caller, id int64) (Note, error) {
	if who.Kind != talkit.CallerUser {
		return Note{}, talkit.Missing("recording")
	}
	row, err := a.DB.Note(ctx, who.UserID, id)
	return newNote(row), err
}

// textBudget is how much text one page looks through for its hits, in bytes.
// It is enough for a page of notes with hours of speech in each.
const textBudget = 8 << 20

func (a *App) showNotes(ctx context.Context, q search.Query, rows []store.Note) ([]Note, error) {
	notes := make([]Note, len(rows))
	budget := textBudget
	for i, row := range rows {
		notes[i] = newNote(row)
		if !q.Asked {
			continue
		}
		text, err := a.textOf(ctx, row, budget)
		if err != nil {
			return nil, err
		}
		budget -= len(text)
		if hit, found := q.Find(text); found {
			notes[i].Excerpt = Excerpt{hit.Before, hit.Word, hit.After}
		}
	}
	return notes, nil
}

// textOf is the current text of a note, or its beginning where it is longer
// than most bytes.
func (a *App) textOf(ctx context.Context, row store.Note, most int) (string, error) {
	if utf8.RuneCountInString(row.Opening) < store.MaxOpening {
		return row.Opening, nil // that is all of it
	}
	text, err := a.DB.CurrentText(ctx, row.ID, most)
	if text == "" {
		return row.Opening, err
	}
	return text, err
}

func newNote(row store.Note) Note {
	n := Note{ID: row.ID, Title: row.Name, Type: row.Type, Status: row.Status, WaitingFor: row.WaitingFor, Progress: row.Progress(),
		Error: row.Error, Withdrawn: row.Withdrawn, CreatedOn: row.CreatedOn, Seconds: row.Audio.Seconds(), Opening: row.Opening,
		Excerpt: Excerpt{Before: talkit.Abstract(row.Opening)}}
	if n.Title == "" {
		n.Title = talkit.Title(row.Opening)
	}
	if n.Title == "" {
		n.Title = "Recording"
	}
	return n
}
