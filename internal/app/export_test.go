package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// exporting is a person with recordings in every state, and plugins.
type exporting struct {
	*App
	t       *testing.T
	who     talkit.Caller
	secrets []string
}

func newExporting(t *testing.T) exporting {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	x := exporting{App: testApp(t, db), t: t}
	var err error
	if x.Sealer, err = auth.NewSealer("a key of thirty-two characters ok"); err != nil {
		t.Fatal(err)
	}
	u, err := x.CreateUser(t.Context(), talkit.Operator, NewUser{Email: "ada@example.org", FirstName: "Ada </script>", Developer: true, Password: "a long enough password"})
	if err != nil {
		t.Fatal(err)
	}
	x.who = talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, Person: u}
	key, err := x.CreateKey(t.Context(), talkit.Operator, u, talkit.UserKey, "laptop")
	if err != nil {
		t.Fatal(err)
	}
	developer := talkit.Caller{Kind: talkit.CallerDeveloper, UserID: u.ID, Person: u}
	name := "../../My plugin"
	p, err := x.CreatePlugin(t.Context(), developer, PluginChange{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x.CreateSecretKey(t.Context(), developer, p.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	hook, err := x.CreateWebhook(t.Context(), developer, p.ID, "https://example.org/hook", nil)
	if err != nil {
		t.Fatal(err)
	}
	want(t)(x.Install(t.Context(), developer, p.ID, u))
	stored, err := db.User(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	x.secrets = []string{key, secret.Value, hook.Secret, stored.PasswordHash}
	return x
}

// record adds a recording with these texts as revisions.
func (x exporting) record(sound string, texts ...string) talkit.Recording {
	x.t.Helper()
	ctx, rows := x.t.Context(), storetest.RowsOf(x.t, x.DB)
	r := storetest.NewRecording(talkit.User{ID: x.who.UserID})
	r.Name, r.Audio.ContentType = "../../evil\x1b", "audio/flac"
	if sound != "" {
		u, err := x.StoreUpload(ctx, strings.NewReader(sound))
		if err != nil {
			x.t.Fatal(err)
		}
		r.Audio.Key, r.Audio.Size = u.Key, u.Size
	}
	rows.Do(func(tx *store.Tx) error { return tx.AddRecording(ctx, &r) })
	for _, text := range texts {
		v := talkit.Revision{RecordingID: r.ID, UserID: &x.who.UserID, Text: text, Segments: talkit.Segments{}.Rewritten(text, 2), CreatedOn: talkit.Now()}
		rows.Do(func(tx *store.Tx) error { return tx.AddRevision(ctx, &v) })
	}
	return r
}

func TestExportAccount(t *testing.T) {
	t.Parallel()
	x := newExporting(t)
	long := strings.Repeat("sound ", 1<<20)
	whole := x.record(long, "One & two", "One & two & three")
	silent := x.record("sound")
	gone := x.record("", "A text without sound") // its key is of no blob
	stranger := storetest.RowsOf(t, x.DB).User()
	other := x
	other.who = talkit.Caller{Kind: talkit.CallerUser, UserID: stranger.ID, Person: stranger}
	other.record("sound", "Somebody else's")

	logo := x.traces()
	var out bytes.Buffer
	if err := x.ExportAccount(t.Context(), x.who, &out); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, out.Bytes())
	folder := func(r talkit.Recording) string { return fmt.Sprintf("recordings/%d/", r.ID) }
	for name, holds := range map[string]string{
		"account.json": `"ada@example.org"`, "vocabulary.json": `"words": []`, "keys.json": `"laptop"`, "installations.json": `"../../My plugin"`, "plugins.json": `"https://example.org/hook"`,
		"sessions.json": `"browser": "a browser </script>"`, "uploads.json": `"file": "uploads/1/audio.part"`, "uploads/1/audio.part": "half of",
		logo: "PNG", folder(whole) + "recording.json": `"type": "note"`, folder(whole) + "transcript.json": `"One & two & three"`, folder(whole) + "transcript.txt": "One & two & three\n",
		folder(whole) + "transcript.md": "# ../../evil", folder(whole) + "transcript.srt": "three", folder(whole) + "transcript.vtt": "WEBVTT",
		folder(whole) + "revisions.json": `"One & two"`, folder(whole) + "audio.flac": "sound ",
		folder(silent) + "audio.flac": "sound", folder(gone) + "transcript.txt": "A text without sound", "errors.txt": folder(gone) + "audio.flac could not be read",
	} {
		if !strings.Contains(files[name], holds) {
			t.Errorf("%s: %.300q, want %q in it", name, files[name], holds)
		}
	}
	if files[folder(whole)+"audio.flac"] != long || strings.Count(files["errors.txt"], "\n") != 1 {
		t.Errorf("%d bytes of sound; errors.txt: %s", len(files[folder(whole)+"audio.flac"]), files["errors.txt"])
	}
	var revisions []wire.Revision
	if err := json.Unmarshal([]byte(files[folder(whole)+"revisions.json"]), &revisions); err != nil || len(revisions) != 2 {
		t.Errorf("revisions %+v, %v", revisions, err)
	}
	x.holdsNothingElse(files, folder(silent)+"transcript.json")
}

// traces gives the person a session, half an upload and their plugin a logo; it
// returns where that is to be.
func (x exporting) traces() (logo string) {
	x.t.Helper()
	ctx, rows := x.t.Context(), storetest.RowsOf(x.t, x.DB)
	rows.Do(func(tx *store.Tx) error {
		_, err := x.beginSession(ctx, tx, x.who.Person, Browser{Address: "192.0.2.1", Agent: "a browser </script>"}, "session.began")
		return err
	})
	x.MaxUpload = 1 << 20
	u, err := x.BeginUpload(ctx, x.who, NewUpload{Recording: talkit.Recording{Name: "Half", Type: talkit.Note}, Length: 100})
	if err != nil {
		x.t.Fatal(err)
	}
	want(x.t)(x.AppendUpload(ctx, x.who, u.ID, 0, io.NopCloser(strings.NewReader("half of"))))
	plugins, err := x.OwnPlugins(ctx, x.who)
	if err != nil {
		x.t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		x.t.Fatal(err)
	}
	developer := talkit.Caller{Kind: talkit.CallerDeveloper, UserID: x.who.UserID, Person: x.who.Person}
	want(x.t)(x.SetLogo(ctx, developer, plugins[0].ID, picture.Bytes()))
	return fmt.Sprintf("plugins/%d/logo.png", plugins[0].ID)
}

// holdsNothingElse: no secrets, nothing of others, no names that people chose.
func (x exporting) holdsNothingElse(files map[string]string, absent string) {
	x.t.Helper()
	names := regexp.MustCompile(`^(account|vocabulary|keys|sessions|installations|plugins|uploads)\.json$|^plugins/\d+/logo\.png$|^uploads/\d+/audio\.part$|^errors\.txt$|^recordings/\d+/(recording|transcript|revisions|audio)\.[a-z]+$`)
	for name, content := range files {
		if !names.MatchString(name) {
			x.t.Errorf("a file is called %q", name)
		}
		if strings.HasSuffix(name, ".json") && !json.Valid([]byte(content)) {
			x.t.Errorf("%s is no JSON: %.300s", name, content)
		}
		for _, secret := range append(x.secrets, "Somebody else") {
			if strings.Contains(content, secret) {
				x.t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	if _, there := files[absent]; there {
		x.t.Errorf("%s is there", absent)
	}
}

func unzip(t *testing.T, content []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if _, twice := files[f.Name]; err != nil || twice {
			t.Fatalf("%s: %v, twice: %t", f.Name, err, twice)
		}
		files[f.Name] = string(content)
	}
	return files
}

type writes func(p []byte) (int, error)

func (w writes) Write(p []byte) (int, error) { return w(p) }

// TestExportEnds when nobody takes it any more, and when the person is shut out.
func TestExportEnds(t *testing.T) {
	t.Parallel()
	x := newExporting(t)
	for range 3 {
		x.record(strings.Repeat("sound ", 20_000), "text")
	}
	broken := errors.New("the connection broke")
	if err := x.ExportAccount(t.Context(), x.who, writes(func([]byte) (int, error) { return 0, broken })); !errors.Is(err, broken) {
		t.Errorf("a client that is gone: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stop := writes(func(p []byte) (int, error) { cancel(); return len(p), nil })
	if err := x.ExportAccount(ctx, x.who, stop); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	ended := x.who // a session that is there no more
	ended.SessionID = 1
	if err := x.ExportAccount(t.Context(), ended, io.Discard); talkit.KindOf(err) != talkit.Unauthenticated {
		t.Errorf("signed out: %v", err)
	}
	shut := writes(func(p []byte) (int, error) { return len(p), x.DeleteAccount(t.Context(), x.who) })
	if err := x.ExportAccount(t.Context(), x.who, shut); talkit.KindOf(err) != talkit.Unauthenticated {
		t.Errorf("shut out: %v", err)
	}
	developer := x.who
	developer.Kind = talkit.CallerDeveloper
	if err := x.ExportAccount(t.Context(), developer, io.Discard); talkit.KindOf(err) != talkit.Forbidden {
		t.Errorf("for a developer key: %v", err)
	}
}
