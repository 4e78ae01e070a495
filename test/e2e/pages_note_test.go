package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/speech/enginetest"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// spoken is a released note of 12 s that an engine heard: a word a second, of
// which those that end in ? were unsure.
func (w *world) spoken(text string, fields ...field) wire.Recording {
	w.t.Helper()
	needFFmpeg(w.t)
	return w.heardIn(wav(enginetest.Tone(12)), text, fields...)
}

// heardIn is spoken for other sound. A word that begins with | begins
// a paragraph.
func (w *world) heardIn(sound []byte, text string, fields ...field) wire.Recording {
	w.t.Helper()
	r := read[wire.Recording](w.user.post("/recordings", submission(sound, fields...)).want(http.StatusAccepted))
	r = w.reach(r.ID, talkit.RecordingReview)
	s := talkit.Segment{}
	for i, word := range strings.Fields(text) {
		space := " "
		if bare, begins := strings.CutPrefix(word, "|"); begins {
			word, space = bare, "\n\n"
		}
		sure := 0.9
		if strings.HasSuffix(word, "?") {
			sure = 0.3
		}
		s.Words = append(s.Words, talkit.Word{Word: space + strings.TrimSuffix(word, "?"), Start: float64(i), End: float64(i + 1), Probability: sure})
		s.Text += s.Words[i].Word
		s.End = float64(i + 1)
	}
	s.Text = strings.TrimSpace(s.Text)
	kept, err := w.App.DB.Recording(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.App.DB.InTx(w.t.Context(), func(tx *store.Tx) error {
		return tx.AddRevision(w.t.Context(), &talkit.Revision{RecordingID: r.ID, RunID: &kept.Run.ID, Text: s.Text, Segments: talkit.Segments{s}, CreatedOn: talkit.Now()})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.release(r)
}

func notePath(r wire.Recording) string { return fmt.Sprintf("/app/notes/%d", r.ID) }

// What a key is held with.
const (
	alt  = 1
	ctrl = 2
)

// virtualKeys are for those with which the browser itself does something.
var virtualKeys = map[string]int64{"Escape": 27, "Enter": 13, "ArrowLeft": 37}

// tap presses one key as a hand does. (KeyEvent types its letter even where a
// page had other use for the key.)
func (b *tab) tap(key, code string, held int64) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		event := input.DispatchKeyEventParams{Type: kind, Key: key, Code: code, Modifiers: held, WindowsVirtualKeyCode: virtualKeys[key]}
		if kind == input.DispatchKeyEventTypeKeyDown && len(key) == 1 && held == 0 {
			event.Text = key
		}
		if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, event); err != nil {
			b.t.Fatal(err)
		}
	}
}

// write types a whole text in place of the one in the editor.
func (b *tab) write(text string) {
	b.t.Helper()
	b.wait(`(it => { if (!it?.checkVisibility()) return false; it.focus(); it.select(); return true })(document.querySelector("textarea[name=text]"))`)
	b.keys(text)
}

// TestCorrectANote: a word leads to its sound, the words to check are found
// with the keyboard, one is corrected in place, and the versions are compared
// and brought back.
func TestCorrectANote(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	r := w.spoken("Met Tom and Margaret Hendersen? about the lake? house.", field{"name", "The Hendersons " + canary}, field{"metadata", `{"client": "Henderson"}`})
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open(notePath(r))
	b.see("2 of 9")
	b.see("client Henderson")
	b.wait(`document.querySelector("audio").readyState > 0`)
	b.axe()

	b.click(".text span:nth-of-type(4)")
	b.wait(`document.querySelector("audio").currentTime >= 3 && document.querySelector(".now").textContent === "Margaret"`)
	b.tap(" ", "Space", 0)
	b.wait(`document.querySelector(".player").dataset.state === "playing" && document.querySelector("audio").currentTime > 3.2`)
	b.tap(" ", "Space", 0)
	b.wait(`document.querySelector(".player").dataset.state === "paused"`)
	b.tap("n", "KeyN", 0)
	b.wait(`document.activeElement.textContent === "Hendersen" && document.querySelector("audio").currentTime === 4`)
	b.tap("ArrowLeft", "ArrowLeft", 0)
	b.wait(`document.querySelector("audio").currentTime === 1 && document.querySelector(".clock").textContent === "0:01 / 0:12"`)
	b.tap("?", "Slash", 0)
	b.see("Next word to check")
	b.axe()
	b.tap("Escape", "Escape", 0)
	b.wait(`!document.querySelector("dialog")`)

	b.do("focus", chromedp.Focus(chromedp.CSS(".text .unsure")))
	b.tap("e", "KeyE", 0)
	b.wait(`document.activeElement.name === "text" && document.activeElement.selectionStart === 21`)
	b.axe()
	b.tap("n", "KeyN", alt)
	b.wait(`document.activeElement.selectionEnd === 30 && document.querySelector("audio").currentTime === 4`)
	b.keys("Henderson")
	b.tap("n", "KeyN", alt) // the other one, although it is elsewhere by now
	b.wait(`(a => a.value.slice(a.selectionStart, a.selectionEnd) === "lake")(document.activeElement)`)
	b.tap("Enter", "Enter", ctrl)
	b.see("Saved.")
	b.see("1 of 9")
	b.see("Margaret Henderson about")
	b.wait(`document.activeElement.textContent === "Edit text"`)
	if got := value[string](b, `document.querySelector(".text span:nth-of-type(9)").dataset.t`); got != "800" {
		t.Errorf("the last word is at %s now", got)
	}

	b.click(`a[href$="/versions"]`)
	b.see("Version 2")
	b.wait(`document.querySelector(".changed del").textContent === "Removed: Hendersen" && document.querySelector(".changed ins").textContent === "Added: Henderson"`)
	b.axe()
	b.press("Bring back version 1")
	b.at(notePath(r))
	b.see("Brought back")
	b.see("Margaret Hendersen about")
	b.see("2 of 9")
	b.width(360)
	for _, path := range []string{"", "/edit", "/versions", "/details", "/delete"} {
		b.open(notePath(r) + path)
		b.axe()
	}
}

