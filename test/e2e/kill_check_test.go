package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"talkit/client"
	"talkit/wire"
)

// check waits until all is done that was begun, and holds it to what was
// answered.
func (h *killHistory) check() {
	h.t.Helper()
	recordings := h.allCompleted()
	transcripts := h.allTranscripts()
	if len(transcripts) != len(recordings) {
		h.t.Errorf("%d recordings gave %d transcripts", len(recordings), len(transcripts))
	}
	h.mu.Lock()
	answered := h.answered
	h.mu.Unlock()
	for id, clip := range answered {
		r, kept := recordings[id]
		if !kept {
			h.t.Errorf("recording %d was answered 202 and is lost", id)
			continue
		}
		h.checkText(r, transcripts[strconv.FormatInt(*r.TranscriptID, 10)], clip)
	}
	h.checkFollowed(transcripts)
	h.checkReceived(transcripts)
}

// allCompleted waits until every recording is completed.
func (h *killHistory) allCompleted() map[int64]wire.Recording {
	h.t.Helper()
	var all map[int64]wire.Recording
	data := h.keeps()
	h.t.Cleanup(func() {
		if h.t.Failed() {
			data.stuck()
		}
	})
	most := 5 * time.Minute
	if killLong() {
		most = 20 * time.Minute
	}
	killUntil(h.t, most, "all recordings are completed", func() bool {
		all = h.recordings()
		for _, r := range all {
			if r.Status == "failed" {
				h.t.Fatalf("recording %d failed: %s", r.ID, *r.Error)
			}
			if r.Status != "completed" {
				return false
			}
		}
		return true
	})
	return all
}

func (h *killHistory) recordings() map[int64]wire.Recording {
	h.t.Helper()
	all, after, total := map[int64]wire.Recording{}, int64(0), int64(0)
	for {
		page := killJSON[wire.List[wire.Recording]](h.t, h.call("GET", fmt.Sprintf("/recordings?limit=100&after_id=%d", after), h.key, ""))
		for _, r := range page.Data {
			all[r.ID], after = r, r.ID
		}
		if total = page.TotalCount; !page.HasMore {
			break
		}
	}
	if total != int64(len(all)) {
		h.t.Errorf("total_count of recordings is %d, there are %d", total, len(all))
	}
	return all
}

func (h *killHistory) allTranscripts() map[string]wire.Transcript {
	h.t.Helper()
	all := map[string]wire.Transcript{}
	for transcript, err := range h.plugin.client.AllTranscripts(h.t.Context(), "") {
		if err != nil {
			h.t.Fatal(err)
		}
		all[transcript.ID] = transcript
	}
	page, err := h.plugin.client.Transcripts(h.t.Context(), client.Page{Limit: 1})
	if err != nil || page.TotalCount != int64(len(all)) {
		h.t.Errorf("total_count of transcripts is %d, there are %d (%v)", page.TotalCount, len(all), err)
	}
	return all
}

// checkText looks whether most words of the clip are there: a piece that was
// lost, or a transcript of another recording, would show.
func (h *killHistory) checkText(r wire.Recording, transcript wire.Transcript, clip killClip) {
	h.t.Helper()
	name := filepath.Base(clip.path)
	if transcript.Metadata["clip"] != name || r.Metadata["clip"] != name {
		h.t.Errorf("recording %d is of %s, its transcript says %v", r.ID, name, transcript.Metadata)
	}
	if clip.Text != "" && clip.Heard(transcript.Text) < 0.6 {
		h.t.Errorf("recording %d of %s became %q", r.ID, name, transcript.Text)
	}
}

// checkFollowed: the reader saw every transcript once, in order.
func (h *killHistory) checkFollowed(transcripts map[string]wire.Transcript) {
	h.t.Helper()
	killUntil(h.t, 10*time.Second, "the reader has seen as many transcripts as there are", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.followed) >= len(transcripts)
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := slices.Clone(h.followed)
	for _, id := range seen {
		if _, real := transcripts[id]; !real {
			h.t.Errorf("the reader saw transcript %s, which is not there", id)
		}
	}
	slices.Sort(seen)
	if distinct := len(slices.Compact(seen)); distinct != len(transcripts) || len(h.followed) != distinct {
		h.t.Errorf("of %d transcripts the reader saw %d, in %d answers", len(transcripts), distinct, len(h.followed))
	}
}

// checkReceived: every transcript's one event was received, and its delivery
// knows.
func (h *killHistory) checkReceived(transcripts map[string]wire.Transcript) {
	h.t.Helper()
	data := h.keeps()
	killUntil(h.t, time.Minute, "all deliveries have succeeded", func() bool {
		return data.count("SELECT COUNT(*) FROM deliveries WHERE status <> 'succeeded'") == 0
	})
	if n := data.count("SELECT COUNT(*) FROM deliveries"); n != len(transcripts) {
		h.t.Errorf("%d transcripts have %d deliveries", len(transcripts), n)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for id := range transcripts {
		events := slices.Clone(h.received[id])
		slices.Sort(events)
		if distinct := len(slices.Compact(events)); distinct != 1 {
			h.t.Errorf("of transcript %s %d events were received, %v", id, distinct, h.received[id])
		}
	}
}

// checkData stops the server and looks at what it leaves: nothing in work, and
// of sound only what recordings have, once the grace of the rest is over.
func (h *killHistory) checkData(server *killProcess) {
	h.t.Helper()
	data := h.keeps()
	data.idle()
	if code, took := server.stop(h.t); code != 0 || took > 30*time.Second {
		h.t.Errorf("SIGTERM ended the server with %d after %v", code, took)
	}
	data.makeDue()
	h.serve()
	data.swept()
	data.whole()
}

// reportPieces says, by the server's log, how much was recognised twice.
func (h *killHistory) reportPieces() {
	content, err := os.ReadFile(h.logs)
	if err != nil {
		h.t.Fatal(err)
	}
	type piece struct{ recording, number int64 }
	seen, slowest, lines := map[piece]bool{}, 0.0, 0
	for line := range strings.Lines(string(content)) {
		if !strings.Contains(line, `"msg":"piece recognised"`) {
			continue
		}
		said := killJSON[struct {
			Recording int64   `json:"recording_id"`
			Piece     int64   `json:"piece"`
			Duration  float64 `json:"duration_ms"`
		}](h.t, []byte(line))
		seen[piece{said.Recording, said.Piece}] = true
		slowest, lines = max(slowest, said.Duration), lines+1
	}
	h.t.Logf("%d pieces were recognised %d times to the end, the slowest in %.1f s", len(seen), lines, slowest/1000)
}
