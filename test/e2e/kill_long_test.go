package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"talkit/internal/bench"
)

// TestLongRecordingKilledOften kills the server and its engine in turn at 50
// random moments of long recordings, while they are uploaded, decoded and
// recognised. No sound is lost and no word, and little is recognised twice.
func TestLongRecordingKilledOften(t *testing.T) {
	t.Parallel()
	needLong(t)
	engine := killEngine(t)
	clip := killLongClip(t)
	sound, err := os.ReadFile(clip.path)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	s := killSetup(t, "TALKIT_ENGINE=whisper", "TALKIT_ENGINES="+engine)
	k := &killer{killServer: s, random: rand.New(rand.NewPCG(seed, seed))}
	k.server = s.serve()
	key := s.user(killEmail)
	rounds := 0
	for ; k.kills < 50; rounds++ {
		// A piece that was in hand when the engine died three times is left out,
		// so no recording sees that more than twice.
		k.begin("server", "engine", "server", "engine")
		slow := func(int) { time.Sleep(10 * time.Millisecond) }
		id := s.portions(key, sound, 64<<10, slow, k.revive)
		k.until(key, id)
		k.end()
		s.same(key, id, sound)
		text := s.text(key, id).Text
		if errors, words := bench.WordErrors(clip.Text, text); float64(errors) > 0.08*float64(words) || strings.Contains(text, "[inaudible]") {
			t.Errorf("%d of %d words of recording %d are wrong: %q", errors, words, id, text)
		}
	}
	seen, repeated := s.recognised()
	t.Logf("%d kills in %d recordings; of %d pieces %d were recognised twice", k.kills, rounds, seen, repeated)
	if most := k.kills * runtime.NumCPU(); repeated > most {
		t.Errorf("%d pieces were recognised twice, after %d kills", repeated, k.kills)
	}
	s.keeps().idle()
	s.keeps().makeDue()
	k.server.kill()
	s.serve()
	s.keeps().nothingLeft(rounds)
}

// killLongClip is minutes of speech.
func killLongClip(t *testing.T) killClip {
	t.Helper()
	if folder := killSpeech(t); folder != "" {
		for _, row := range killManifest(t, folder) {
			if row[0] == "long_dev.mp3" {
				clip := killClip{path: filepath.Join(folder, row[0])}
				clip.Text = row[4]
				return clip
			}
		}
	}
	killLeaveOut(t, "minutes of recorded speech beside the repository")
	panic("unreachable")
}

// killer kills a server and its engine, one after the other.
type killer struct {
	*killServer
	random *rand.Rand

	mu      sync.Mutex
	server  *killProcess
	victims []string // still to be killed
	timer   *time.Timer
	kills   int
}

func (k *killer) begin(victims ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.victims = victims
	k.next()
}

// next has the next victim die at a random moment; the caller holds mu.
func (k *killer) next() {
	if k.timer = nil; len(k.victims) > 0 {
		k.timer = time.AfterFunc(time.Duration(k.random.Int64N(int64(5*time.Second))), k.strike)
	}
}

func (k *killer) strike() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.victims) == 0 {
		return
	}
	victim := k.victims[0]
	k.victims = k.victims[1:]
	if victim == "engine" && killEngineOf(k.server) {
		k.kills++
		k.next()
		return
	}
	k.kills++
	k.server.kill() // who finds it dead revives it
}

// killEngineOf kills the speech process of a server, if there is one.
func killEngineOf(server *killProcess) (killed bool) {
	for pid := range killDescendants(server.pid()) {
		if words, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); strings.Contains(string(words), "faster_whisper") {
			killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
		}
	}
	return killed
}

// revive starts the server again that did not answer.
func (k *killer) revive() {
	k.t.Helper()
	killUntil(k.t, 10*time.Second, "the one who does not answer is dead", func() bool { return k.server.hasEnded() })
	server := k.serve()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.server = server
	k.next()
}

// until waits until a recording is completed, whatever dies meanwhile.
func (k *killer) until(key string, id int64) {
	k.t.Helper()
	killUntil(k.t, 15*time.Minute, fmt.Sprintf("recording %d is completed", id), func() bool {
		if k.server.hasEnded() {
			k.revive()
		}
		answer, err := k.ask(k.t.Context(), "GET", fmt.Sprintf("/recordings/%d", id), key, "")
		if err != nil {
			return false
		}
		r := killJSON[struct {
			Status string
			Error  *string
		}](k.t, answer.Body)
		if r.Status == "failed" {
			k.t.Fatalf("recording %d failed: %s", id, *r.Error)
		}
		return r.Status == "completed"
	})
}

// end lets nobody die any more.
func (k *killer) end() {
	k.mu.Lock()
	k.victims = nil
	k.mu.Unlock()
	if k.server.hasEnded() {
		k.revive()
	}
}

// recognised tells by the log how many pieces were recognised, and how often one
// was that had been before.
func (s *killServer) recognised() (pieces, repeated int) {
	s.t.Helper()
	type piece struct {
		Recording int64 `json:"recording_id"`
		Piece     int64 `json:"piece"`
	}
	seen := map[piece]bool{}
	for line := range strings.Lines(s.requests()) {
		if !strings.Contains(line, `"msg":"piece recognised"`) {
			continue
		}
		p := killJSON[piece](s.t, []byte(line))
		if seen[p] {
			repeated++
		}
		seen[p] = true
	}
	return len(seen), repeated
}
