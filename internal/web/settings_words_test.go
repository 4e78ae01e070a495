package web

import (
	"net/http"
	"strings"
	"testing"

	"talkit"
)

func TestSettingsOfWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.person()
	const path = "/app/settings/words"
	b.sees(path, "Your words", "Found in each note by itself")
	b.sent(b.post(path, "words", "Wealthbox\r\n\r\n<b>Zoë\r\nwealthbox", "replacements", "wealth box = Wealthbox\r\ngladis=Gladys </textarea>"), path+"?done=saved")
	b.sees(path, "Wealthbox\n&lt;b&gt;Zoë\n</textarea>", "wealth box = Wealthbox\ngladis = Gladys &lt;/textarea&gt;\n</textarea>")
	v, err := b.App.DB.Vocabulary(t.Context(), b.ID)
	if err != nil || len(v.Words) != 2 || v.Replacements[1] != (talkit.Replacement{Heard: "gladis", Write: "Gladys </textarea>"}) {
		t.Errorf("kept %+v %v", v, err)
	}

	b.refused(http.StatusUnprocessableEntity, b.post(path, "words", "new one\r\n...", "replacements", "a = b"), "line, number 2", "new one\r\n...", "a = b")
	b.refused(http.StatusUnprocessableEntity, b.post(path, "words", "", "replacements", "a and b"), "line, number 1", "needs an equals sign", "a and b")
	b.refused(http.StatusUnprocessableEntity, b.post(path, "words", strings.Repeat("a", 101)), "at most 100 characters")

	b.sent(b.post("/app/settings/speech", "language", "de", "dictated", "yes", "review_below", "80"), path+"?done=saved")
	b.sees(path, `<option value="de" selected>German`, `name="dictated" value="yes" checked`, `value="80"`)
	if u := b.now(); u.Language != "de" || !u.Dictated || u.Hints || u.ReviewBelow != 80 {
		t.Errorf("now %+v", u)
	}
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/speech", "language", "", "review_below", "101"), "from 0 (never) to 100")
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/speech", "language", "", "review_below", "some"), "must be a number")
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/speech", "language", "klingon", "review_below", "1"), "code of a language")

	other := s.person()
	other.sees(path, "Your words")
	if page := other.get(path).Body.String(); strings.Contains(page, "Wealthbox\n") {
		t.Error("another's words are shown")
	}
}

// TestLanguagesOffered are those that the model knows, and one's own.
func TestLanguagesOffered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.person()
	const path = "/app/settings/words"
	b.sent(b.post("/app/settings/speech", "language", "fr", "review_below", "0"), path+"?done=saved")
	b.App.Speech = func(string) (talkit.SpeechModel, error) {
		return talkit.SpeechModel{Name: "base", Languages: []string{"de", "en"}}, nil
	}
	b.sees(path, `<option value="de">German`, `<option value="fr" selected>French`)
	if page := b.get(path).Body.String(); strings.Contains(page, `value="yue"`) {
		t.Error("a language is offered that the model does not know")
	}
	b.sent(b.post("/app/settings/speech", "language", "fr", "review_below", "50"), path+"?done=saved")
	b.refused(http.StatusUnprocessableEntity, b.post("/app/settings/speech", "language", "yue", "review_below", "0"), "it knows de, en")
}
