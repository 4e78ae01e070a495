package api

import (
	"mime"
	"testing"
)

func TestAttachment(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]struct{ header, name string }{
		"Call Anna":  {`attachment; filename="Call Anna.txt"`, "Call Anna.txt"},
		"":           {`attachment; filename="recording-7.txt"`, "recording-7.txt"},
		"\u202e/":    {`attachment; filename="recording-7.txt"`, "recording-7.txt"},
		"Größe":      {`attachment; filename="Gr__e.txt"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt`, "Größe.txt"},
		"会議":         {`attachment; filename="recording-7.txt"; filename*=UTF-8''%E4%BC%9A%E8%AD%B0.txt`, "会議.txt"},
		"100 %":      {`attachment; filename="100 _.txt"; filename*=UTF-8''100%20%25.txt`, "100 %.txt"},
		"a\"; b=\"c": {`attachment; filename="a-; b=-c.txt"`, "a-; b=-c.txt"},
		"it's (1)'ü": {`attachment; filename="it's (1)'_.txt"; filename*=UTF-8''it%27s%20%281%29%27%C3%BC.txt`, "it's (1)'ü.txt"},
		"a\r\nX: y":  {`attachment; filename="a X- y.txt"`, "a X- y.txt"},
	} {
		got := attachment(title, 7, ".txt")
		if got != want.header {
			t.Errorf("%q: %s, want %s", title, got, want.header)
		}
		disposition, parameters, err := mime.ParseMediaType(got)
		if err != nil || disposition != "attachment" || parameters["filename"] != want.name {
			t.Errorf("%q is read as %s %q, %v", title, disposition, parameters, err)
		}
	}
}
