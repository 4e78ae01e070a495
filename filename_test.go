package talkit_test

import (
	"strings"
	"testing"

	"talkit"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Call Anna":                    "Call Anna",
		" two\n\tlines ":               "two lines",
		"../../etc/passwd":             "etc-passwd",
		`C:\a*b?"<c>|`:                 `C--a-b---c`,
		"gpj.\u202eexe":                "gpj.exe",
		"a\x00b\u200b\ufeffc\ufffd":    "abc",
		"Größe ☃ 会議の記録":                "Größe ☃ 会議の記録",
		".hidden":                      "hidden",
		"…":                            "…",
		"con":                          "_con",
		"NUL.txt":                      "_NUL.txt",
		"contract":                     "contract",
		" . / \\ ":                     "",
		"a\xffb":                       "ab",
		strings.Repeat("ü", 100):       strings.Repeat("ü", 60),
		strings.Repeat("x", 119) + "ü": strings.Repeat("x", 119),
	} {
		if got := talkit.FileName(title); got != want {
			t.Errorf("FileName(%q) = %q, want %q", title, got, want)
		}
	}
}
