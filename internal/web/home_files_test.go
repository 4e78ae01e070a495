package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"talkit"
)

// listening is a site whose probe takes for sound what begins with "sound".
func listening(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	s.App.Probe = func(_ context.Context, path string) (talkit.Audio, error) {
		content, err := os.ReadFile(path)
		if err == nil && !bytes.HasPrefix(content, []byte("sound")) {
			err = talkit.Errorf(talkit.Unsupported, "There is no sound in it.")
		}
		return talkit.Audio{ContentType: "audio/wav"}, err
	}
	return s
}

// fields of a form, in turn: a name, a file's name or "", and a content.
func (b browser) sendFiles(path string, fields ...[3]string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range fields {
		make := func(name, _ string) (io.Writer, error) { return form.CreateFormField(name) }
		if f[0] == "audio" || f[1] != "" {
			make = form.CreateFormFile
		}
		part, err := make(f[0], f[1])
		if _, failed := io.WriteString(part, f[2]); errors.Join(err, failed) != nil {
			b.t.Fatal(err, failed)
		}
	}
	form.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func (b browser) recordings() []talkit.Recording {
	b.t.Helper()
	list, err := b.App.DB.RecordingsOfUser(b.t.Context(), b.ID, talkit.Page{Limit: 100})
	if err != nil {
		b.t.Fatal(err)
	}
	return list.Items
}

func TestFilesBecomeNotesOfTheirType(t *testing.T) {
	t.Parallel()
	b := listening(t).person()
	b.sent(b.sendFiles("/app/files", [3]string{"audio", "a.wav", "sound one"}, [3]string{"type", "", "meeting"}, [3]string{"language", "", "de"}, [3]string{"audio", "b.wav", "sound two"}), "/app")
	all := b.recordings()
	if len(all) != 2 || all[0].Type != talkit.Meeting || all[1].Type != talkit.Meeting || all[0].Language != "de" || all[1].Language != "de" || all[0].Audio.Size != 9 {
		t.Errorf("became %+v", all)
	}
	b.sent(b.sendFiles("/app/share", [3]string{"title", "", "what the app shares with it"}, [3]string{"audio", "memo.m4a", "sound"}), "/app")
	if n := len(b.recordings()); n != 3 {
		t.Errorf("%d after a share", n)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	b := listening(t).person()
	loose := func() int {
		keys, err := b.App.DB.LooseBlobs(t.Context(), talkit.Now().Add(1<<40), 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(keys)
	}
	seen(t, "what is no sound", b.sendFiles("/app/files", [3]string{"audio", "<b>.txt", "letters"}, [3]string{"audio", "a.wav", "sound"}),
		http.StatusUnprocessableEntity, "&lt;b&gt;.txt", "There is no sound in it.", "1 other file was taken", "!<b>.txt")
	seen(t, "no file", b.sendFiles("/app/files", [3]string{"type", "", "note"}, [3]string{"audio", "", ""}), http.StatusUnprocessableEntity, "No file was chosen")
	seen(t, "a large one", b.sendFiles("/app/files", [3]string{"audio", "a.wav", "sound"}, [3]string{"audio", "long.wav", strings.Repeat("sound", 1<<18)}),
		http.StatusRequestEntityTooLarge, "One of the files is larger than this server takes")
	many := make([][3]string, maxFiles+1)
	for i := range many {
		many[i] = [3]string{"audio", "a.wav", "sound"}
	}
	seen(t, "too many", b.sendFiles("/app/files", many...), http.StatusRequestEntityTooLarge, "too many")
	seen(t, "another type", b.sendFiles("/app/files", [3]string{"type", "", "poem"}, [3]string{"audio", "a.wav", "sound"}), http.StatusUnprocessableEntity, "must be one of")
	seen(t, "another language", b.sendFiles("/app/files", [3]string{"language", "", "German"}, [3]string{"audio", "a.wav", "sound"}), http.StatusUnprocessableEntity, "a.wav", "must be an ISO 639 code")
	seen(t, "no form", b.post("/app/files", "audio", "sound"), http.StatusUnsupportedMediaType)
	if n := len(b.recordings()); n != 1 {
		t.Errorf("%d recordings of one file that was taken", n)
	}
	due, err := b.App.DB.LooseBlobs(t.Context(), talkit.Now(), 100)
	if err != nil || len(due) != loose() {
		t.Errorf("%d of %d blobs are dropped: %v", len(due), loose(), err)
	}
}

func TestFilesFromElsewhere(t *testing.T) {
	t.Parallel()
	s := listening(t)
	b := s.person()
	r := httptest.NewRequest(http.MethodPost, "/app/share", strings.NewReader(""))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	seen(t, "another site's form", b.send(r), http.StatusForbidden, "sent from another site")
	stranger := browser{s, talkit.User{}, "nobody"}
	w := stranger.sendFiles("/app/share", [3]string{"audio", "memo.m4a", "sound"})
	seen(t, "nobody's files", w, http.StatusUnauthorized, "choose the file again", `name="next" value="/app/share"`)
}

func TestTheAppCanBeInstalled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK {
			t.Errorf("GET %s: %d", path, w.Code)
		}
		return w
	}
	var manifest struct {
		Scope string
		Icons []struct{ Src, Purpose string }
		Share struct{ Action string } `json:"share_target"`
	}
	if err := json.Unmarshal(get("/app/manifest.webmanifest").Body.Bytes(), &manifest); err != nil || manifest.Scope != "/app" || manifest.Share.Action != "/app/share" {
		t.Errorf("manifest %+v: %v", manifest, err)
	}
	purposes := ""
	for _, icon := range manifest.Icons {
		get(icon.Src)
		purposes += icon.Purpose + " "
	}
	if purposes != "any any maskable any " {
		t.Errorf("icons for %s", purposes)
	}
	worker := get("/app/sw.js")
	if worker.Header().Get("Service-Worker-Allowed") != "/app" || worker.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("the service worker comes with %v", worker.Header())
	}
	get(strings.Split(worker.Body.String(), `"`)[1])
	b := s.person()
	b.sees("/app/offline", "The server cannot be reached", "!"+b.FirstName, "!"+b.Email)
}
