package e2e_test

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
	"talkit/wire"
)

// TestPictures draws the pictures of docs/ anew: make pictures. They show
// people, notes and plugins that are made up.
func TestPictures(t *testing.T) {
	folder := os.Getenv("TALKIT_PICTURES")
	if folder == "" {
		t.Skip("make pictures does it")
	}
	w := setup(t, serve(t, "--engine=manual", loopback))
	uma, dana := w.called("uma@example.org", "Uma", "User"), w.called("dana@fieldnotes.example", "Dana", "Dev")
	p := &painter{world: w, folder: folder, b: browse(t, w.site)}

	w.user = w.as(t, w.newKey(uma, talkit.UserKey))
	notes := p.dictateAll()
	w.developer = w.as(t, w.newKey(dana, talkit.DeveloperKey))
	plugin := read[wire.Plugin](w.developer.post("/plugins", map[string]any{"name": "Field Notes", "published": true,
		"description": "Files what you dictate under the client it is about.",
		"permissions": talkit.Permissions{"transcript": "read", "audio": "read", "user": "read"}}).want(http.StatusCreated))
	w.plugin = plugin
	hook := p.deliver(uma, notes[0])

	note := fmt.Sprintf("/app/notes/%d", notes[0])
	p.b.signIn(uma)
	p.draw("home", "/app", desk, light)
	p.draw("home-dark", "/app", desk, dark)
	p.draw("home-phone", "/app", phone, light)
	p.draw("search", "/app?q=review", desk, light)
	p.draw("note", note, desk, light)
	p.draw("note-dark", note, desk, dark)
	p.draw("note-phone", note, phone, light)
	p.draw("versions", note+"/versions", desk, light)
	p.draw("plugins", "/app/plugins", desk, light)
	p.draw("settings", "/app/settings", desk, light)
	w.uninstall(uma)
	p.draw("consent", fmt.Sprintf("/app/install/%d", plugin.ID), desk, light)
	p.b.signIn(dana)
	p.draw("webhook", fmt.Sprintf("/developers/plugins/%d/webhooks/%d", plugin.ID, hook), desk, light)
	p.draw("plugin", fmt.Sprintf("/developers/plugins/%d", plugin.ID), desk, light)
	yes := true
	w.change(uma, app.UserChange{Admin: &yes})
	p.b.signIn(uma)
	p.aDay()
	p.draw("server", "/admin", desk, light)
	p.draw("log", "/admin/audit", desk, light)
}

// What a picture is taken with.
const (
	desk, phone = int64(1280), int64(375)
	light, dark = false, true
)

// called makes a person with a name for pictures.
func (w *world) called(email, first, last string) talkit.User {
	w.t.Helper()
	u, err := w.App.CreateUser(w.t.Context(), talkit.Operator, app.NewUser{Email: email, FirstName: first, LastName: last, Developer: first == "Dana"})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) uninstall(u talkit.User) {
	w.t.Helper()
	if err := w.App.UninstallOf(w.t.Context(), talkit.Operator, w.plugin.ID, u); err != nil {
		w.t.Fatal(err)
	}
}

type painter struct {
	*world
	b      *tab
	folder string
}

