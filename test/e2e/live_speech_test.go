package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/server"
	"talkit/internal/speech/enginetest"
	"talkit/internal/speech/install"
	"talkit/internal/telemetry"
	"talkit/wire"
)

// TestLiveWords: words come while somebody speaks, and pieces that are over are
// recognised before the end. How soon, bench live tells.
func TestLiveWords(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	c := settings(t, "--engine=whisper")
	engine, err := server.NewEngine(c, telemetry.NewLogger(log, "json"), "")
	if err != nil || engine.Ready(t.Context()) != nil || install.Present(c.Engines, c.LiveModel) != nil {
		leaveOut(t, "the speech engine and its model for live words (by hand: talkit engine install, and with --model tiny.en)")
	}
	var said []string
	var pcm []byte
	for len(pcm) < 35*talkit.BytesPerSecond { // a piece that is over, and one that is not
		for _, clip := range enginetest.Clips(t) {
			said, pcm = append(said, clip.Text), append(append(pcm, clip.PCM...), make([]byte, talkit.BytesPerSecond)...)
		}
	}
	w := setup(t, serve(t, "--engine=whisper"))
	german := w.user.dictating(wire.LiveStart{ContentType: rawSound, Language: "de"})
	if german.begun.Live || *german.begun.Reason != "language" {
		t.Errorf("in German: %+v", german.begun)
	}
	german.conn.CloseNow()

	s := w.user.dictating(wire.LiveStart{ContentType: rawSound, Language: "en"})
	if !s.begun.Live || s.begun.Reason != nil {
		t.Fatalf("no words will come: %+v", s.begun)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for at := 0; at < len(pcm); at += talkit.BytesPerSecond / 4 {
			if s.conn.Write(t.Context(), websocket.MessageBinary, pcm[at:min(at+talkit.BytesPerSecond/4, len(pcm))]) != nil {
				return // the test sees that in reading
			}
			time.Sleep(50 * time.Millisecond) // faster than it was spoken
		}
	}()
	last, shown := 0.0, ""
	until(t, "words are confirmed", func() bool {
		m := s.hear("words")
		for _, word := range m.Confirmed {
			if word.Start < last || word.End < word.Start {
				t.Errorf("%+v after %v", word, last)
			}
			last, shown = word.End, shown+word.Word
		}
		return strings.Count(shown, " ") > 20
	})
	early := 0
	until(t, "a piece is recognised early", func() bool {
		err := w.DB.Writer().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM early_pieces").Scan(&early)
		return err == nil && early > 0
	})
	<-sent
	r := w.reach(s.end().ID, talkit.RecordingCompleted)
	text := read[wire.Transcript](w.user.get(fmt.Sprintf("/recordings/%d/transcript", r.ID)).want(http.StatusOK)).Text
	all := enginetest.Clip{Text: strings.Join(said, " ")}
	if all.Heard(text) < 0.8 {
		t.Errorf("heard %q, said %q", text, all.Text)
	}
	if len(w.lines.with("piece recognised")) == 0 {
		t.Error("no piece was recognised")
	}
	log.hide("what was recognised", text)
	log.hide("what was shown", shown)
}
