package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/wire"
)

// TestTranscribeAgainWhileEditing: what somebody types outlives the new text
// that comes meanwhile, and saving it shows both.
func TestTranscribeAgainWhileEditing(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	answers := make(chan struct{}, 1)
	answers <- struct{}{} // for the first text; the second waits
	w := setup(t, serve(t, "--openai-url="+speechServer(t, answers).URL, loopback))
	r := read[wire.Recording](w.user.post("/recordings", submission(swelling(2))).want(http.StatusAccepted))
	r = w.reach(r.ID, talkit.RecordingCompleted)
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open(notePath(r))
	b.press("Transcribe again")
	b.at(notePath(r) + "/transcribe")
	b.press("Transcribe again")
	b.at(notePath(r))
	b.tap("e", "KeyE", 0)
	b.write("Hello, Grace.")
	close(answers)
	b.seeFor(patience, "There is a new text by now.")
	b.wait(`document.activeElement.value === "Hello, Grace." && !document.querySelector(".text:not(textarea)").checkVisibility()`)
	b.wait(`document.querySelectorAll(".text:not(textarea)").length === 1 && document.querySelector(".facts").innerText.includes("2, last")`)
	for _, width := range []int64{360, 1280} {
		b.width(width)
		b.axe()
	}
	b.press("Cancel")
	b.see("changes that are not saved")
	b.see("Hello, Ada.")
	b.press("Go on")
	b.tap("Enter", "Enter", ctrl)
	b.see("saved meanwhile")
	b.wait(`document.querySelector(".compared del").textContent === "Removed: Ada."`)
	b.press("Save mine")
	b.at(notePath(r))
	b.see("Hello, Grace.")
	if all := read[wire.List[wire.Revision]](w.user.get(fmt.Sprintf("/recordings/%d/revisions", r.ID)).want(http.StatusOK)); all.TotalCount != 3 {
		t.Errorf("%d versions, want the first, the new one and what was typed", all.TotalCount)
	}
}
