package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"talkit"
	"talkit/internal/app"
)

func (s *Web) wordsRoutes() {
	const words = "/app/settings/words"
	s.person("GET "+words, s.ownWords)
	s.person("POST "+words, s.setWords)
	s.person("POST /app/settings/speech", s.setSpeech)
	s.person("GET /app/settings/speech", func(v *visit) error { return v.to(words, "") })
}

// wordsData is the page of a person's own words and how they speak.
type wordsData struct {
	Languages             []language
	SpeechForm, WordsForm form
}

func (v *visit) wordsData() (d wordsData, err error) {
	u, err := v.App.Profile(v.r.Context(), v.who)
	if err != nil {
		return d, err
	}
	own, err := v.App.Vocabulary(v.r.Context(), v.who)
	d.Languages = languageChoices(v.ownLanguages(u.Language))
	d.SpeechForm.Values = speechValues(u)
	d.WordsForm.Values = url.Values{"words": {own.Words.Lines()}, "replacements": {own.Replacements.Lines()}}
	return d, err
}

// ownLanguages are those that the server's model knows, and the one that was
// chosen, which it may not know any more.
func (v *visit) ownLanguages(chosen string) []string {
	known := v.App.LanguagesKnown()
	if chosen == "" || slices.Contains(known, chosen) {
		return known
	}
	return append(slices.Clone(known), chosen)
}

func speechValues(u talkit.User) url.Values {
	values := url.Values{"language": {u.Language}, "review_below": {strconv.Itoa(u.ReviewBelow)}}
	if u.Dictated {
		values.Set("dictated", "yes")
	}
	if u.Hints {
		values.Set("hints", "yes")
	}
	return values
}

// showWords answers with the page; change fills in the form that was refused.
func (v *visit) showWords(status int, words string, change func(*wordsData)) error {
	d, err := v.wordsData()
	if err != nil {
		return err
	}
	change(&d)
	return v.showAs(status, "app/settings-words", page{Title: "Settings", Nav: "settings", Form: form{Words: words}, Data: d})
}

func (s *Web) ownWords(v *visit) error {
	return v.showWords(http.StatusOK, "", func(*wordsData) {})
}

func (v *visit) wordsAgain(f form, refused error, place func(*wordsData) *form) error {
	told, err := f.refused(refused)
	if err != nil {
		return err
	}
	return v.showWords(statusOfForm(refused), notSaved(told), func(d *wordsData) { *place(d) = told })
}

func (s *Web) setWords(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	own, refused := typedVocabulary(f)
	if refused == nil {
		_, refused = s.App.SetVocabulary(v.r.Context(), v.who, own)
	}
	if refused != nil {
		return v.wordsAgain(f, refused, func(d *wordsData) *form { return &d.WordsForm })
	}
	return v.to("/app/settings/words", "saved")
}

func typedVocabulary(f form) (own talkit.Vocabulary, err error) {
	if own.Words, err = talkit.ParseWords(f.Value("words")); err != nil {
		return own, err
	}
	own.Replacements, err = talkit.ParseReplacements(f.Value("replacements"))
	return own, err
}

func (s *Web) setSpeech(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	language, dictated, hints := f.Value("language"), f.Is("dictated", "yes"), f.Is("hints", "yes")
	below, refused := strconv.Atoi(f.Value("review_below"))
	if refused != nil {
		refused = talkit.InvalidField("review_below", "must be a number from 0 to 100")
	} else {
		_, refused = s.App.ChangeProfile(v.r.Context(), v.who, app.ProfileChange{
			SpeechChange: app.SpeechChange{Language: &language, Dictated: &dictated, Hints: &hints, ReviewBelow: &below}})
	}
	if refused != nil {
		return v.wordsAgain(f, refused, func(d *wordsData) *form { return &d.SpeechForm })
	}
	return v.to("/app/settings/words", "saved")
}
