package web

import (
	"cmp"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) noteAgainRoutes() {
	s.person("GET /app/notes/{id}/transcribe", s.noteAgain)
	s.person("POST /app/notes/{id}/transcribe", s.transcribeAgain)
}

// againData is what the form shows that turns a note into text once more.
type againData struct {
	Note      noteData
	Models    []string // the server's own first
	Languages []language
}

// language is one that can be chosen.
type language struct{ Code, Name string }

// languageChoices are the languages by their names, all that are known where
// codes are none.
func languageChoices(codes []string) []language {
	all := make([]language, len(codes))
	for i, code := range codes {
		name := talkit.LanguageName(code)
		all[i] = language{code, strings.ToUpper(name[:1]) + name[1:]}
	}
	slices.SortFunc(all, func(a, b language) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (v *visit) againPage() (page, error) {
	n, err := v.noteData()
	if err != nil {
		return page{}, err
	}
	d := &againData{Note: n, Models: v.App.Models(), Languages: languageChoices(v.App.LanguagesKnown())}
	return page{Title: "Transcribe again", Nav: "notes", Narrow: true, Data: d}, nil
}

func (s *Web) noteAgain(v *visit) error {
	p, err := v.againPage()
	if err != nil {
		return err
	}
	return v.show("app/note-again", p)
}

func (s *Web) transcribeAgain(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	id, err := v.id("id")
	if err != nil {
		return err
	}
	how := app.Again{Model: f.Value("model")}
	if code := f.Value("language"); code != "said" {
		how.Language = &code
	}
	if words := f.Value("vocabulary"); words != "" {
		on := words == "on"
		how.Vocabulary = &on
	}
	if _, err := s.App.Transcribe(v.r.Context(), v.who, id, how); err != nil {
		p, failed := v.againPage()
		if failed != nil {
			return failed
		}
		return v.showAgain("app/note-again", p, f, err)
	}
	return v.to(notePath(id), "transcribing")
}

// Renewing tells whether its text is being made again.
func (n noteData) Renewing() bool { return n.Again.InWork() }

// KeptBack tells whether a text was made again that waits for its person.
func (n noteData) KeptBack() bool { return n.Again.Status == talkit.RunCompleted }

// MayRenew tells whether it has a text that can be made again: another way than
// the one that was asked for, too, while that has not begun.
func (n noteData) MayRenew() bool { return n.MayEdit() && n.Renewable }

// Channel is that of a paragraph, where the one before it is not of the same; 0
// where there is nothing to say.
func (n noteData) Channel(i int) int {
	if i >= len(n.Channels) || i > 0 && n.Channels[i] == n.Channels[i-1] {
		return 0
	}
	return n.Channels[i]
}

// Before is the version before the current one.
func (n noteData) Before() int { return n.Version - 1 }

// timeLeft is how long a run may still take, in words; "" where that is not known.
func timeLeft(run talkit.Run) string {
	seconds, known := run.SecondsLeft()
	switch {
	case !known:
		return ""
	case seconds < 90:
		return "less than two minutes left"
	case seconds < 90*60:
		return "about " + plural(int(seconds/60+0.5), "minute", "minutes") + " left"
	}
	return "about " + plural(int(seconds/3600+0.5), "hour", "hours") + " left"
}
