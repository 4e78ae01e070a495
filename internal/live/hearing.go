package live

import (
	"talkit"
)

// hearing makes words of decodes of one session's window.
type hearing struct {
	window
	agreement
	inWindow []talkit.Word // confirmed words that the window may still hold
}

// heard takes what a decode of the window up to a byte gave, and cuts the
// window where nothing more can change.
func (h *hearing) heard(words []talkit.Word, upTo int64) (confirmed, tentative []talkit.Word) {
	h.decoded = max(h.decoded, upTo)
	confirmed, _ = h.add(words)
	silent := upTo-h.loud >= lull*3/4
	late := upTo <= h.start // it took so long that the sound is gone meanwhile: no other will hear it
	if silent || late {     // nobody goes on with the last word
		confirmed = append(confirmed, h.flush(seconds(upTo))...)
	}
	size := h.end() - h.start
	stuck := size > most-3*talkit.BytesPerSecond // decodes do not agree, and it has to go on
	if stuck {
		confirmed = append(confirmed, h.flush(seconds(h.end()-tooLong))...)
	}
	h.inWindow = append(h.inWindow, confirmed...)
	switch {
	case stuck:
		h.cut(max(min(bytesAt(h.settled), h.end()), h.end()-tooLong))
		h.inWindow = nil
	case silent && size > long/2:
		h.cut(upTo - keepBefore)
		h.inWindow = nil
	case size > long:
		h.trim(size > tooLong)
	}
	return confirmed, h.before
}

// leaveOut forgets the sound before a byte, of which the words were heard elsewhere.
func (h *hearing) leaveOut(before int64) {
	if before = min(before, h.end()); h.start < before {
		h.cut(before)
		h.settled = max(h.settled, seconds(before))
	}
}

// trim cuts the window behind the last confirmed end of a sentence that
// something follows; in haste, behind any word that something follows.
func (h *hearing) trim(haste bool) {
	all := append(append([]talkit.Word(nil), h.inWindow...), h.before...)
	for i := len(h.inWindow) - 1; i >= 0; i-- {
		if i+1 < len(all) && (haste || endsSentence(all[i])) {
			h.cut(bytesAt(middle(all[i], all[i+1])))
			h.inWindow = append([]talkit.Word(nil), h.inWindow[i+1:]...)
			return
		}
	}
}

// doubt tells whether words wait to be confirmed.
func (h *hearing) doubt() bool { return len(h.before) > 0 }
