package e2e_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"talkit"
	"talkit/internal/door"
	"talkit/internal/speech/enginetest"
	"talkit/wire"
)

// hearing opens a browser whose microphone hears a clip of speech.
func hearing(t *testing.T, w *world, clip enginetest.Clip) *tab {
	t.Helper()
	needFFmpeg(t)
	path := filepath.Join(t.TempDir(), "clip.wav")
	if err := os.WriteFile(path, wav(clip.PCM), 0o600); err != nil {
		t.Fatal(err)
	}
	b := browse(t, w.site, microphone(path)...)
	b.signIn(w.person)
	b.open("/app")
	return b
}

// another is a second tab of the same browser; it is closed as a person closes one.
func (b *tab) another() (other *tab, leave func()) {
	b.t.Helper()
	ctx, leave := chromedp.NewContext(b.ctx)
	other = &tab{t: b.t, ctx: ctx, site: b.site}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	other.listen()
	return other, leave
}

const (
	isRecording = `document.querySelector("[data-recorder]").dataset.state === "recording"`
	isIdle      = `document.querySelector("[data-recorder]").dataset.state === "idle"`
	allSent     = isIdle + ` && document.querySelector("[data-sending]").hidden`
)

// record presses the button and waits until some of the voice is kept.
func (b *tab) record() {
	b.t.Helper()
	b.click("[data-record]")
	b.wait(isRecording)
	b.wait(`document.querySelector("[data-time]").textContent >= "0:03"`)
}

// kept is what this device holds, as the database of the browser has it.
type kept struct {
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
	URL    string `json:"url"`
}

// onDevice reads what is kept on the device, oldest first.
func (b *tab) onDevice() []kept {
	b.t.Helper()
	return value[[]kept](b, `(async () => {
		const db = await new Promise((resolve) => (indexedDB.open("talkit").onsuccess = (e) => resolve(e.target.result)));
		const all = (store) => new Promise((resolve) => (db.transaction(store).objectStore(store).getAll().onsuccess = (e) => resolve(e.target.result)));
		const things = await all("things"), pieces = await all("pieces");
		db.close();
		return Promise.all(things.map(async ({ id, size, url }) => {
			const bytes = await new Blob(pieces.filter((p) => p.thing === id).map((p) => p.bytes)).arrayBuffer();
			const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
			return { size, url, sha256: [...hash].map((b) => b.toString(16).padStart(2, "0")).join("") };
		}));
	})()`)
}

// recordings are those of the person, oldest first.
func (w *world) recordings() []wire.Recording {
	w.t.Helper()
	return read[wire.List[wire.Recording]](w.user.get("/recordings").want(http.StatusOK)).Data
}

// sameBytes wants the server to have one recording, of these bytes.
func (w *world) sameBytes(sum string) {
	w.t.Helper()
	all := w.recordings()
	if len(all) != 1 {
		w.t.Fatalf("%d recordings, want one", len(all))
	}
	sound := w.user.get(fmt.Sprintf("/recordings/%d/audio", all[0].ID)).want(http.StatusOK).body
	if got := sha256.Sum256(sound); hex.EncodeToString(got[:]) != sum {
		w.t.Errorf("%d bytes arrived, not those that were recorded", len(sound))
	}
}

// TestRecordWithoutNetwork: what is said while the network is gone is kept on
// the device, and arrives byte for byte when it is back.
func TestRecordWithoutNetwork(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.record()
	b.offline(true)
	b.see("The server cannot be reached. It is kept on this device.")
	b.wait(`document.querySelector("[data-time]").textContent >= "0:06"`)
	b.click("[data-record]")
	b.wait(isIdle)
	b.see("Sending goes on by itself")
	here := b.onDevice()
	if len(here) != 1 || here[0].Size == 0 || here[0].URL == "" {
		t.Fatalf("on the device: %+v", here)
	}
	if n := len(w.recordings()); n != 0 {
		t.Fatalf("%d recordings without network", n)
	}
	b.offline(false)
	b.waitFor(patience, allSent)
	w.sameBytes(here[0].SHA256)
	if left := b.onDevice(); len(left) != 0 {
		t.Errorf("still on the device: %+v", left)
	}
}