// TestSoundOfABrowser: a file that a browser recorded does not say how long it
// is. The page does, goes anywhere in it, and follows the words unless a hand
// moves it away.
func TestSoundOfABrowser(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	recorder := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-i", "-", "-c:a", "libopus", "-f", "webm", "-live", "1", "-")
	recorder.Stdin = bytes.NewReader(wav(enginetest.Tone(40)))
	sound, err := recorder.Output()
	if err != nil {
		t.Fatal(err)
	}
	words := make([]string, 40)
	for i := range words {
		words[i] = fmt.Sprintf("|word%d", i)
	}
	r := w.heardIn(sound, strings.Join(words, " "))
	b := browse(t, w.site)
	b.do("a low window", chromedp.EmulateViewport(700, 600))
	b.signIn(w.person)
	b.open(notePath(r))
	b.wait(`document.querySelector("audio").duration === Infinity && document.querySelector(".clock").textContent === "0:00 / 0:40"`)
	value[bool](b, `(at => { at.value = 9.5; at.dispatchEvent(new Event("input")); return true })(document.querySelector(".scrub input"))`)
	b.wait(`document.querySelector(".now").textContent === "word9" && Math.abs(document.querySelector("audio").currentTime - 9.5) < 0.1`)
	const inView = `(now => now.top > 0 && now.bottom < document.querySelector(".player").getBoundingClientRect().top)(document.querySelector(".now").getBoundingClientRect())`
	if value[bool](b, inView) {
		t.Error("the window is too high for this test")
	}
	b.tap(" ", "Space", 0)
	b.wait(inView)
	const now = `Number(document.querySelector(".now").textContent.slice(4))`
	b.wait(now + " > 9")
	left := value[int](b, `(dispatchEvent(new WheelEvent("wheel")), scrollTo(0, 0), `+now+`)`)
	b.wait(fmt.Sprintf("%s > %d || %[1]s === 39", now, left))
	if at := value[float64](b, "scrollY"); at != 0 {
		t.Errorf("the page was pulled away to %v", at)
	}
}

// TestWriteANoteByHand: a recording that no engine reads is typed by its
// person, released, withdrawn, brought back and deleted.
func TestWriteANoteByHand(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	r := w.reach(w.submit(field{"name", "Letter to the county " + canary}).ID, talkit.RecordingReview)
	path := fmt.Sprintf("/recordings/%d", r.ID)
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open(notePath(r))
	b.see("yours to write")
	b.axe()
	b.write("Dear county,\n\nplease mend the bridge.")
	b.press("Save")
	b.see("Waits for your review")
	b.axe()
	if transcripts := read[wire.List[wire.Transcript]](w.token.get("/transcripts").want(http.StatusOK)); len(transcripts.Data) != 0 {
		t.Errorf("a plugin reads a draft: %+v", transcripts.Data)
	}
	b.press("Release")
	b.see("Plugins may read it now")
	id := *read[wire.Recording](w.user.get(path).want(http.StatusOK)).TranscriptID
	if got := read[wire.Transcript](w.token.get(fmt.Sprint("/transcripts/", id)).want(http.StatusOK)); got.Text != "Dear county,\n\nplease mend the bridge." {
		t.Errorf("released %q", got.Text)
	}
	b.press("Withdraw from plugins")
	b.see("no longer get its text")
	if got := read[wire.Transcript](w.token.get(fmt.Sprint("/transcripts/", id)).want(http.StatusOK)); got.Text != "" || !got.Disabled {
		t.Errorf("withdrawn: %+v", got)
	}
	b.press("Let plugins read it again")
	b.see("Plugins may read it again")

	b.press("Title and details")
	b.see("Title and details")
	b.fill("name", "Bridge")
	b.do("type", chromedp.SetValue(chromedp.CSS("#type"), "letter"))
	b.do("a detail", chromedp.SendKeys(chromedp.CSS(".detail input[name=key]"), "9 lives"))
	b.keys(enter)
	b.see("a name that begins with a letter")
	b.axe()
	b.do("a detail", chromedp.SetValue(chromedp.CSS(".detail input[name=key]"), "county"), chromedp.SendKeys(chromedp.CSS(".detail input[name=value]"), "Kent"))
	b.keys(enter)
	b.at(notePath(r))
	b.see("county Kent")
	b.see("Letter")

	b.press("Delete for good")
	b.see("Delete “Bridge” for good?")
	b.press("Keep it")
	b.at(notePath(r))
	b.press("Delete for good")
	b.at(notePath(r) + "/delete")
	b.press("Delete for good")
	b.at("/app")
	b.see("Deleted for good")
	w.user.get(path).refused(http.StatusNotFound, "not_found")
}

