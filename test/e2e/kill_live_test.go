package e2e_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/speech/enginetest"
	"talkit/wire"
)

// TestLiveKilled: a server that is killed while somebody dictates has kept what
// it said it had.
func TestLiveKilled(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	d := &killDictation{killServer: s, server: s.serve(), key: s.user(killEmail), sound: wav(enginetest.Noise(20)), left: 3}
	s.same(d.key, d.run(), d.sound)
}

// TestLiveKilledOften kills server and engine at 50 random moments of a dictation.
func TestLiveKilledOften(t *testing.T) {
	t.Parallel()
	needLong(t)
	engine := killEngine(t)
	s := killSetup(t, "TALKIT_ENGINE=whisper", "TALKIT_ENGINES="+engine)
	var speech []byte
	for _, clip := range enginetest.Clips(t) {
		speech = append(speech, clip.PCM...)
	}
	for len(speech) < 200*talkit.BytesPerSecond {
		speech = append(speech, speech...)
	}
	d := &killDictation{killServer: s, server: s.serve(), key: s.user(killEmail), sound: wav(speech[:200*talkit.BytesPerSecond]), left: 50, engine: true}
	s.same(d.key, d.run(), d.sound)
}

// killDictation is a dictation whose server is killed now and then.
type killDictation struct {
	*killServer
	server *killProcess
	key    string
	sound  []byte // a WAV
	left   int    // kills
	engine bool   // is killed too

	upload string
	safe   int64 // bytes that were acknowledged
}

// run dictates until there is a recording.
func (d *killDictation) run() (id int64) {
	d.t.Helper()
	began := time.Now()
	for {
		if id := d.connect(); id != 0 {
			return id
		}
		if time.Since(began) > 30*time.Minute {
			d.t.Fatalf("%d kills are left after %v", d.left, time.Since(began))
		}
		if d.server.hasEnded() {
			d.server = d.serve()
		}
	}
}

// connect is one connection, until it breaks or there is a recording.
func (d *killDictation) connect() (id int64) {
	ctx, cancel := context.WithTimeout(d.t.Context(), 5*time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, d.url+"/recordings/live", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + d.key}}})
	if err != nil {
		return 0
	}
	defer conn.CloseNow()
	say := func(m any) { text, _ := json.Marshal(m); _ = conn.Write(ctx, websocket.MessageText, text) } // a broken line shows in reading
	say(wire.LiveStart{Type: "start", ContentType: rawSound, Upload: d.upload})
	for {
		_, text, err := conn.Read(ctx)
		var m heardMessage
		if err != nil || json.Unmarshal(text, &m) != nil {
			return 0
		}
		switch m.Type {
		case "problem":
			d.t.Logf("the server says %s", text)
			return 0
		case "recording":
			return m.Recording.ID
		case "stored":
			d.safe = max(d.safe, m.Offset)
		case "started":
			if d.upload = m.Upload; m.Offset < d.safe {
				d.t.Fatalf("%d bytes were acknowledged, and %d are there", d.safe, m.Offset)
			}
			go d.speak(ctx, conn, m.Offset, say)
		}
	}
}

// speak sends the rest of the sound, ten times as fast as it was spoken, or so
// fast that there is some left for all the kills.
func (d *killDictation) speak(ctx context.Context, conn *websocket.Conn, at int64, say func(any)) {
	const size = talkit.BytesPerSecond / 4
	victim := time.Duration(-1)
	if d.left > 0 {
		victim = time.Duration(rand.Int64N(int64(3 * time.Second)))
	}
	began, server := time.Now(), d.server
	for at < int64(len(d.sound)) {
		end := min(at+size, int64(len(d.sound)))
		if d.left > 0 { // the end waits for the last kill
			end = min(end, int64(len(d.sound)-d.left*size))
		}
		if end > at && conn.Write(ctx, websocket.MessageBinary, d.sound[at:end]) != nil {
			return
		}
		at = max(at, end)
		if victim >= 0 && time.Since(began) > victim {
			d.left--
			d.strike(server)
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	say(wire.LiveEnd{Type: "end"})
}

// strike kills the server; now and then its engine, and it a moment later.
func (d *killDictation) strike(server *killProcess) {
	if d.engine && d.left%5 == 0 {
		for pid := range killDescendants(server.pid()) {
			if words, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); strings.Contains(string(words), "faster_whisper") {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	server.kill()
}