// TestTabClosedWhileRecording: what was said until then is said to be on the
// device when the page is opened again, and sent.
func TestTabClosedWhileRecording(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	other, leave := b.another()
	other.open("/app")
	other.record()
	b.open("/app") // while the other tab has it, this one leaves it alone
	if value[bool](b, `document.querySelector("[data-sending]").children.length > 0`) {
		t.Error("a tab speaks of what another one is recording")
	}
	b.offline(true) // so that what is said can be read
	leave()
	b.see("Is on this device from an earlier visit.")
	here := b.onDevice()
	if len(here) != 1 || here[0].Size == 0 {
		t.Fatalf("on the device: %+v", here)
	}
	b.offline(false)
	b.waitFor(patience, allSent)
	w.sameBytes(here[0].SHA256)
}

// TestRemoveFromDevice: what waits on the device can be removed, once one said
// that one is sure.
func TestRemoveFromDevice(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.offline(true)
	b.record()
	b.click("[data-record]")
	b.see("cannot be reached")
	b.press("Remove")
	b.press("Keep it")
	if here := b.onDevice(); len(here) != 1 {
		t.Fatalf("on the device: %+v", here)
	}
	b.press("Remove")
	b.click("dialog button[value=yes]")
	b.wait(allSent)
	if here := b.onDevice(); len(here) != 0 {
		t.Errorf("still on the device: %+v", here)
	}
	b.offline(false)
	if n := len(w.recordings()); n != 0 {
		t.Errorf("%d recordings of what was removed", n)
	}
}

// files chooses files as a person does in the browser's dialog.
func (b *tab) files(paths ...string) {
	b.t.Helper()
	b.do("choose files", chromedp.SetUploadFiles(chromedp.CSS("[data-files] input[type=file]"), paths))
}

func file(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSendFiles: many at once, of which some are no sound or too large, each
// said in its line.
func TestSendFiles(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual", "--max-upload=100KiB"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app")
	b.files(file(t, "Talk with "+canary+".wav", tone()), file(t, "AUD-20260102-WA0003.wav", tone()),
		file(t, "letter.txt", []byte("not a sound")), file(t, "long.wav", make([]byte, 101<<10)), file(t, "nothing.wav", nil))
	b.see("this server takes 100.0 KiB at most")
	b.see("The file is empty.")
	b.wait(`document.querySelector("[data-sending]").children.length === 3`)
	all := w.recordings()
	if len(all) != 2 || all[0].Name+all[1].Name != "Talk with "+canary {
		t.Errorf("became %+v", all)
	}
	b.axe()
	b.press("Remove")
	b.wait(`document.querySelector("[data-sending]").children.length === 2`)
}

// TestSendFilesWithoutScripts: the form alone sends files.
func TestSendFilesWithoutScripts(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.scripts(false)
	b.open("/app")
	b.do("choose a type", chromedp.SetValue(chromedp.CSS("[name=type]"), "letter"), chromedp.SetValue(chromedp.CSS("[name=language]"), "de"))
	b.files(file(t, "one.wav", tone()), file(t, "letter.txt", []byte("not a sound")))
	b.press("Send the files")
	b.see("letter.txt")
	b.see("1 other file was taken")
	all := w.recordings()
	if len(all) != 1 || all[0].Type != "letter" || all[0].Language != "de" {
		t.Errorf("became %+v", all)
	}
}

