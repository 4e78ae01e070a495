package e2e_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"talkit/internal/app"
	"talkit/internal/speech/enginetest"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// beforehand has a script run in each page that is opened from now on, before
// those of the page.
func (b *tab) beforehand(script string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		b.t.Fatal(err)
	}
}

// TestDatabaseClosedWhileRecording: a browser closes what a page has open of
// it, with a word or without one, and all is kept and sent all the same.
func TestDatabaseClosedWhileRecording(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.noteWhatIsMade()
	b.beforehand(`globalThis.connections = [];
		const open = IDBFactory.prototype.open;
		IDBFactory.prototype.open = function (...what) {
			const request = open.apply(this, what);
			request.addEventListener("success", () => connections.push(request.result));
			return request;
		};`)
	b.open("/app")
	b.record()
	const closeAll = `connections.splice(0).map((db) => { db.close(); %s; }).length`
	if value[int](b, fmt.Sprintf(closeAll, "")) == 0 {
		t.Fatal("the page had no connection")
	}
	b.wait(`connections.length > 0`) // a new one
	b.offline(true)
	b.see("The server cannot be reached. It is kept on this device.")
	value[int](b, fmt.Sprintf(closeAll, `db.dispatchEvent(new Event("close"))`))
	b.wait(`connections.length > 0`)
	b.click("[data-record]")
	b.wait(isIdle)
	here := b.onDevice()
	if made := b.made(); len(here) != 1 || here[0].SHA256 != made {
		t.Errorf("on the device: %+v, made was %s", here, made)
	}
	value[int](b, fmt.Sprintf(closeAll, ""))
	b.offline(false)
	b.waitFor(patience, allSent)
	w.sameBytes(b.made())
	if left := b.onDevice(); len(left) != 0 {
		t.Errorf("still on the device: %+v", left)
	}
}

// TestPieceIsMissing: what comes before a piece that the device lost is sent,
// and one is told.
func TestPieceIsMissing(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.offline(true)
	b.record()
	b.click("[data-record]")
	b.wait(isIdle)
	sum := value[string](b, `(async () => {
		const db = await new Promise((resolve) => (indexedDB.open("talkit").onsuccess = (e) => resolve(e.target.result)));
		const pieces = db.transaction("pieces", "readwrite").objectStore("pieces");
		const all = await new Promise((resolve) => (pieces.getAll().onsuccess = (e) => resolve(e.target.result)));
		const gone = all[all.length - 3];
		await new Promise((resolve) => (pieces.delete([gone.thing, gone.start]).onsuccess = resolve));
		db.close();
		const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(all.slice(0, -3).map((p) => p.bytes)).arrayBuffer()));
		return [...hash].map((b) => b.toString(16).padStart(2, "0")).join("");
	})()`)
	b.offline(false)
	b.waitFor(patience, `document.querySelector(".toasts").textContent.includes("is missing: this device did not keep it.")`)
	b.wait(allSent)
	w.sameBytes(sum)
}

// answerOnce has the next request of a script for an address with these words
// in it answered by an expression of what a fetch gives.
func (b *tab) answerOnce(words, answer string) {
	b.t.Helper()
	value[bool](b, fmt.Sprintf(`(() => {
		const real = globalThis.real ??= globalThis.fetch;
		globalThis.answered = false;
		globalThis.fetch = (what, how) => {
			if (answered || !String(what).includes(%q)) return real(what, how);
			answered = true;
			return %s;
		};
		return true;
	})()`, words, answer))
}

// TestListOutlivesAnswers: after an answer that is not from us, or breaks off,
// the list stays up to date as before.
func TestListOutlivesAnswers(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app")
	b.see("Your notes will be here")
	r := w.submit(field{"name", "At first"})
	b.see("At first")
	b.see("To review")
	rename := func(name string) {
		w.user.patch(fmt.Sprintf("/recordings/%d", r.ID), map[string]string{"name": name}).want(200)
	}
	for i, answer := range []string{
		`Promise.resolve(new Response("<p>Sign in to this network</p>", { headers: { "Content-Type": "text/html" } }))`,
		`Promise.resolve(new Response(new ReadableStream({ start(body) { body.error(new TypeError("broken off")) } })))`,
		`Promise.reject(new TypeError("no network"))`,
	} {
		b.answerOnce("/row", answer)
		rename(fmt.Sprint("Unseen ", i))
		b.wait("answered")
		rename(fmt.Sprint("Seen ", i))
		b.see(fmt.Sprint("Seen ", i))
	}
	for i, answer := range []string{
		`Promise.resolve(new Response("<p>Sign in to this network</p>", { headers: { "Content-Type": "text/html" } }))`,
		`Promise.resolve(new Response(new ReadableStream({ start(body) { body.error(new TypeError("broken off")) } })))`,
	} {
		b.answerOnce("/app", answer) // a new note has the whole list fetched
		w.submit(field{"name", fmt.Sprint("Another ", i)})
		b.wait("answered")
		w.submit(field{"name", fmt.Sprint("One more ", i)})
		b.see(fmt.Sprint("One more ", i))
		b.see(fmt.Sprint("Another ", i))
	}
}

// TestNoteIsAskedForAgain: where the page cannot be had right when the text is
// there, or right after saving, it is asked for until it can.
func TestNoteIsAskedForAgain(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	sound, err := w.App.StoreUpload(t.Context(), bytes.NewReader(tone()))
	if err != nil {
		t.Fatal(err)
	}
	rec := storetest.NewRecording(w.person)
	rec.Audio.Key = sound.Key
	if err := w.App.DB.InTx(t.Context(), func(tx *store.Tx) error { return tx.AddRecording(t.Context(), &rec) }); err != nil {
		t.Fatal(err)
	}
	b := browse(t, w.site)
	b.signIn(w.person)
	path := fmt.Sprintf("/app/notes/%d", rec.ID)
	b.open(path)
	b.see("Waits for its turn")
	const fails = `Promise.reject(new TypeError("no network"))`
	b.answerOnce(path, fails)
	key, err := w.App.StoreWork(t.Context(), strings.NewReader("sound"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.App.Prepare(t.Context(), rec.Run.ID, app.Prepared{WorkKey: key, Duration: time.Second, ByHand: true}); err != nil {
		t.Fatal(err)
	}
	b.wait("answered")
	b.see("yours to write")

	b.answerOnce(path, `(answered = false, `+fails+`)`) // each time
	for _, text := range []string{"By hand.", "By hand again."} {
		b.write(text)
		b.press("Save")
		until(t, "it is saved", func() bool {
			v, err := w.App.DB.TextAlone(t.Context(), rec.ID)
			return err == nil && v.Text == text
		})
		b.see("Saved.")
	}
	value[bool](b, `answered = true`)
	b.see("Waits for your review")
	b.wait(`document.querySelector(".text:not(textarea)").innerText === "By hand again." && !document.querySelector("textarea[name=text]").checkVisibility()`)
}
