package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/mail/mailtest"
	"talkit/internal/server"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// pageThings are the things of somebody who is and does everything, by the
// names that examples of pages have for them.
type pageThings struct {
	*world
	ids map[string]string
}

func (p *pageThings) is(name string, id int64) { p.ids[name] = fmt.Sprint(id) }

// newPageThings is a server that sends mail and has things in every state.
func newPageThings(t *testing.T) *pageThings {
	t.Helper()
	letters := mailtest.Serve(t, mailtest.Options{})
	w := setup(t, serve(t, "--engine=manual", loopback, "--smtp-url=smtp://"+letters.Address+"?from=notes@example.org"))
	p := &pageThings{world: w, ids: map[string]string{}}
	yes := true
	w.change(w.owner, app.UserChange{Admin: &yes})
	w.user = w.as(t, w.newKey(w.owner, talkit.UserKey))
	w.person = w.owner
	w.installation = w.install(w.plugin.ID, w.owner)
	p.is("self", w.owner.ID)
	p.is("person", w.newUser(false).ID)
	keys, err := w.App.DB.KeysOf(t.Context(), w.owner.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		p.is(map[talkit.KeyKind]string{talkit.UserKey: "key", talkit.DeveloperKey: "developer key"}[k.Kind], k.ID)
	}
	link, err := w.App.MakeLink(t.Context(), talkit.Operator, w.newUser(false).ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p.ids["link"] = link[strings.LastIndex(link, "/")+1:]
	log.hide("a link", p.ids["link"])
	p.plugins()
	p.notes()
	err = w.App.SetEngines(t.Context(), []store.EngineState{{Machine: server.Machine(), Model: "base", Name: "whisper base", Workers: 2, InHand: 1, Loaded: true,
		SoundMS: 50_000, BusyMS: 10_000, Fault: "the speech process stood still and was killed", FaultOn: talkit.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plugins are two, of which one is installed, with two webhooks.
func (p *pageThings) plugins() {
	p.t.Helper()
	p.is("plugin", p.plugin.ID)
	p.developer.do(http.MethodPatch, p.path(""), map[string]any{"published": true}).want(http.StatusOK)
	offered := read[wire.Plugin](p.developer.post("/plugins", map[string]any{"name": "Offered", "published": true, "permissions": everything}).want(http.StatusCreated))
	p.is("offered", offered.ID)
	receiver := receive(p.t, func(rw http.ResponseWriter, _ delivered) { rw.WriteHeader(http.StatusTeapot) })
	p.is("webhook", p.newWebhook(receiver.URL).ID)
	off := p.newWebhook(receiver.URL)
	p.developer.patch(p.path("/webhooks/%d", off.ID), map[string]any{"disabled": true}).want(http.StatusOK)
	p.is("off", off.ID)
	p.dictate("A note for the webhook. " + canary)
	receiver.next(talkit.TranscriptCompleted)
}

// notes are in every state that a note can be in.
func (p *pageThings) notes() {
	p.t.Helper()
	released := p.dictate("One note. "+canary, field{"metadata", `{"client":"Henderson"}`})
	p.user.put(fmt.Sprintf("/recordings/%d/transcript", released.ID), map[string]string{"text": "Another text. " + canary}).want(http.StatusOK)
	p.is("released", released.ID)
	p.is("draft", p.review("A draft. "+canary).ID)
	p.is("empty", p.reach(p.submit().ID, talkit.RecordingReview).ID)
	withdrawn := p.dictate("A note that was withdrawn. " + canary)
	p.user.post(fmt.Sprintf("/recordings/%d/withdraw", withdrawn.ID), nil).want(http.StatusOK)
	p.is("withdrawn", withdrawn.ID)
	failed := read[wire.Recording](p.user.post("/recordings", submission(hollow())).want(http.StatusAccepted))
	p.is("failed", p.reach(failed.ID, talkit.RecordingFailed).ID)
	p.note("waiting", nil)
	p.note("held", func(r *talkit.Recording) { r.WaitingFor = talkit.WaitingForEngine })
	storetest.RowsOf(p.t, p.DB).Run(p.note("running", func(r *talkit.Recording) { r.Status = talkit.RecordingProcessing }), 1000, 1000)
	apart := p.note("apart", func(r *talkit.Recording) { r.Status = talkit.RecordingReview })
	p.wrote(apart, "How much is it?", "Two pounds.")
	renewing := p.note("renewing", func(r *talkit.Recording) { r.Status = talkit.RecordingReview })
	p.wrote(renewing, "What is there.")
	storetest.RowsOf(p.t, p.DB).Do(func(tx *store.Tx) error { return tx.AddAgain(p.t.Context(), &renewing) })
}

// note adds one that no engine has in hand, as a server that is busy has it.
func (p *pageThings) note(name string, change func(*talkit.Recording)) talkit.Recording {
	p.t.Helper()
	sound, err := p.App.StoreUpload(p.t.Context(), bytes.NewReader(tone()))
	if err != nil {
		p.t.Fatal(err)
	}
	r := storetest.NewRecording(p.person)
	r.Name, r.Audio.Key, r.Audio.Size = "A note that is "+name, sound.Key, sound.Size
	if change != nil {
		change(&r)
	}
	storetest.RowsOf(p.t, p.DB).Do(func(tx *store.Tx) error { return tx.AddRecording(p.t.Context(), &r) })
	p.is(name, r.ID)
	return r
}

// wrote gives a note a text by an engine, in which two people speak in turn.
func (p *pageThings) wrote(r talkit.Recording, says ...string) {
	p.t.Helper()
	var all talkit.Segments
	for i, text := range says {
		channel, at := i%2+1, float64(i)
		all = append(all, talkit.Segment{Channel: &channel, Text: text, Start: at, End: at + 1,
			Words: []talkit.Word{{Word: text, Start: at, End: at + 1, Probability: 0.3}}})
	}
	v := talkit.Revision{RecordingID: r.ID, RunID: &r.Run.ID, Text: strings.Join(says, " "), Segments: all, CreatedOn: talkit.Now()}
	storetest.RowsOf(p.t, p.DB).Do(func(tx *store.Tx) error { return tx.AddRevision(p.t.Context(), &v) })
}

// signOut forgets the browser's session.
func (b *tab) signOut() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
}