// slow lets no more than so many bytes a second leave the browser.
func (b *tab) slow(rate float64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{URLPattern: "", DownloadThroughput: -1, UploadThroughput: rate}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestServerKilledWhileFilesCome: kill -9 in the middle of an upload, and the
// server that comes back gets the rest: the same bytes, and one recording.
func TestServerKilledWhileFilesCome(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	server := s.serve()
	key := s.user(killEmail)
	noise := make([]byte, 600*talkit.BytesPerSecond)
	rand.Read(noise)
	sound := wav(noise)
	b := browse(t, nil)
	b.do("sign in", chromedp.Navigate(s.talkit("user", "link", "--email", killEmail)))
	b.fill("password", password)
	b.keys(enter)
	b.at("/app")
	b.slow(1 << 20) // which leaves it ten seconds and more after the kill is due
	b.files(file(t, "long.wav", sound))
	b.wait(`document.querySelector("[data-sending] progress").value > 0.4`)
	server.kill()
	b.see("The server cannot be reached.")
	b.slow(-1)
	again := s.serve()
	b.waitFor(patience, allSent)
	all := killJSON[wire.List[wire.Recording]](t, s.call("GET", "/recordings", key, "")).Data
	if len(all) != 1 {
		t.Fatalf("%d recordings of one file", len(all))
	}
	if got := s.call("GET", fmt.Sprintf("/recordings/%d/audio", all[0].ID), key, ""); !bytes.Equal(got, sound) {
		t.Errorf("%d bytes arrived of %d, or others", len(got), len(sound))
	}
	again.kill()
	b.do("open it without a server", chromedp.Navigate(s.url+"/app"))
	b.see("Your notes are on the server.")
}

// signOut ends all sessions of the person, as from another browser.
func (w *world) signOut() {
	w.t.Helper()
	who := talkit.Caller{Kind: talkit.CallerUser, UserID: w.person.ID, Person: w.person}
	all, err := w.App.Sessions(w.t.Context(), who)
	for _, session := range all {
		err = errors.Join(err, w.App.EndSession(w.t.Context(), who, session.ID))
	}
	if err != nil || len(all) == 0 {
		w.t.Fatalf("%d sessions; %v", len(all), err)
	}
}

// TestSignedOutWhileRecording: what a session no longer permits is kept, and
// goes on after signing in again.
func TestSignedOutWhileRecording(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.record()
	w.signOut()
	b.seeFor(patience, "You are no longer signed in. It is kept on this device.") // what is open is looked at now and then
	b.click("[data-record]")
	b.wait(isIdle)
	here := b.onDevice()
	b.signIn(w.person)
	b.waitFor(patience, allSent)
	w.sameBytes(here[0].SHA256)
}

// TestNoMicrophone: what keeps a browser from recording is said in words, with
// what to do instead.
func TestNoMicrophone(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site, chromedp.Flag("host-resolver-rules", "MAP talkit.test 127.0.0.1"), chromedp.Flag("use-fake-device-for-media-stream", true))
	_, port, err := net.SplitHostPort(w.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far := "http://talkit.test:" + port
	session := network.SetCookieParams{Name: door.SessionCookie(far), Value: greeting(t, w.site, w.person).Value, URL: far}
	if _, err := chromedp.Call(b.ctx, network.SetCookie, session); err != nil {
		t.Fatal(err)
	}
	b.do("open it without https", chromedp.Navigate(far+"/app"))
	b.see("A browser gives no microphone to a page without https.")
	b.axe()
	b.mu.Lock()
	b.faults = nil // the browser complains that a header for https has no effect there
	b.mu.Unlock()
	b.signIn(w.person)
	b.open("/app")
	_, err = chromedp.Call(b.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "microphone"}, Setting: browser.PermissionSettingDenied, Origin: w.URL()})
	if err != nil {
		t.Fatal(err)
	}
	b.click("[data-record]")
	b.see("This page may not use the microphone.")
	b.axe()
}

// TestShareToTheApp: what another app shares is taken by the service worker,
// and sent from the page that opens.
func TestShareToTheApp(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app")
	value[bool](b, `navigator.serviceWorker.ready.then((r) => !!r.active)`)
	value[bool](b, fmt.Sprintf(`(() => {
		const sound = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0)), files = new DataTransfer();
		files.items.add(new File([sound], "Walk with Tom.wav", { type: "audio/wav" }));
		document.body.insertAdjacentHTML("beforeend", '<form id="share" method="post" action="/app/share" enctype="multipart/form-data"><input type="file" name="audio"></form>');
		const form = document.getElementById("share");
		form.elements.audio.files = files.files;
		form.submit();
		return true;
	})()`, base64.StdEncoding.EncodeToString(tone())))
	until(t, "it is a recording", func() bool { return len(w.recordings()) == 1 })
	b.at("/app")
	b.waitFor(patience, allSent)
	if all := w.recordings(); all[0].Name != "Walk with Tom" {
		t.Errorf("it is called %q", all[0].Name)
	}
	if len(w.lines.with(`"route":"/app/share"`)) > 0 {
		t.Error("the server took what the service worker should have")
	}
}

// TestNothingIsKept: where the browser keeps nothing, as in some private
// windows, one is told, and what is said is sent all the same.
func TestNothingIsKept(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	forgetful := cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: `Object.defineProperty(globalThis, "indexedDB", { value: undefined })`}
	if _, err := chromedp.Call(b.ctx, cdppage.AddScriptToEvaluateOnNewDocument, forgetful); err != nil {
		t.Fatal(err)
	}
	b.open("/app")
	b.record()
	b.see("This browser keeps nothing on the device.")
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	if n := len(w.recordings()); n != 1 {
		t.Errorf("%d recordings", n)
	}
}
