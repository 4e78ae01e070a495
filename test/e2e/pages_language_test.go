package e2e_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"talkit/internal/speech/enginetest"
)

// TestSayTheLanguage: what is chosen beside the recorder goes with what is
// recorded, over the socket or by requests, and with files; axe looks at it.
func TestSayTheLanguage(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.see("any language")
	for _, width := range []int64{360, 1280} {
		b.width(width)
		b.axe()
	}
	choose := func(code string) {
		b.do("choose "+code, chromedp.SetValue(chromedp.CSS("[name=language]"), code))
	}
	want := func(code string) {
		t.Helper()
		b.waitFor(patience, allSent)
		if all := w.recordings(); all[len(all)-1].Language != code {
			t.Errorf("of language %q, want %q", all[len(all)-1].Language, code)
		}
	}
	choose("de")
	b.record()
	b.click("[data-record]")
	want("de")
	value[bool](b, `(delete globalThis.WebSocket, true)`) // then requests take it
	choose("fr")
	b.record()
	b.click("[data-record]")
	want("fr")
	choose("it")
	b.files(file(t, "ciao.wav", tone()))
	b.wait(`document.querySelector("[data-sending]").children.length > 0`)
	want("it")
	choose("")
	b.files(file(t, "one.wav", tone()))
	until(t, "the last is there", func() bool { return len(w.recordings()) == 4 })
	want("")
}
