package talkit_test

import (
	"testing"

	"talkit"
)

func TestLanguages(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"en": "en", "English": "en", " english ": "en", "en-US": "en", "EN_gb": "en", "haitian creole": "ht", "yue": "yue", "haw": "haw",
		"": "", "tlh": "", "klingon": "", "engl": "", "-": "",
	} {
		if got := talkit.LanguageCode(name); got != want {
			t.Errorf("code of %q: %q, want %q", name, got, want)
		}
	}
	for code, want := range map[string]string{"en": "english", "nn": "nynorsk", "tlh": "tlh", "": ""} {
		if got := talkit.LanguageName(code); got != want {
			t.Errorf("name of %q: %q, want %q", code, got, want)
		}
	}
}