// TestWhatIsTypedIsNotLost: not with the tab, not with the network, and not
// to somebody who saved meanwhile.
func TestWhatIsTypedIsNotLost(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	r := w.dictate("We meet on Monday.")
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open(notePath(r))
	b.tap("e", "KeyE", 0)
	b.write("We meet on Tuesday.")
	b.open("/app")
	b.open(notePath(r))
	b.see("We meet on Monday.")
	b.see("changes that are not saved")
	b.axe()
	b.press("Go on")
	b.wait(`document.activeElement.value === "We meet on Tuesday."`)
	b.tap("Escape", "Escape", 0)
	b.see("changes that are not saved")
	b.tap("e", "KeyE", 0)

	b.offline(true)
	b.tap("Enter", "Enter", ctrl)
	b.see("cannot be reached")
	b.offline(false)

	w.user.put(fmt.Sprintf("/recordings/%d/transcript", r.ID), map[string]string{"text": "We meet on Wednesday."}).want(http.StatusOK)
	b.tap("Enter", "Enter", ctrl)
	b.see("saved meanwhile")
	b.wait(`document.querySelector(".compared del").textContent === "Removed: Wednesday." && document.querySelector("textarea").value === "We meet on Tuesday."`)
	b.axe()
	b.press("Save mine")
	b.at(notePath(r))
	b.see("We meet on Tuesday.")
	b.wait(`!document.querySelector(".unsaved") && localStorage.length === 0`)
	if got := w.text(r); got != "We meet on Tuesday." {
		t.Errorf("kept %q", got)
	}
}

func (w *world) text(r wire.Recording) string {
	w.t.Helper()
	return read[wire.Transcript](w.user.get(fmt.Sprintf("/recordings/%d/transcript", r.ID)).want(http.StatusOK)).Text
}

// TestNoteWithoutScripts: it is read, heard and edited all the same.
func TestNoteWithoutScripts(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	r := w.spoken("Met Tom Hendersen? today.")
	b := browse(t, w.site)
	b.signIn(w.person)
	b.scripts(false)
	b.open(notePath(r))
	b.see("Met Tom Hendersen today.")
	b.wait(`document.querySelector("audio").checkVisibility() && document.querySelector("audio").controls && !document.querySelector(".play").checkVisibility()`)
	b.press("Edit text")
	b.write("Met Tom Henderson today.")
	b.press("Save")
	b.at(notePath(r))
	b.see("Met Tom Henderson today.")
	if got := w.text(r); got != "Met Tom Henderson today." {
		t.Errorf("kept %q", got)
	}
}

// TestNoteInWork shows by itself what becomes of it.
func TestNoteInWork(t *testing.T) {
	t.Parallel()
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
	b.open(fmt.Sprintf("/app/notes/%d", rec.ID))
	b.see("Waits for its turn")
	b.axe()
	value[int](b, "window.opened = 1")
	if err := w.App.Waiting(t.Context(), rec.ID, talkit.WaitingForEngine); err != nil {
		t.Fatal(err)
	}
	b.see("Waits for the speech engine")
	b.axe()
	key, err := w.App.StoreWork(t.Context(), strings.NewReader("sound"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.App.Prepare(t.Context(), rec.Run.ID, app.Prepared{WorkKey: key, Duration: time.Second, ByHand: true}); err != nil {
		t.Fatal(err)
	}
	b.see("yours to write")
	b.write("By hand.")
	b.press("Save")
	b.see("Waits for your review")
	if value[int](b, "window.opened") != 1 {
		t.Error("the page was opened again")
	}

	other := browse(t, w.site)
	other.signIn(w.owner)
	other.open(fmt.Sprintf("/app/notes/%d", rec.ID))
	other.see("There is nothing here")
}
