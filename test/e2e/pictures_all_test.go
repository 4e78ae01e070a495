package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestAllPictures draws the main pages for looking at, with nothing, one thing
// and a thousand in them, at both widths, in both schemes: make pictures-all.
// What they show is made up, and written into the rows.
func TestAllPictures(t *testing.T) {
	folder := os.Getenv("TALKIT_PICTURES_ALL")
	if folder == "" {
		t.Skip("make pictures-all does it")
	}
	for _, c := range []struct {
		name  string
		count int
	}{{"none", 0}, {"one", 1}, {"thousand", 1000}} {
		t.Run(c.name, func(t *testing.T) {
			f := newFull(t, c.count)
			b := browse(t, f.site)
			b.signIn(f.person)
			for name, path := range f.pages() {
				for _, px := range []int64{1280, 360} {
					for scheme, dark := range map[string]bool{"light": false, "dark": true} {
						b.dark(dark)
						b.width(px)
						b.open(path)
						value[bool](b, "document.fonts.ready.then(() => true)")
						b.top(filepath.Join(folder, fmt.Sprintf("%s-%s-%d-%s.png", name, c.name, px, scheme)), px)
					}
					if wide := value[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
						t.Errorf("%s, %s: scrolls sideways by %d of %d px", name, c.name, wide, px)
					}
				}
			}
		})
	}
}

// top keeps what there is of a page from its top down, so far as one looks.
func (b *tab) top(path string, width int64) {
	b.t.Helper()
	height := min(value[int](b, "document.documentElement.scrollHeight"), 2600)
	ctx, cancel := context.WithTimeout(b.ctx, stepTime)
	defer cancel()
	picture, err := chromedp.Call(ctx, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{CaptureBeyondViewport: new(true),
		Clip: &cdppage.Viewport{Width: float64(width), Height: float64(height), Scale: 1}})
	if err == nil {
		err = os.WriteFile(path, picture.Data, 0o644)
	}
	if err != nil {
		b.t.Fatalf("picture of %s: %v", path, err)
	}
}

// full is a server on which there is so much of everything, all of it of one
// person who dictates, builds plugins and runs it.
type full struct {
	*world
	count   int
	rows    storetest.Rows
	own     talkit.Plugin
	webhook talkit.Webhook
	note    int64 // the last one
	offered int64 // a plugin of somebody else
}

func newFull(t *testing.T, count int) *full {
	t.Helper()
	w := &world{site: serve(t, "--engine=manual"), t: t}
	f := &full{world: w, count: count, rows: storetest.RowsOf(t, w.DB)}
	w.person = w.called("uma@example.org", "Uma", "User")
	yes := true
	w.change(w.person, app.UserChange{Admin: &yes, Developer: &yes})
	f.own = f.rows.Plugin(w.person)
	f.webhook = f.rows.Webhook(f.own)
	f.offered = f.rows.Plugin(w.newUser(true)).ID
	f.publish()
	w.diary(count)
	f.longNote()
	f.rows.Do(func(tx *store.Tx) error {
		for i := range count {
			for _, add := range []func(*store.Tx, int) error{f.addPerson, f.addPlugin, f.addDelivery, f.addFailed, f.addRest} {
				if err := add(tx, i); err != nil {
					return err
				}
			}
		}
		return nil
	})
	f.vocabulary()
	return f
}

