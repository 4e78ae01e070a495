package e2e_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/server"
	"talkit/internal/speech/enginetest"
	"talkit/internal/telemetry"
	"talkit/wire"
)

// What the page shows of live words.
const (
	settledWords = `document.querySelector("[data-heard] span").textContent`
	openWords    = `document.querySelector("[data-heard] .soft").textContent`
	sentAsSpoken = `document.querySelector("[data-words]").textContent.startsWith("Saved on this device and on the server")`
)

// aTalk is what is said for some minutes: longer than a slow machine takes to
// hear it.
func aTalk(t *testing.T) enginetest.Clip {
	t.Helper()
	var all enginetest.Clip
	clips := enginetest.Clips(t)
	for len(all.PCM) < 360*talkit.BytesPerSecond {
		for _, clip := range clips {
			all.Text += " " + clip.Text
			all.PCM = append(append(all.PCM, clip.PCM...), make([]byte, talkit.BytesPerSecond)...)
		}
	}
	return all
}

// needLive leaves a test out where no words can come while somebody speaks.
func needLive(t *testing.T) {
	t.Helper()
	needWhisper(t)
	c := settings(t, "--engine=whisper")
	engine, err := server.NewEngine(c, telemetry.NewLogger(log, "json"), c.LiveModel)
	if err != nil || engine.Ready(t.Context()) != nil {
		leaveOut(t, "the model for live words (by hand: talkit engine install --model tiny.en)")
	}
}

// noteWhatIsMade has the page remember the sound that its recorders make.
func (b *tab) noteWhatIsMade() {
	b.t.Helper()
	script := cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: `globalThis.made = [];
		const start = MediaRecorder.prototype.start;
		MediaRecorder.prototype.start = function (...how) {
			this.addEventListener("dataavailable", ({ data }) => made.push(data));
			return start.apply(this, how);
		};`}
	if _, err := chromedp.Call(b.ctx, cdppage.AddScriptToEvaluateOnNewDocument, script); err != nil {
		b.t.Fatal(err)
	}
}

// made is the sum of what the recorders of the page made.
func (b *tab) made() string {
	b.t.Helper()
	return value[string](b, `(async () => {
		const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(made).arrayBuffer()));
		return [...hash].map((b) => b.toString(16).padStart(2, "0")).join("");
	})()`)
}

// TestWordsWhileSpeaking: they stand under the recorder while somebody speaks,
// over a pause and a lost network, then in the note's row, and then the final
// text does.
func TestWordsWhileSpeaking(t *testing.T) {
	t.Parallel()
	needLong(t)
	needLive(t)
	w := setup(t, serve(t, "--engine=whisper"))
	clip := aTalk(t)
	b := hearing(t, w, clip)
	b.noteWhatIsMade()
	b.open("/app")
	b.click("[data-record]")
	b.wait(isRecording)
	b.waitFor(patience, openWords+`.trim().length > 0`)
	height := value[float64](b, `document.querySelector(".recorder").offsetHeight`)
	b.waitFor(patience, settledWords+`.split(" ").length > 5`)
	if !value[bool](b, isRecording) {
		t.Error("the words came after the end")
	}
	if now := value[float64](b, `document.querySelector(".recorder").offsetHeight`); now != height {
		t.Errorf("the recorder grew from %v to %v px with the words", height, now)
	}
	b.press("Pause")
	b.see("Paused. What you said is kept.")
	b.press("Go on")
	b.offline(true)
	b.seeFor(patience, "The server cannot be reached. It is kept on this device.")
	before := value[int](b, settledWords+`.length`)
	b.offline(false)
	b.waitFor(patience, sentAsSpoken)
	b.waitFor(patience, fmt.Sprintf(`%s.length > %d`, settledWords, before+20))
	live := value[string](b, settledWords)
	log.hide("what was heard live", live)
	for _, word := range strings.Fields(strings.ToLower(live)) { // it is English, and of what was said
		if len(word) > 3 && strings.Contains(strings.ToLower(clip.Text), strings.Trim(word, ".,")) {
			live = ""
		}
	}
	if live != "" {
		t.Errorf("heard %q", live)
	}
	for _, width := range []int64{360, 1280} {
		b.width(width)
		b.axe()
	}
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	sum := b.made()
	b.waitFor(patience, `document.querySelector("[data-note] .excerpt")`) // heard live, or final by now
	b.waitFor(patience, `document.querySelector("[data-note]") && !document.querySelector("[data-note] .state")`)
	b.wait(`document.querySelector("[data-heard]").hidden && document.querySelector("[data-note] .excerpt").textContent.length > 10`)
	w.sameBytes(sum)
	text := read[wire.Transcript](w.user.get(fmt.Sprintf("/recordings/%d/transcript", w.recordings()[0].ID)).want(200)).Text
	log.hide("what was recognised", text)
	if len(strings.Fields(text)) < 8 {
		t.Errorf("the final text is %q", text)
	}
}

