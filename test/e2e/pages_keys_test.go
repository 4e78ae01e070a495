package e2e_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"talkit/internal/speech/enginetest"
)

// tabTo presses Tab until what has the focus is it, as who has no mouse does.
// Wherever the focus stands on the way, it is seen.
func (b *tab) tabTo(it string) {
	b.t.Helper()
	for range 60 {
		b.keys(kb.Tab)
		if !value[bool](b, `document.activeElement === document.body || document.activeElement.matches(":focus-visible") && document.activeElement.checkVisibility()`) {
			b.t.Errorf("the focus is not seen at %s", value[string](b, "document.activeElement.outerHTML.slice(0, 200)"))
		}
		if value[bool](b, `(at => `+it+`)(document.activeElement)`) {
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %s", it)
}

// called is what has these words, for tabTo.
func called(words string) string { return `at.textContent.trim() === "` + words + `"` }

// TestByKeyboardAlone: from the recorder to a released text, and on to the next
// recording, without a mouse.
func TestByKeyboardAlone(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.tabTo(`at.matches("[data-record]")`)
	b.keys(enter)
	b.wait(isRecording + ` && document.querySelector("[data-time]").textContent >= "0:03"`)
	b.tabTo(called("Pause"))
	b.keys(enter)
	b.see("Paused. What you said is kept.")
	b.keys(enter)
	b.wait(isRecording)
	b.tap("r", "KeyR", 0)
	b.waitFor(patience, allSent)
	b.waitFor(patience, `document.querySelector("[data-note]")?.textContent.includes("To review")`)
	b.tabTo(`at.matches("[data-note] .title a")`)
	b.keys(enter)
	b.see("yours to write")

	b.tabTo(`at.name === "text"`)
	b.keys("Met Tom today.")
	b.tabTo(called("Save"))
	b.keys(enter)
	b.see("Waits for your review")
	b.tabTo(called("Release"))
	b.keys(enter)
	b.see("Plugins may read it now")
	b.tabTo(called("Edit text"))
	b.keys(enter)
	b.wait(`document.activeElement.name === "text"`)
	b.keys(kb.End)
	b.keys(" He signs.")
	b.tap("Enter", "Enter", ctrl)
	b.see("Saved.")
	b.tabTo(`at.matches(".play")`)
	b.keys(enter)
	b.wait(`document.querySelector(".player").dataset.state === "playing"`)
	if got := w.text(w.recordings()[0]); got != "Met Tom today. He signs." {
		t.Errorf("written %q", got)
	}

	b.open("/app")
	b.tap("r", "KeyR", 0)
	b.wait(isRecording + ` && document.querySelector("[data-time]").textContent >= "0:03"`)
	b.tap("r", "KeyR", 0)
	b.waitFor(patience, allSent)
	if n := len(w.recordings()); n != 2 {
		t.Errorf("%d recordings", n)
	}
}

// TestKeysAfterTheWaveform: a click on the waveform gives it the focus, and the
// keys of the page work on.
func TestKeysAfterTheWaveform(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	r := w.spoken("Met Tom and Margaret Hendersen? about the lake? house.")
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open(notePath(r))
	b.wait(`document.querySelector("audio").readyState > 0`)
	b.do("click the waveform", chromedp.Click(chromedp.CSS(".scrub input"))) // in its middle
	b.wait(`document.activeElement.matches(".scrub input") && Math.abs(document.querySelector("audio").currentTime - 6) < 0.5`)
	b.tap(" ", "Space", 0)
	b.wait(`document.querySelector(".player").dataset.state === "playing"`)
	b.tap(" ", "Space", 0)
	b.wait(`document.querySelector(".player").dataset.state === "paused"`)
	b.tap("n", "KeyN", 0)
	b.wait(`document.activeElement.textContent === "lake"`)
	b.do("click the waveform", chromedp.Click(chromedp.CSS(".scrub input")))
	b.wait(`document.activeElement.matches(".scrub input")`)
	b.tap("e", "KeyE", 0)
	b.wait(`document.activeElement.name === "text"`)
}
