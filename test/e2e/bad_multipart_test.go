package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"talkit/wire"
)

// badPost posts a body of the test's own making.
func (s *killServer) badPost(key, contentType, body string) killAnswer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), "POST", s.url+"/recordings", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := killDo(request, key)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

func badPart(name, content string) string {
	return fmt.Sprintf("--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", name, content)
}

// TestBadMultipart: bodies that are not what they should be are refused with
// what is wrong, whatever of them was stored already.
func TestBadMultipart(t *testing.T) {
	t.Parallel()
	s, key := badSetup(t, "TALKIT_ENGINE=manual")
	sound := badPart("audio", string(badWAV(3200)))
	pairs := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"k%d":"v"`, i))
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	const multipart = "multipart/form-data; boundary=b"
	for what, c := range map[string]struct {
		contentType, parts string
		status             int
	}{
		"no Content-Type":       {"", sound, 415},
		"JSON":                  {"application/json", "{}", 415},
		"no boundary":           {"multipart/form-data", sound, 415},
		"another multipart":     {"multipart/mixed; boundary=b", sound, 415},
		"another boundary":      {"multipart/form-data; boundary=c", sound, 422},
		"nothing":               {multipart, "", 422},
		"21 parts":              {multipart, sound + strings.Repeat(badPart("name", "n"), 20), 422},
		"too long a field":      {multipart, sound + badPart("name", strings.Repeat("n", 64<<10+1)), 413},
		"two sounds":            {multipart, sound + sound, 422},
		"no sound":              {multipart, badPart("name", "n"), 422},
		"an unknown part":       {multipart, sound + badPart("sound", "n"), 422},
		"a part without a name": {multipart, sound + "--b\r\n\r\nn\r\n", 422},
		"a field twice":         {multipart, sound + badPart("name", "n") + badPart("name", "m"), 422},
		"metadata no JSON":      {multipart, sound + badPart("metadata", "{"), 422},
		"metadata no object":    {multipart, sound + badPart("metadata", "[]"), 422},
		"metadata null":         {multipart, sound + badPart("metadata", "null"), 422},
		"metadata of numbers":   {multipart, sound + badPart("metadata", `{"a":1}`), 422},
		"metadata of 51 pairs":  {multipart, sound + badPart("metadata", pairs(51)), 422},
		"metadata key":          {multipart, sound + badPart("metadata", `{"1a":"v"}`), 422},
		"metadata surrogate":    {multipart, sound + badPart("metadata", `{"a":"\ud800"}`), 422},
		"name not UTF-8":        {multipart, sound + badPart("name", "\xff"), 422},
		"name with U+0000":      {multipart, sound + badPart("name", "a\x00"), 422},
		"name too long":         {multipart, sound + badPart("name", strings.Repeat("n", 201)), 422},
		"type unknown":          {multipart, badPart("type", "song") + sound, 422},
		"language unknown":      {multipart, sound + badPart("language", "English"), 422},
		"an endless head":       {multipart, sound + "--b\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 422},
	} {
		s.badPost(key, c.contentType, c.parts+"--b--\r\n").refused(t, what, c.status)
	}
	s.badPost(key, multipart, sound+"--b\r\nContent-Dispo").refused(t, "cut off", 400)
	s.badPost(key, multipart, strings.TrimSuffix(sound, "\r\n")).refused(t, "cut off in the sound", 400)
	s.badPost("tk_user_nobody", multipart, sound+"--b--\r\n").refused(t, "an unknown key", 401)
	answer := s.badPost(key, multipart, sound+badPart("metadata", pairs(50))+"--b--\r\n")
	if answer.Status != http.StatusAccepted {
		t.Fatalf("50 pairs: %d %s", answer.Status, answer.Body)
	}
	s.settled(key, killJSON[wire.Recording](t, answer.Body).ID)
	s.keeps().nothingLeft(1)
}
