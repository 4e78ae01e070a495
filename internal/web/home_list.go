package web

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"talkit"
	"talkit/internal/app"
)

// pageOfNotes is how many notes stand on one page.
const pageOfNotes = 30

// listAsked is what an address asks of the list. What it cannot mean is left out.
type listAsked struct {
	Query         string
	Type          talkit.TranscriptType
	From, Until   string // days, "2026-01-31"; both belong to it
	after, before int64  // ids of notes: newer, and older than that
}

func (v *visit) listAsked() listAsked {
	q := v.r.URL.Query()
	l := listAsked{Query: strings.TrimSpace(q.Get("q")), From: dayAsked(q.Get("from")), Until: dayAsked(q.Get("until"))}
	if kind := talkit.TranscriptType(q.Get("type")); kind.Validate("") == nil {
		l.Type = kind
	}
	l.after, _ = strconv.ParseInt(q.Get("after"), 10, 64)
	l.before, _ = strconv.ParseInt(q.Get("before"), 10, 64)
	return l
}

func dayAsked(text string) string {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return ""
	}
	return text
}

// filter is what that means where the person is.
func (l listAsked) filter(zone *time.Location) app.NotesFilter {
	f := app.NotesFilter{Query: l.Query, Type: l.Type, After: l.after, Before: l.before, Limit: pageOfNotes}
	if from, err := time.ParseInLocation(time.DateOnly, l.From, zone); err == nil {
		f.From = talkit.TimeOf(from)
	}
	if until, err := time.ParseInLocation(time.DateOnly, l.Until, zone); err == nil {
		f.Until = talkit.TimeOf(until.AddDate(0, 0, 1))
	}
	return f
}

// Narrowed tells whether something is left out of the list.
func (l listAsked) Narrowed() bool {
	return l.Query != "" || l.Type != "" || l.From != "" || l.Until != ""
}

// Elsewhere tells whether this is not the first page.
func (l listAsked) Elsewhere() bool { return l.after != 0 || l.before != 0 }

func (l listAsked) url() string {
	values := url.Values{}
	for name, value := range map[string]string{"q": l.Query, "type": string(l.Type), "from": l.From, "until": l.Until} {
		if value != "" {
			values.Set(name, value)
		}
	}
	for name, id := range map[string]int64{"after": l.after, "before": l.before} {
		if id != 0 {
			values.Set(name, strconv.FormatInt(id, 10))
		}
	}
	if len(values) == 0 {
		return "/app"
	}
	return "/app?" + values.Encode()
}

func (l listAsked) newerThan(id int64) string {
	l.after, l.before = id, 0
	return l.url()
}

func (l listAsked) olderThan(id int64) string {
	l.after, l.before = 0, id
	return l.url()
}

// chip is a link that narrows the list to a type.
type chip struct {
	Words, URL string
	Current    bool
}

// Chips are the types to choose from.
func (l listAsked) Chips() []chip {
	chips := make([]chip, 0, len(noteTypes)+1)
	for _, t := range append([]noteType{{Many: "All"}}, noteTypes...) {
		other := listAsked{Query: l.Query, Type: t.Type, From: l.From, Until: l.Until}
		chips = append(chips, chip{t.Many, other.url(), t.Type == l.Type})
	}
	return chips
}

// AnyTime is the address without the days.
func (l listAsked) AnyTime() string { return listAsked{Query: l.Query, Type: l.Type}.url() }

// Dates says which days are asked for.
func (l listAsked) Dates() string {
	switch {
	case l.From == "" && l.Until == "":
		return "Any time"
	case l.Until == "":
		return "From " + shortDay(l.From)
	case l.From == "":
		return "Until " + shortDay(l.Until)
	case l.From == l.Until:
		return shortDay(l.From)
	}
	return shortDay(l.From) + " to " + shortDay(l.Until)
}

func shortDay(text string) string {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return day.Format("2 Jan 2006")
}

// noteDay is the notes of one day.
type noteDay struct {
	Name  string
	Notes []noteRow
}

func byDay(notes []app.Note, v *visit) []noteDay {
	var days []noteDay
	look := view{zone: v.zone()}
	for _, n := range notes {
		name := look.Day(n.CreatedOn)
		if len(days) == 0 || days[len(days)-1].Name != name {
			days = append(days, noteDay{Name: name})
		}
		last := &days[len(days)-1]
		last.Notes = append(last.Notes, noteRow{n})
	}
	return days
}

// noteRow is a note in the list.
type noteRow struct{ app.Note }

// Said is what stands below its title: what became of it so far, or how its
// text begins.
func (n noteRow) Said() string {
	switch {
	case n.Failed():
		return n.Error
	case n.InWork():
		return n.done()
	case n.Opening != "":
		return n.excerpt()
	case n.ToReview():
		return "Listen, and write its text."
	}
	return "No speech was found in it."
}

// excerpt is how its text begins, without the words that are its title.
func (n noteRow) excerpt() string {
	said, cut := strings.CutSuffix(n.Title, "…")
	rest, begins := strings.CutPrefix(n.Opening, said)
	if !begins {
		return n.Opening
	}
	rest = strings.TrimLeft(rest, ".!?…,;:。！？ \n")
	if cut && rest != "" {
		return "…" + rest
	}
	return rest
}

// InWork tells whether its text is on its way.
func (n noteRow) InWork() bool {
	return n.Status == talkit.RecordingQueued || n.Status == talkit.RecordingProcessing
}

// WaitsForEngine tells whether that waits for a speech engine.
func (n noteRow) WaitsForEngine() bool { return n.InWork() && n.WaitingFor == talkit.WaitingForEngine }

// Running tells whether some of it is done, or being done.
func (n noteRow) Running() bool { return n.Status == talkit.RecordingProcessing && !n.WaitsForEngine() }

// ToReview tells whether its text waits for its person.
func (n noteRow) ToReview() bool { return n.Status == talkit.RecordingReview }

// Failed tells whether there is no text, and Error says why.
func (n noteRow) Failed() bool { return n.Status == talkit.RecordingFailed }

// done says how much of it is done.
func (n noteRow) done() string {
	switch p := n.Progress; {
	case !n.Running() && n.WaitsForEngine():
		return "It is kept, and goes on by itself once there is a speech engine."
	case !n.Running():
		return "Its text comes here by itself."
	case p < 0.15:
		return "Just begun"
	case p < 0.29:
		return "A quarter through"
	case p < 0.42:
		return "A third through"
	case p < 0.58:
		return "Half way through"
	case p < 0.71:
		return "Two thirds through"
	case p < 0.87:
		return "Three quarters through"
	}
	return "Nearly done"
}

// Length is about how long its sound is.
func (n noteRow) Length() string {
	switch minutes := int(math.Round(n.Seconds / 60)); {
	case n.Seconds == 0:
		return ""
	case n.Seconds < 60:
		return fmt.Sprintf("%d s", int(math.Ceil(n.Seconds)))
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	default:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	}
}
