package e2e_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestKeysAfterTheWaveform: a click on the waveform gives it the focus, and the
// keys of the page work on.
func TestKeysAfterTheWaveform(t *testing.T) {
	t.Parallel()
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