// TestServerKilledWhileRecording: kill -9 while somebody speaks, and the server
// that comes back gets all of it, as one recording.
func TestServerKilledWhileRecording(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	server := s.serve()
	key := s.user(killEmail)
	path := file(t, "clip.wav", wav(enginetest.Clips(t)[0].PCM))
	b := browse(t, nil, microphone(path)...)
	b.noteWhatIsMade()
	b.do("sign in", chromedp.Navigate(s.talkit("user", "link", "--email", killEmail)))
	b.fill("password", password)
	b.keys(enter)
	b.at("/app")
	b.record()
	server.kill()
	b.seeFor(patience, "The server cannot be reached.")
	s.serve()
	b.waitFor(patience, sentAsSpoken)
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	all := killJSON[wire.List[wire.Recording]](t, s.call("GET", "/recordings", key, "")).Data
	if len(all) != 1 {
		t.Fatalf("%d recordings of one", len(all))
	}
	if got := b.made(); got != sha256Of(s.call("GET", fmt.Sprintf("/recordings/%d/audio", all[0].ID), key, "")) {
		t.Error("not the bytes arrived that were recorded")
	}
}

// TestRecordWithoutLiveWords: where none can come one is told why, and all is
// recorded all the same; axe looks at the page meanwhile.
func TestRecordWithoutLiveWords(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.noteWhatIsMade()
	b.open("/app")
	b.record()
	b.wait(settledWords + ` === "" && !` + openWords + `.startsWith("Words come here as you speak")`)
	for _, width := range []int64{360, 1280} {
		b.width(width)
		b.axe()
	}
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	b.wait(`document.querySelector("[data-heard]").hidden`)
	w.sameBytes(b.made())
}

// TestRecordWhileOthersDictate: where the machine keeps up with no more, one is
// told so and recorded.
func TestRecordWhileOthersDictate(t *testing.T) {
	t.Parallel()
	needLong(t)
	needLive(t)
	w := setup(t, serve(t, "--engine=whisper"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.noteWhatIsMade()
	b.open("/app")
	other := w.as(t, w.newKey(w.newUser(false), talkit.UserKey))
	for live := true; live; {
		s := other.dictating(wire.LiveStart{ContentType: rawSound})
		if live = s.begun.Live; live {
			go s.keepOn()
		}
	}
	b.record()
	b.see("As many people dictate at this moment as this machine keeps up with")
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	w.sameBytes(b.made())
}

// keepOn speaks until the connection ends.
func (s *speaker) keepOn() {
	go func() {
		for tone := enginetest.Tone(1); s.conn.Write(context.Background(), websocket.MessageBinary, tone) == nil; {
			time.Sleep(time.Second)
		}
	}()
	for {
		if _, _, err := s.conn.Read(context.Background()); err != nil {
			return
		}
	}
}

// TestRecordWhereNoSocketGoes: through a proxy that lets no WebSocket through,
// it goes by requests, to the same recording.
func TestRecordWhereNoSocketGoes(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	to, err := url.Parse(w.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		r.Out.Header.Del("Connection")
		r.Out.Header.Del("Upgrade")
	}})
	t.Cleanup(func() {
		proxy.CloseClientConnections()
		proxy.Close()
	})
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.noteWhatIsMade()
	b.do("open it by the proxy", chromedp.Navigate(proxy.URL+"/app"))
	b.record()
	b.see("the network here lets none through")
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	w.sameBytes(b.made())
}

func sha256Of(sound []byte) string {
	sum := sha256.Sum256(sound)
	return hex.EncodeToString(sum[:])
}