// pages are the main ones, by the names of their pictures.
func (f *full) pages() map[string]string {
	own := fmt.Sprintf("/developers/plugins/%d", f.own.ID)
	pages := map[string]string{
		"home": "/app", "search": "/app?q=harbour", "directory": "/app/plugins", "settings": "/app/settings", "words": "/app/settings/words", "access": "/app/settings/access",
		"data": "/app/settings/data", "consent": fmt.Sprintf("/app/install/%d", f.offered), "developers": "/developers", "plugin": own, "plugin-edit": own + "/edit",
		"installations": own + "/installations", "webhook": fmt.Sprintf("%s/webhooks/%d", own, f.webhook.ID), "keys": "/developers/keys", "start": "/developers/start",
		"server": "/admin", "people": "/admin/people", "person": fmt.Sprintf("/admin/people/%d", f.person.ID), "queue": "/admin/queue?state=failed",
		"all-plugins": "/admin/plugins", "log": "/admin/audit",
	}
	if f.note != 0 {
		note := fmt.Sprintf("/app/notes/%d", f.note)
		pages["note"], pages["note-edit"], pages["versions"], pages["details"] = note, note+"/edit", note+"/versions", note+"/details"
	}
	return pages
}

// publish lets the plugin of somebody else be seen, which asks for all there is.
func (f *full) publish() {
	f.t.Helper()
	f.rows.Do(func(tx *store.Tx) error {
		p, err := f.DB.Plugin(f.t.Context(), f.offered)
		if err != nil {
			return err
		}
		p.Name, p.Permissions, p.Published = "A plugin that asks for all", everything, true
		return tx.SetPlugin(f.t.Context(), p)
	})
}

// longNote has a name and a word that are hard to break, and as many versions
// and paragraphs as there is of everything.
func (f *full) longNote() {
	f.t.Helper()
	if f.count == 0 {
		return
	}
	r := storetest.NewRecording(f.person)
	r.Name, r.Status, r.Audio.Key = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft "+strings.Repeat("and the review of it ", 3), talkit.RecordingReview, ""
	r.Metadata = talkit.Metadata{"client": "Henderson", "address": "https://crm.example.org/clients/0123456789/notes/0123456789abcdef0123456789abcdef"}
	f.rows.Do(func(tx *store.Tx) error {
		if err := tx.AddRecording(f.t.Context(), &r); err != nil {
			return err
		}
		for i := range min(f.count, 30) {
			text := strings.Repeat(fmt.Sprintf("%s They want to move it to week %d of the year.\n\n", madeUp[3].text, i), min(f.count, 10))
			text = strings.TrimSpace(text)
			v := talkit.Revision{RecordingID: r.ID, UserID: &f.person.ID, Text: text, Segments: talkit.Segments{}.Rewritten(text, 120), CreatedOn: talkit.Now()}
			if err := tx.AddRevision(f.t.Context(), &v); err != nil {
				return err
			}
		}
		return nil
	})
	f.note = r.ID
}

// ago is a time in the past, the longer the higher n.
func ago(n int) talkit.Time { return talkit.Now().Add(-time.Duration(n) * 97 * time.Minute) }

// addPerson adds one who has installed the plugin.
func (f *full) addPerson(tx *store.Tx, i int) error {
	u := talkit.User{Email: fmt.Sprintf("person.with.a.long.address.%d@department.of.something.example.org", i), FirstName: "Maximiliane", LastName: fmt.Sprintf("Oberhauser-Weidenfeld the %dth", i),
		Developer: i%3 == 0, Disabled: i%7 == 1, CreatedOn: ago(i), UpdatedOn: ago(i)}
	if err := tx.AddUser(f.t.Context(), &u); err != nil {
		return err
	}
	installed := storetest.NewInstallation(f.own, u)
	return tx.AddInstallation(f.t.Context(), &installed)
}

// addPlugin adds one to the directory, and what the person may have of their own.
func (f *full) addPlugin(tx *store.Tx, i int) error {
	p := talkit.Plugin{UserID: f.person.ID, Name: fmt.Sprintf("Field notes of the %dth department", i), Published: true, CreatedOn: ago(i), UpdatedOn: ago(i),
		Description: "Files what you dictate under the client it is about. " + strings.Repeat("It reads each note as soon as you release it. ", i%4),
		Permissions: talkit.Permissions{"transcript": "read", "audio": "read"}}
	if err := tx.AddPlugin(f.t.Context(), &p); err != nil || i >= 20 {
		return err
	}
	installed := storetest.NewInstallation(p, f.person)
	return tx.AddInstallation(f.t.Context(), &installed)
}