// draw keeps what the window shows.
func (p *painter) draw(name, path string, width int64, dark bool) {
	p.t.Helper()
	height := int64(800)
	if name == "server" {
		height = 524 // what is below names folders of the machine
	}
	p.b.dark(dark)
	p.b.do("width", chromedp.EmulateViewport(width, height))
	p.b.open(path)
	value[bool](p.b, "document.fonts.ready.then(() => new Promise((done) => setTimeout(() => done(true), 500)))")
	picture, err := chromedp.Run(p.b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(p.folder, name+".png"), picture, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// aDay gives the overview a day to look back on.
func (p *painter) aDay() {
	p.t.Helper()
	err := p.DB.InTx(p.t.Context(), func(tx *store.Tx) error {
		for i := range 143 {
			on := talkit.Now().Add(-24*time.Hour + time.Duration(i)*10*time.Minute)
			busy := math.Max(0, math.Sin(float64(i-20)/143*2*math.Pi)) + 0.3*math.Abs(math.Sin(float64(i*i)))
			for name, v := range map[string]float64{app.SampleWaiting: math.Floor(6 * busy), app.SampleRunning: math.Floor(2 * busy), app.SampleFailed: 0,
				app.SampleAudio: float64(4+i/20) * 1e6, app.SampleDatabase: float64(400+i) * 1e3, app.SamplePending: math.Floor(4 * busy),
				app.SampleSucceeded: 1 - 0.04*busy, app.SampleLag: 0.1 + 0.4*busy} {
				if err := tx.SetSample(p.t.Context(), store.Sample{Name: name, TakenOn: on, Value: v}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// madeUp is what Uma dictates, the newest last.
var madeUp = []struct{ name, kind, text string }{
	{"Ideas from the drive home", "note", "Group each client's family together, filled in before the yearly review. Ask Priya what the portal can do by itself."},
	{"Follow up on the Alvarez account", "task", "Send the review packet and ask about the trust documents. Ring back on Thursday if nothing came."},
	{"Letter to the county office", "letter", "Dear Ms Brandt, thank you for the forms. Enclosed you find the signed copy of the review, and the two pages that were missing."},
	{"Call with the Hendersons", "meeting", "Met with Tom and Margaret Henderson this morning. They want to move the annual review to the second week of January, and Margaret asked whether we could bring the numbers for the lake house.\n\n" +
		"Tom mentioned that the Wealthbox note from October still shows the old beneficiary. I told him we would correct it this week and send a copy to Dr. Okonkwo at the trust.\n\n" +
		"They are leaving for Portugal on the fourth. Anything that needs a signature has to reach them before the first, or it waits until February."},
}

// dictateAll makes the notes, and returns their ids, the newest first.
func (p *painter) dictateAll() (ids []int64) {
	p.t.Helper()
	sound := filepath.Join(p.t.TempDir(), "speech.flac")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-stream_loop", "5", "-i", "../../examples/jfk.flac", sound).CombinedOutput(); err != nil {
		p.t.Fatalf("ffmpeg: %v %s", err, out)
	}
	content, err := os.ReadFile(sound)
	if err != nil {
		p.t.Fatal(err)
	}
	for i, note := range madeUp {
		r := read[wire.Recording](p.user.post("/recordings", submission(content, field{"name", note.name}, field{"type", note.kind})).want(http.StatusAccepted))
		p.reach(r.ID, talkit.RecordingReview)
		p.user.put(fmt.Sprintf("/recordings/%d/transcript", r.ID), map[string]string{"text": note.text}).want(http.StatusOK)
		if i != 2 { // the letter waits for review
			p.user.post(fmt.Sprintf("/recordings/%d/release", r.ID), nil).want(http.StatusOK)
		}
		ids = append([]int64{r.ID}, ids...)
	}
	return ids
}

// deliver installs the plugin and sends its webhook some events, with a
// receiver that refuses one; it returns the webhook's id.
func (p *painter) deliver(u talkit.User, recording int64) int64 {
	p.t.Helper()
	n := 0
	receiver := receive(p.t, func(rw http.ResponseWriter, _ delivered) {
		if n++; n == 3 {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	hook := p.newWebhook(receiver.URL, talkit.TranscriptCompleted, talkit.TranscriptUpdated, talkit.InstallationCreated)
	p.install(p.plugin.ID, u)
	receiver.next(talkit.InstallationCreated)
	for i := range 4 {
		text := fmt.Sprintf("%s Version %d.", madeUp[3].text, i+2)
		if i == 3 {
			text = madeUp[3].text
		}
		p.user.put(fmt.Sprintf("/recordings/%d/transcript", recording), map[string]string{"text": text}).want(http.StatusOK)
		receiver.next(talkit.TranscriptUpdated)
	}
	return hook.ID
}
