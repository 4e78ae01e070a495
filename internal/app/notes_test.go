package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// diary is a person with recordings.
type diary struct {
	t    testing.TB
	a    *App
	who  talkit.Caller
	user talkit.User
}

func newDiary(t testing.TB, a *App) diary {
	u := storetest.RowsOf(t, a.DB).User()
	return diary{t, a, talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, Person: u}, u}
}

// add keeps a recording with a text, "" for none yet, and returns its id.
func (d diary) add(name, text string, change func(r *talkit.Recording)) int64 {
	d.t.Helper()
	r := storetest.NewRecording(d.user)
	r.Name = name
	if change != nil {
		change(&r)
	}
	storetest.RowsOf(d.t, d.a.DB).Do(func(tx *store.Tx) error {
		if err := tx.AddRecording(d.t.Context(), &r); err != nil || text == "" {
			return err
		}
		return tx.AddRevision(d.t.Context(), &talkit.Revision{RecordingID: r.ID, Text: text, CreatedOn: r.CreatedOn})
	})
	return r.ID
}

func (d diary) notes(f NotesFilter) NotesPage {
	d.t.Helper()
	page, err := d.a.Notes(d.t.Context(), d.who, f)
	if err != nil {
		d.t.Fatalf("%+v: %v", f, err)
	}
	return page
}

// shows wants these ids, and whether there are older and newer ones: "5 4 ←→".
func (d diary) shows(f NotesFilter, want string) {
	d.t.Helper()
	page := d.notes(f)
	var got []string
	for _, n := range page.Notes {
		got = append(got, fmt.Sprint(n.ID))
	}
	sides := ""
	if page.HasNewer {
		sides = "←"
	}
	if page.HasOlder {
		sides += "→"
	}
	if got := strings.TrimSpace(strings.Join(got, " ") + " " + sides); got != want {
		d.t.Errorf("%+v shows %q, want %q", f, got, want)
	}
}

func TestNotes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := testApp(t, db)
		ada, bob := newDiary(t, a), newDiary(t, a)
		day := talkit.TimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		for i := range 7 { // ids 1 to 7, a day apart; the even ones are letters
			ada.add("", fmt.Sprintf("Number %d.%s", i+1, []string{"", " It is even."}[i%2]), func(r *talkit.Recording) {
				r.CreatedOn = day.Add(time.Duration(i) * 24 * time.Hour)
				if i%2 == 1 {
					r.Type = talkit.Letter
				}
			})
		}
		bob.add("Number", "It is even.", nil)
		at := func(days int) talkit.Time { return day.Add(time.Duration(days) * 24 * time.Hour) }

		ada.shows(NotesFilter{}, "7 6 5 4 3 2 1")
		ada.shows(NotesFilter{Limit: 3}, "7 6 5 →")
		ada.shows(NotesFilter{Limit: 3, Before: 5}, "4 3 2 ←→")
		ada.shows(NotesFilter{Limit: 3, Before: 2}, "1 ←")
		ada.shows(NotesFilter{Limit: 3, Before: 1}, "←")
		ada.shows(NotesFilter{Limit: 3, After: 2}, "5 4 3 ←→")
		ada.shows(NotesFilter{Limit: 3, After: 4}, "7 6 5 →")
		ada.shows(NotesFilter{Limit: 3, After: 6}, "7 →")
		ada.shows(NotesFilter{Limit: 3, After: 7}, "→")
		ada.shows(NotesFilter{Limit: 7, After: -1}, "7 6 5 4 3 2 1")
		ada.shows(NotesFilter{Type: talkit.Letter, Limit: 2}, "6 4 →")
		ada.shows(NotesFilter{Type: talkit.Letter, Limit: 2, Before: 4}, "2 ←")
		ada.shows(NotesFilter{Type: talkit.Task}, "")
		ada.shows(NotesFilter{From: at(2), Until: at(4)}, "4 3")
		ada.shows(NotesFilter{From: at(2), Until: at(6), Limit: 2, Before: 6}, "5 4 ←→")
		ada.shows(NotesFilter{From: at(2), Until: at(6), Limit: 4}, "6 5 4 3")
		ada.shows(NotesFilter{From: at(5), Type: talkit.Letter}, "6")
		ada.shows(NotesFilter{Until: day}, "")
		ada.shows(NotesFilter{Query: "  "}, "7 6 5 4 3 2 1")
		ada.shows(NotesFilter{Query: "?"}, "")
		ada.shows(NotesFilter{Query: "even", Limit: 2}, "6 4 →")
		ada.shows(NotesFilter{Query: "EV", Limit: 2, Before: 4}, "2 ←")
		ada.shows(NotesFilter{Query: "even", Limit: 1, After: 2}, "4 ←→")
		ada.shows(NotesFilter{Query: "number", Type: talkit.Letter, From: at(2)}, "6 4")
		ada.shows(NotesFilter{Query: "number", Until: at(2)}, "2 1")
		bob.shows(NotesFilter{}, "8")

		for _, f := range []NotesFilter{{Limit: 101}, {Limit: -1}, {Type: "song"}, {Query: strings.Repeat("a", 201)}} {
			if _, err := a.Notes(t.Context(), ada.who, f); talkit.KindOf(err) != talkit.Invalid {
				t.Errorf("%+v: %v", f, err)
			}
		}
		if _, err := a.Notes(t.Context(), talkit.Caller{Kind: talkit.CallerInstallation, UserID: ada.user.ID}, NotesFilter{}); talkit.KindOf(err) != talkit.Forbidden {
			t.Errorf("an installation: %v", err)
		}
		if _, err := a.Note(t.Context(), bob.who, 7); !talkit.IsNotFound(err) {
			t.Errorf("another's: %v", err)
		}
	})
}

func TestNoteRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDiary(t, testApp(t, db))
		long := strings.Repeat("Much was said. ", 5_000)
		ids := []int64{
			d.add("", "", func(r *talkit.Recording) { r.Status, r.WaitingFor = talkit.RecordingQueued, talkit.WaitingForEngine }),
			d.add("Tuesday", "", func(r *talkit.Recording) { r.Status = talkit.RecordingFailed }),
			d.add("", "\n  Call <b>Zoë</b> back! And then rest.", func(r *talkit.Recording) { r.Status = talkit.RecordingCompleted }),
			d.add("", long+"At the very end Zoe wins.", nil),
			d.add("", strings.Repeat(long, 120)+"Zoe is out of sight.", nil),
			d.add("For Zoë", "No name here.", nil),
		}
		for i, want := range []Note{
			{Title: "Recording", Status: talkit.RecordingQueued, WaitingFor: talkit.WaitingForEngine},
			{Title: "Tuesday", Status: talkit.RecordingFailed},
			{Title: "Call <b>Zoë</b> back", Status: talkit.RecordingCompleted, Progress: 1, Opening: "Call <b>Zoë</b> back! And then rest.", Excerpt: Excerpt{Before: "Call <b>Zoë</b> back!"}},
			{Title: "Much was said", Opening: long[:store.MaxOpening], Excerpt: Excerpt{Before: "Much was said."}},
			{Title: "Much was said", Opening: long[:store.MaxOpening], Excerpt: Excerpt{Before: "Much was said."}},
			{Title: "For Zoë", Opening: "No name here.", Excerpt: Excerpt{Before: "No name here."}},
		} {
			got, err := d.a.Note(t.Context(), d.who, ids[i])
			want.ID, want.Type, want.Seconds, want.CreatedOn = ids[i], talkit.Note, 2.5, got.CreatedOn
			if want.Status == "" {
				want.Status = talkit.RecordingQueued
			}
			if err != nil || got != want {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
			if page := d.notes(NotesFilter{}); !slices.Contains(page.Notes, want) {
				t.Errorf("the list lacks %+v", want)
			}
		}
		var hits []Excerpt
		for _, n := range d.notes(NotesFilter{Query: "ZOE"}).Notes {
			hits = append(hits, n.Excerpt)
		}
		want := []Excerpt{{Before: "No name here."}, {Before: "Much was said."}, {"At the very end ", "Zoe", " wins."}, {"Call <b>", "Zoë", "</b> back!"}}
		if !slices.Equal(hits, want) {
			t.Errorf("hits %+v, want %+v", hits, want)
		}
	})
}

// BenchmarkNotesOf10000 is the home list and a search of somebody with 10,000
// recordings.
func BenchmarkNotesOf10000(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	d := newDiary(b, testApp(b, db))
	for i := range 10_000 {
		d.add("", fmt.Sprintf("This is number %d of many notes. %s Nothing else.", i, strings.Repeat("It has some more words. ", 20)), nil)
	}
	for name, f := range map[string]NotesFilter{"first": {}, "last": {After: 1}, "type": {Type: talkit.Letter}, "number": {Query: "number 77"}, "every": {Query: "notes"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d.notes(f)
			}
		})
	}
}
