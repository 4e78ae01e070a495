package e2e_test

import (
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"talkit"
	"talkit/internal/speech/enginetest"
)

// TestThinkingIsNoFault: who spoke and then thinks is not told that their
// microphone is off; who was never heard is.
func TestThinkingIsNoFault(t *testing.T) {
	t.Parallel()
	needLong(t)
	const (
		silentFor8 = isRecording + ` && document.querySelector("[data-time]").textContent >= "0:12"`
		complains  = `document.querySelector("[data-words]").textContent.includes("gives no sound")`
	)
	spoken := enginetest.Clips(t)[0].PCM[:3*talkit.BytesPerSecond]
	w := setup(t, serve(t, "--engine=manual"))
	thinks := hearing(t, w, enginetest.Clip{PCM: append(spoken[:len(spoken):len(spoken)], make([]byte, 60*talkit.BytesPerSecond)...)})
	thinks.record()
	thinks.waitFor(patience, silentFor8)
	if value[bool](thinks, complains) {
		t.Error("who thinks is told that the microphone is off")
	}
	unheard := hearing(t, w, enginetest.Clip{PCM: make([]byte, 60*talkit.BytesPerSecond)})
	unheard.record()
	unheard.waitFor(patience, complains)
}

// TestAStartThatFails leaves the microphone off and nothing on the device, and
// the next one records.
func TestAStartThatFails(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	failing := cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: `globalThis.fails = true;
		const { start } = MediaRecorder.prototype;
		MediaRecorder.prototype.start = function (...how) {
			globalThis.stream = this.stream;
			if (fails) throw new DOMException("", "NotSupportedError");
			start.apply(this, how);
		};`}
	if _, err := chromedp.Call(b.ctx, cdppage.AddScriptToEvaluateOnNewDocument, failing); err != nil {
		t.Fatal(err)
	}
	b.open("/app")
	b.click("[data-record]")
	b.see("The browser could not record (NotSupportedError).")
	b.wait(`stream.getTracks().every((track) => track.readyState === "ended")`)
	until(t, "the device has nothing of it", func() bool { return len(b.onDevice()) == 0 })
	value[bool](b, `(fails = false, true)`)
	b.record()
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	if n := len(w.recordings()); n != 1 {
		t.Errorf("%d recordings, want one", n)
	}
}
