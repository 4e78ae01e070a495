package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"talkit/client"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// TestKills ends servers with kill -9 in the middle of uploads, recognition
// and deliveries. Nothing that was answered may be lost.
func TestKills(t *testing.T) {
	t.Parallel()
	killEngine(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		killHistoryOf(t)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		killHistoryOf(t, "TALKIT_DATABASE_URL="+storetest.Postgres(t))
	})
}

// killHistory is what happened in one such test.
type killHistory struct {
	*killServer
	key    string
	plugin killPlugin
	random *rand.Rand
	short  []killClip
	long   []killClip

	mostBehind int // how many recordings may wait

	moments map[string]chan struct{} // uploads and deliveries under way
	ended   chan struct{}            // closed when there are to be no more uploads
	began   time.Time

	mu        sync.Mutex
	answered  map[int64]killClip  // recordings that a 202 was given for
	refused   int                 // uploads that got no answer
	followed  []string            // transcripts as a reader saw them, in order
	received  map[string][]string // event ids that were answered 200, by transcript
	seen      map[string]bool     // event ids, whatever they were answered
	kills     map[string]int      // by what was under way
	repeats   []int               // pieces in hand at each kill
	survivors int                 // processes that a kill left to end by themselves
	slowest   time.Duration       // from a start to its first answer
}

const killEmail = "ada@example.org"

func killHistoryOf(t *testing.T, settings ...string) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TALKIT_TEST_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	h := &killHistory{killServer: killSetup(t, append(settings, "TALKIT_MODEL="+smallModel)...), random: rand.New(rand.NewPCG(seed, 0)),
		moments: map[string]chan struct{}{"upload": make(chan struct{}), "delivery": make(chan struct{})}, ended: make(chan struct{}), began: time.Now(),
		answered: map[int64]killClip{}, received: map[string][]string{}, seen: map[string]bool{}, kills: map[string]int{}}
	h.short, h.long = killClips(t)
	defer func() { h.report(seed) }()
	kills := 3 // one of each sort
	h.mostBehind = 4
	if killLong() {
		kills, h.mostBehind = 25, 8
	}
	server := h.serve()
	h.key = h.user(killEmail)
	h.plugin = h.killServer.plugin(killEmail, killReceiver(t, h.receive))

	ctx, stop := context.WithCancel(t.Context())
	var reader, uploaders sync.WaitGroup
	defer reader.Wait()
	defer stop()
	reader.Go(func() { h.follow(ctx) })
	for range 3 {
		random := rand.New(rand.NewPCG(h.random.Uint64(), 0))
		uploaders.Go(func() { h.upload(random) })
	}
	for n := range kills {
		server = h.killAndRestart(server, []string{"upload", "recognition", "delivery"}[n%3])
	}
	close(h.ended)
	uploaders.Wait()
	h.check()
	h.checkData(server)
	h.reportPieces()
}

// killAndRestart ends the server in the middle of something, and looks at what
// it leaves behind.
func (h *killHistory) killAndRestart(server *killProcess, what string) *killProcess {
	h.t.Helper()
	most := h.await(what)
	time.Sleep(time.Duration(h.random.Int64N(int64(most)))) // any moment of it
	h.t.Logf("%v: kill during %s", time.Since(h.began).Round(time.Millisecond), what)
	server.cmd.Process.Signal(syscall.SIGSTOP) // it starts no process while we look
	children := killDescendants(server.pid())
	server.kill()
	data := h.keeps()
	h.kills[what]++
	// A piece is in hand while its job runs. One can be kept for a job that waits:
	// one that was done, but not yet noted as done, runs again before it.
	h.repeats = append(h.repeats, data.count(`SELECT COUNT(*) FROM pieces p JOIN river_job j ON j.id = p.claimed_by
		WHERE p.status = 'running' AND j.state = 'running'`))
	h.survivors += len(children)
	began := time.Now()
	server = h.serve()
	h.slowest = max(h.slowest, time.Since(began))
	killGone(h.t, children)
	return server
}

// await returns in the middle of an upload, of a delivery, or of recognition,
// and about how long that may take.
func (h *killHistory) await(what string) (most time.Duration) {
	h.t.Helper()
	if what == "recognition" {
		data := h.keeps()
		killUntil(h.t, time.Minute, "a piece is in work", func() bool {
			return data.count("SELECT COUNT(*) FROM pieces WHERE status = 'running'") > 0
		})
		return 8 * time.Second // the engine starts, and recognises some pieces
	}
	select {
	case <-h.moments[what]:
	case <-time.After(time.Minute):
		h.t.Fatalf("no %s in a minute", what)
	}
	return 300 * time.Millisecond
}

