package e2e_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"talkit"
	"talkit/client"
	"talkit/internal/app"
	"talkit/internal/speech/enginetest"
	"talkit/wire"
)

// world is one person who dictates, one developer, and the developer's plugin,
// installed by the person and granted everything. Worlds know nothing of each
// other, so tests on one site run side by side.
type world struct {
	*site
	t testing.TB

	person, owner talkit.User
	user          caller // the person's key
	developer     caller // the owner's
	plugin        wire.Plugin
	secret        string // the plugin's secret key
	installation  talkit.Installation
	token         caller // a fresh token of the installation each time
}

// everything is what plugins of tests ask for, unless they are about that.
var everything = talkit.Permissions{"user": "read", "transcript": "write", "audio": "read", "recording": "write"}

func setup(t testing.TB, s *site) *world {
	t.Helper()
	w := &world{site: s, t: t}
	w.person, w.owner = w.newUser(false), w.newUser(true)
	w.user = w.as(t, w.newKey(w.person, talkit.UserKey))
	w.developer = w.as(t, w.newKey(w.owner, talkit.DeveloperKey))
	w.plugin = w.newPlugin(everything)
	w.secret = w.newSecretKey(w.plugin.ID)
	w.installation = w.install(w.plugin.ID, w.person)
	w.token = w.tokenOf(w.installation, w.secret)
	return w
}

// newUser makes a person as talkit user create does.
func (w *world) newUser(developer bool) talkit.User {
	w.t.Helper()
	u, err := w.App.CreateUser(w.t.Context(), talkit.Operator, app.NewUser{Email: strings.ToLower(rand.Text()) + "@example.com",
		FirstName: "Ada " + canary, LastName: "Lovelace", Developer: developer})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// newKey makes a key as talkit key create does.
func (w *world) newKey(u talkit.User, kind talkit.KeyKind) string {
	w.t.Helper()
	key, err := w.App.CreateKey(w.t.Context(), talkit.Operator, u, kind, "e2e")
	if err != nil {
		w.t.Fatal(err)
	}
	log.hide("a key", key)
	return key
}

// change changes a person as talkit user change does.
func (w *world) change(u talkit.User, c app.UserChange) {
	w.t.Helper()
	if _, err := w.App.ChangeUser(w.t.Context(), talkit.Operator, u.Email, c); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) newPlugin(permissions talkit.Permissions) wire.Plugin {
	w.t.Helper()
	return read[wire.Plugin](w.developer.post("/plugins", map[string]any{"name": "Notes " + canary, "permissions": permissions}).want(http.StatusCreated))
}

func (w *world) newSecretKey(pluginID int64) string {
	w.t.Helper()
	key := read[wire.PluginSecretKey](w.developer.post(fmt.Sprintf("/plugins/%d/secret_keys", pluginID), nil).want(http.StatusCreated))
	log.hide("a secret key", key.Value)
	return key.Value
}

// install installs a plugin as talkit plugin install does.
func (w *world) install(pluginID int64, u talkit.User) talkit.Installation {
	w.t.Helper()
	i, err := w.App.Install(w.t.Context(), talkit.Operator, pluginID, u)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

func (w *world) tokenOf(i talkit.Installation, secret string) caller {
	return caller{t: w.t, site: w.site, credential: func() string { return client.Token(i.UUID, secret, time.Now(), time.Minute) }}
}

// tokenWith is a token of another plugin that the person granted permissions.
func (w *world) tokenWith(permissions talkit.Permissions) caller {
	w.t.Helper()
	p := w.newPlugin(permissions)
	return w.tokenOf(w.install(p.ID, w.person), w.newSecretKey(p.ID))
}

// path is an address below the plugin's.
func (w *world) path(format string, args ...any) string {
	return fmt.Sprintf("/plugins/%d", w.plugin.ID) + fmt.Sprintf(format, args...)
}

// newWebhook makes a webhook of the plugin.
func (w *world) newWebhook(uri string, events ...talkit.EventType) wire.PluginWebhookWithSecret {
	w.t.Helper()
	body := map[string]any{"uri": uri}
	if len(events) > 0 {
		body["events"] = events
	}
	hook := read[wire.PluginWebhookWithSecret](w.developer.post(w.path("/webhooks"), body).want(http.StatusCreated))
	log.hide("a webhook's secret", hook.Secret)
	return hook
}

// field is a part of a submission beside the sound.
type field struct{ name, value string }

// submission is a multipart body with its parts in the given order, the sound last.
func submission(sound []byte, fields ...field) raw {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range fields {
		_ = form.WriteField(f.name, f.value) // a Buffer takes all
	}
	part, _ := form.CreateFormFile("audio", "note.wav")
	_, _ = part.Write(sound)
	_ = form.Close()
	return raw{form.FormDataContentType(), body.String()}
}

// submit sends a recording of a second.
func (w *world) submit(fields ...field) wire.Recording {
	w.t.Helper()
	needFFmpeg(w.t)
	return read[wire.Recording](w.user.post("/recordings", submission(tone(), fields...)).want(http.StatusAccepted))
}

// reach waits until a recording has a status.
func (w *world) reach(id int64, status talkit.RecordingStatus) (r wire.Recording) {
	w.t.Helper()
	until(w.t, fmt.Sprintf("recording %d becomes %s", id, status), func() bool {
		r = read[wire.Recording](w.user.get(fmt.Sprintf("/recordings/%d", id)).want(http.StatusOK))
		return r.Status == string(status)
	})
	return r
}

// review is a recording that waits for a person to release text.
func (w *world) review(text string, fields ...field) wire.Recording {
	w.t.Helper()
	r := w.reach(w.submit(fields...).ID, talkit.RecordingReview)
	w.user.put(fmt.Sprintf("/recordings/%d/transcript", r.ID), map[string]string{"text": text}).want(http.StatusOK)
	return r
}

// release completes a recording that waits for review.
func (w *world) release(r wire.Recording) wire.Recording {
	w.t.Helper()
	r = read[wire.Recording](w.user.post(fmt.Sprintf("/recordings/%d/release", r.ID), nil).want(http.StatusOK))
	if r.TranscriptID == nil {
		w.t.Fatalf("released without a transcript: %+v", r)
	}
	return r
}

// dictate makes a completed recording whose transcript is text.
func (w *world) dictate(text string, fields ...field) wire.Recording {
	w.t.Helper()
	return w.release(w.review(text, fields...))
}

// tone is a WAV file: a second of a 440 Hz sine.
var tone = sync.OnceValue(func() []byte { return wav(enginetest.Tone(1)) })
