package e2e_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/bench"
	"talkit/internal/speech/enginetest"
	"talkit/wire"
)

// TestLiveKilled: a server that is killed while somebody dictates, and at the
// end of that, has kept what it said it had.
func TestLiveKilled(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	d := killDictates(s, wav(enginetest.Noise(20)), 3, 2)
	id := d.run()
	s.same(d.key, id, d.sound)
	d.nothingElse(id)
}

// TestLiveKilledOften kills the server at 40 random moments of a dictation, its
// speech processes before some of them, and at 10 of its end.
func TestLiveKilledOften(t *testing.T) {
	t.Parallel()
	needLong(t)
	engine := killEngine(t)
	s := killSetup(t, "TALKIT_ENGINE=whisper", "TALKIT_ENGINES="+engine)
	var speech []byte
	var said []string
	for len(speech) < 400*talkit.BytesPerSecond {
		for _, clip := range enginetest.Clips(t) {
			if clip.Text != "" {
				said, speech = append(said, clip.Text), append(append(speech, clip.PCM...), make([]byte, talkit.BytesPerSecond)...)
			}
		}
	}
	d := killDictates(s, wav(speech), 40, 10)
	d.engines = true
	id := d.run()
	if d.enginesKilled < 4 {
		t.Errorf("the engine was killed %d times alone", d.enginesKilled)
	}
	if d.waited > 5 {
		t.Errorf("%d of the kills came when all had been said", d.waited)
	}
	s.same(d.key, id, d.sound)
	if r := s.settled(d.key, id); r.Status != "completed" {
		t.Fatalf("the recording is %s", r.Status)
	}
	wrong, all := bench.WordErrors(strings.Join(said, " "), s.text(d.key, id).Text)
	t.Logf("%d words of %d are wrong", wrong, all)
	if wrong*4 > all {
		t.Errorf("%d words of %d are wrong", wrong, all)
	}
	s.keeps().idle()
	d.nothingElse(id)
}

// killDictation is a dictation whose server is killed now and then.
type killDictation struct {
	*killServer
	server  *killProcess
	key     string
	sound   []byte // a WAV
	random  *rand.Rand
	engines bool // are killed too

	// Kills that are to come, in the middle and at the end, and what came of them.
	middle, ends, enginesKilled, waited int

	upload string
	safe   int64 // bytes that were acknowledged
	id     int64 // of the recording, once it is made
}

func killDictates(s *killServer, sound []byte, middle, ends int) *killDictation {
	seed := rand.Uint64()
	s.t.Logf("the seed is %d", seed)
	return &killDictation{killServer: s, server: s.serve(), key: s.user(killEmail), sound: sound, random: rand.New(rand.NewPCG(seed, 0)), middle: middle, ends: ends}
}

// run dictates until there is a recording and all kills are done.
func (d *killDictation) run() (id int64) {
	d.t.Helper()
	for began := time.Now(); d.id == 0 || d.middle+d.ends > 0; {
		if time.Since(began) > 30*time.Minute {
			d.t.Fatalf("%d and %d kills are left after %v", d.middle, d.ends, time.Since(began))
		}
		d.connect()
		if d.server.hasEnded() {
			d.server = d.serve()
		}
	}
	return d.id
}

// connect is one connection, until it breaks or there is a recording.
func (d *killDictation) connect() {
	ctx, cancel := context.WithTimeout(d.t.Context(), 5*time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, d.url+"/recordings/live", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + d.key}}})
	if err != nil {
		return
	}
	var speaking sync.WaitGroup
	defer speaking.Wait()
	defer conn.CloseNow()
	say := func(m any) { text, _ := json.Marshal(m); _ = conn.Write(ctx, websocket.MessageText, text) } // a broken line shows in reading
	say(wire.LiveStart{Type: "start", ContentType: rawSound, Upload: d.upload})
	for {
		_, text, err := conn.Read(ctx)
		var m heardMessage
		if err != nil || json.Unmarshal(text, &m) != nil {
			return
		}
		switch m.Type {
		case "problem":
			d.t.Logf("the server says %s", text)
			return
		case "recording":
			if d.id != 0 && d.id != m.Recording.ID {
				d.t.Fatalf("recordings %d and %d of one dictation", d.id, m.Recording.ID)
			}
			d.id = m.Recording.ID
			speaking.Wait() // the kill that may be due
			return
		case "stored":
			d.safe = max(d.safe, m.Offset)
		case "started":
			if d.upload = m.Upload; m.Offset < d.safe {
				d.t.Fatalf("%d bytes were acknowledged, and %d are there", d.safe, m.Offset)
			}
			speaking.Go(func() { d.speak(ctx, conn, m.Offset, say) })
		}
	}
}

// speak sends the rest of the sound, four times as fast as it was spoken, until
// the kill of this connection is due. The last second waits for the kills of the
// end.
func (d *killDictation) speak(ctx context.Context, conn *websocket.Conn, at int64, say func(any)) {
	const size = talkit.BytesPerSecond / 4
	engine := d.engines && d.middle > 0 && d.middle%5 == 0
	pace, due := time.Second/16, time.Now().Add(time.Duration(d.random.Int64N(int64(3*time.Second))))
	if engine {
		pace, due = time.Second/4, time.Now().Add(time.Minute)
	}
	end := int64(len(d.sound))
	if d.middle > 0 {
		end -= talkit.BytesPerSecond
	}
	for at < end || d.middle > 0 {
		if next := min(at+size, end); next > at {
			if conn.Write(ctx, websocket.MessageBinary, d.sound[at:next]) != nil {
				return
			}
			at = next
		}
		if engine && d.killEngines() {
			engine, due = false, time.Now().Add(time.Duration(d.random.Int64N(int64(2*time.Second))))
		}
		if d.middle > 0 && time.Now().After(due) {
			if d.middle--; at >= end {
				d.waited++
			}
			d.server.kill()
			return
		}
		time.Sleep(pace)
	}
	say(wire.LiveEnd{Type: "end"})
	if d.ends > 0 {
		time.Sleep(time.Duration(d.random.Int64N(int64(50 * time.Millisecond))))
		d.ends--
		d.server.kill()
	}
}

// killEngines kills the speech processes alone, if there are some.
func (d *killDictation) killEngines() (killed bool) {
	if killed = killEngineOf(d.server); killed {
		d.enginesKilled++
	}
	return killed
}

// nothingElse wants one recording to be left of all that, and its sound.
func (d *killDictation) nothingElse(id int64) {
	d.t.Helper()
	data := d.keeps()
	if n := data.count("SELECT COUNT(*) FROM recordings"); n != 1 {
		d.t.Errorf("%d recordings of one dictation", n)
	}
	if n := data.count("SELECT COUNT(*) FROM upload_parts"); n != 0 {
		d.t.Errorf("%d parts of the upload are left", n)
	}
	killUntil(d.t, time.Minute, "the recording is decoded", func() bool {
		status := d.recording(d.key, id).Status
		return status == "review" || status == "completed"
	})
	d.server.stop(d.t)
	data.makeDue()
	d.server = d.serve()
	data.swept()
	data.whole()
}