// moment tells whoever waits for it that something is under way.
func (h *killHistory) moment(what string) {
	select {
	case h.moments[what] <- struct{}{}:
	default:
	}
}

// upload sends recordings, each over about a second, until there have been
// enough kills.
func (h *killHistory) upload(random *rand.Rand) {
	for n := 0; ; n++ {
		select {
		case <-h.ended:
			return
		default:
		}
		if h.behind() >= h.mostBehind {
			time.Sleep(20 * time.Millisecond) // a test has to end
			continue
		}
		clip := h.short[random.IntN(len(h.short))]
		if n%6 == 1 {
			clip = h.long[random.IntN(len(h.long))]
		}
		h.uploadOne(random, clip)
	}
}

// behind is how many recordings have no transcript yet.
func (h *killHistory) behind() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.answered) - len(h.followed)
}

func (h *killHistory) uploadOne(random *rand.Rand, clip killClip) {
	sound, err := os.ReadFile(clip.path)
	if err != nil {
		h.t.Error(err)
		return
	}
	fields := map[string]string{"metadata": `{"clip":"` + filepath.Base(clip.path) + `"}`}
	if random.IntN(2) == 0 {
		fields["language"] = "en"
	}
	slowly := killUpload{sound: bytes.NewReader(sound), fields: fields, progress: func(sent int) {
		if sent > len(sound)/2 {
			h.moment("upload")
		}
		time.Sleep(time.Second * time.Duration(16<<10) / time.Duration(len(sound)+1)) // a slow line
	}}
	answer, err := h.submit(h.t.Context(), h.key, slowly)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.refused++
		time.Sleep(10 * time.Millisecond) // nobody listens just now
	case answer.Status == http.StatusAccepted:
		h.answered[killJSON[wire.Recording](h.t, answer.Body).ID] = clip
	default:
		h.t.Errorf("an upload was answered %d %s", answer.Status, answer.Body)
	}
}

// receive is the plugin's webhook. It answers some events 500 at first.
func (h *killHistory) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender was killed
	}
	h.moment("delivery")
	event, err := client.VerifyWebhook(h.plugin.secret, r.Header, body)
	token := http.Header{"X-Connect-It-Token": r.Header.Values("X-Connect-It-Token")}
	if _, other := client.VerifyWebhook(h.plugin.secret, token, body); err != nil || other != nil {
		h.t.Errorf("a webhook came with bad signatures: %v, %v", err, other)
		return
	}
	transcript, err := event.Transcript()
	if err != nil {
		h.t.Error(err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	first := !h.seen[event.ID]
	h.seen[event.ID] = true
	if first && len(h.seen)%3 == 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h.received[transcript.ID] = append(h.received[transcript.ID], event.ID)
}

// follow is a client that keeps the last id it saw and asks for what is later.
func (h *killHistory) follow(ctx context.Context) {
	last := ""
	for ctx.Err() == nil {
		page, err := h.plugin.client.Transcripts(ctx, client.Page{Limit: 2, AfterID: last})
		if answer, ok := errors.AsType[*client.Error](err); ok {
			h.t.Errorf("the reader was answered %v", answer)
		}
		h.mu.Lock()
		for _, transcript := range page.Data {
			last = transcript.ID
			h.followed = append(h.followed, last)
		}
		h.mu.Unlock()
		if !page.HasMore {
			time.Sleep(20 * time.Millisecond) // so often a client asks
		}
	}
}

// report says what was done.
func (h *killHistory) report(seed uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.t.Logf("TALKIT_TEST_SEED=%d: kills %v, %d recordings answered, %d uploads cut, pieces in hand at the kills %v of %d workers, %d transcripts followed, %d events received, %d child processes left to die, slowest start %v",
		seed, h.kills, len(h.answered), h.refused, h.repeats, runtime.NumCPU(), len(h.followed), len(h.received), h.survivors, h.slowest.Round(time.Millisecond))
	if slices.Max(append(h.repeats, 0)) > runtime.NumCPU() {
		h.t.Errorf("more pieces were in hand than there are workers: %v", h.repeats)
	}
}