// addDelivery adds an event that was delivered, refused, or waits.
func (f *full) addDelivery(tx *store.Tx, i int) error {
	e := talkit.Event{Key: "evt_" + rand.Text(), Type: talkit.AllEventTypes[i%6], PluginID: f.own.ID, CreatedOn: ago(i)}
	if err := tx.AddEvent(f.t.Context(), &e); err != nil {
		return err
	}
	d := talkit.Delivery{EventID: e.ID, WebhookID: f.webhook.ID, Status: talkit.DeliveryPending, NextAttemptOn: ago(-i), CreatedOn: ago(i), UpdatedOn: ago(i)}
	if err := tx.AddDelivery(f.t.Context(), &d); err != nil || i%5 == 4 {
		return err
	}
	d.Status = []talkit.DeliveryStatus{talkit.DeliverySucceeded, talkit.DeliverySucceeded, talkit.DeliveryFailed, talkit.DeliveryPending}[i%5]
	_, err := tx.FinishAttempt(f.t.Context(), d, talkit.Attempt{DeliveryID: d.ID, Number: 1, StatusCode: []int{204, 202, 500, 503}[i%5], DurationUS: int64(20+i%300) * 1000, CreatedOn: ago(i)}, nil)
	return err
}

// addFailed adds a note that failed, of the person themselves.
func (f *full) addFailed(tx *store.Tx, i int) error {
	r := storetest.NewRecording(f.person)
	r.Status, r.Error, r.CreatedOn = talkit.RecordingFailed, "There is no sound in it that can be read: it may be damaged, cut off, or not be sound at all.", ago(i+20_000)
	if i%2 == 0 {
		r.Error = "The speech engine failed several times on all of this recording. The sound is kept; try again, and if it fails again ask the operator to run talkit doctor."
	}
	if err := tx.AddRecording(f.t.Context(), &r); err != nil {
		return err
	}
	return tx.SetRecording(f.t.Context(), r)
}

// addRest adds a key, a browser and an entry of the log.
func (f *full) addRest(tx *store.Tx, i int) error {
	ctx := f.t.Context()
	if i < 60 {
		agent := []string{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605.1"}[i%2]
		err := tx.AddSession(ctx, &talkit.Session{UserID: f.person.ID, Hash: []byte(rand.Text()), Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Agent: agent,
			CreatedOn: ago(i), SeenOn: ago(i), ExpiresOn: ago(-1000)})
		if err != nil {
			return err
		}
		for _, kind := range []talkit.KeyKind{talkit.UserKey, talkit.DeveloperKey} {
			if err := tx.AddKey(ctx, &talkit.Key{UserID: f.person.ID, Kind: kind, Name: "the laptop in the office upstairs", Hash: []byte(rand.Text()), Last4: "x7q2", CreatedOn: ago(i)}); err != nil {
				return err
			}
		}
	}
	return tx.AddAudit(ctx, store.AuditEntry{CreatedOn: ago(i), Actor: talkit.CallerUser, ActorID: f.person.ID, Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348",
		Action: "transcript.withdrawn", Thing: "recording", ThingID: int64(i + 1), Detail: "permissions transcript=read audio=read recording=write"})
}

func (f *full) vocabulary() {
	f.t.Helper()
	v := talkit.Vocabulary{UserID: f.person.ID, UpdatedOn: talkit.Now()}
	for i := range min(f.count, talkit.MaxVocabularyWords) {
		v.Words = append(v.Words, fmt.Sprintf("Okonkwo the %dth", i))
		v.Replacements = append(v.Replacements, talkit.Replacement{Heard: fmt.Sprintf("wealth box %d", i), Write: fmt.Sprintf("Wealthbox %d", i)})
	}
	f.rows.Do(func(tx *store.Tx) error { return tx.SetVocabulary(f.t.Context(), v) })
}
