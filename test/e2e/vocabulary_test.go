package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit/wire"
)

// vocabularies are a person's own words over HTTP.
func vocabularies(t *testing.T, w *world) {
	const path = "/vocabulary"
	none := read[wire.Vocabulary](w.user.get(path).want(http.StatusOK))
	if none.Words == nil || none.Replacements == nil || none.UpdatedOn != nil || len(none.Words)+len(none.Replacements) != 0 {
		t.Errorf("at first: %+v", none)
	}
	own := map[string]any{"words": []string{"Wealthbox " + canary, "Zoë"}, "replacements": []map[string]string{{"heard": "wealth box", "write": "Wealthbox"}}}
	put := read[wire.Vocabulary](w.user.put(path, own).want(http.StatusOK))
	if put.UpdatedOn == nil || len(put.Words) != 2 || put.Replacements[0] != (wire.Replacement{Heard: "wealth box", Write: "Wealthbox"}) {
		t.Errorf("put: %+v", put)
	}
	for place, bad := range map[string]any{
		"words[0]":              map[string]any{"words": []string{"..."}},
		"words[1]":              map[string]any{"words": []string{"Wealth-Box", "wealth box"}},
		"replacements[0].heard": map[string]any{"replacements": []map[string]string{{"heard": "a =", "write": "b"}}},
		"replacements[0].write": map[string]any{"replacements": []map[string]string{{"heard": "a", "write": ""}}},
	} {
		w.user.put(path, bad).refused(http.StatusUnprocessableEntity, "invalid").names(t, place)
	}
	got := w.user.get(path).want(http.StatusOK)
	if diff := cmp.Diff(put, read[wire.Vocabulary](got)); diff != "" {
		t.Error(diff)
	}
	w.user.put(path, raw{"application/json", string(got.body)}).want(http.StatusOK) // as it was fetched
}

// ownSettings are how a person speaks, over HTTP.
func ownSettings(t *testing.T, w *world) {
	const path = "/settings"
	before := read[wire.Settings](w.user.get(path).want(http.StatusOK))
	changed := read[wire.Settings](w.user.patch(path, map[string]any{"language": "en", "dictated_punctuation": true, "review_below": 80}).want(http.StatusOK))
	want := before
	want.Language, want.Dictated, want.ReviewBelow = "en", true, 80
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Error(diff)
	}
	for place, bad := range map[string]any{"language": map[string]any{"language": "tlh"}, "review_below": map[string]any{"review_below": 101}} {
		w.user.patch(path, bad).refused(http.StatusUnprocessableEntity, "invalid").names(t, place)
	}
	if diff := cmp.Diff(want, read[wire.Settings](w.user.get(path).want(http.StatusOK))); diff != "" {
		t.Error(diff)
	}
}

// vocabularyCommands are the same words from a terminal, beside a server.
func vocabularyCommands(t *testing.T, w *world) {
	run := func(input string, args ...string) (string, error) {
		t.Helper()
		return w.talkit(input, append([]string{"vocabulary", args[0], "--user", w.person.Email}, args[1:]...)...)
	}
	ok := func(input string, args ...string) string {
		t.Helper()
		out, err := run(input, args...)
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return out
	}
	const file = "Wealthbox\n\nZoë\nwealth box = Wealthbox\n"
	if out := ok(file, "set"); !strings.Contains(out, "2 words and 1 replacements") {
		t.Errorf("set: %s", out)
	}
	if out := ok("", "show"); out != strings.ReplaceAll(file, "\n\n", "\n") {
		t.Errorf("show: %q", out)
	}
	ok("", "add", "Van Dam", "zoë", "Wealth-Box = WB")
	want := "Wealthbox\nZoë\nVan Dam\nWealth-Box = WB\n"
	if out := ok("", "show"); out != want {
		t.Errorf("added: %q", out)
	}
	if out, err := run("", "remove", "Zoë", "nothing of the kind"); err == nil || !strings.Contains(out, "nothing was changed") {
		t.Errorf("removed what is not there: %v %s", err, out)
	}
	if out, err := run("", "add", "..."); err == nil || !strings.Contains(out, "letter") {
		t.Errorf("added a mark: %v %s", err, out)
	}
	ok("", "remove", "zoë", "wealth box")
	own := read[wire.Vocabulary](w.user.get("/vocabulary").want(http.StatusOK))
	if diff := cmp.Diff([]string{"Wealthbox", "Van Dam"}, own.Words); diff != "" || len(own.Replacements) != 0 {
		t.Errorf("%s, %+v", diff, own.Replacements)
	}
	if out := ok("", "show", "--json"); !strings.Contains(out, `"words":["Wealthbox","Van Dam"]`) {
		t.Errorf("as JSON: %s", out)
	}
}

// ownLanguage is set by an operator: one that the model knows.
func ownLanguage(t *testing.T, w *world) {
	if out, err := w.talkit("", "user", "change", "--email", w.person.Email, "--language", "de"); err != nil {
		t.Errorf("German: %v: %s", err, out)
	}
	out, err := w.talkit("", "user", "change", "--email", w.person.Email, "--language", "yue")
	if err == nil || !strings.Contains(out, "it knows af, am") {
		t.Errorf("what base does not know: %v: %s", err, out)
	}
	if got := read[wire.Settings](w.user.get("/settings").want(http.StatusOK)); got.Language != "de" {
		t.Errorf("%+v", got)
	}
}

// talkit runs a command beside the world's server, and returns all it printed.
func (w *world) talkit(input string, args ...string) (string, error) {
	w.t.Helper()
	binary, err := killBinary()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(w.t.Context(), binary, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, "TALKIT_") }),
		"TALKIT_DATA="+w.Config.Data, "TALKIT_DATABASE_URL="+string(w.Config.DatabaseURL), "TALKIT_ENGINE=whisper")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
