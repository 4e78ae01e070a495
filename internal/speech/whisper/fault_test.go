package whisper

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
	"talkit/internal/speech/install"
)

func TestFaultsOfAProcess(t *testing.T) {
	t.Parallel()
	for what, want := range map[string]string{
		"die":             "it died of this",
		"die in mid-line": "the speech process has ended",
		"close":           "the speech process has ended",
		"fail":            "as it was told",
		"rubbish":         "",
		"long":            "",
		"flood":           "", // of its standard error
		"slow":            "", // is not still
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			e := fake(t, Options{Workers: 1})
			err := order(t, e, what)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got %v, want %q", err, want)
			}
			if errors.Is(err, speech.ErrNotReady) {
				t.Errorf("%v says that there is no engine", err)
			}
			if err := order(t, e, "next"); err != nil {
				t.Errorf("the next piece: %v", err)
			}
		})
	}
}

func TestAProcessThatHangsIsKilled(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 1})
	failed := make(chan error, 1)
	go func() { failed <- orderAlone(t, e, "hang") }()
	p := inHand(t, e, 1)
	stopped(t, p)
	pass(p, time.Hour)
	if err := <-failed; !errors.Is(err, errHung) || errors.Is(err, speech.ErrNotReady) {
		t.Errorf("got %v", err)
	}
	if err := order(t, e, "next"); err != nil {
		t.Errorf("the next piece: %v", err)
	}
	if state(p.cmd.Process.Pid) != 0 {
		t.Error("the process is still there")
	}
}

func TestACallerCanLeaveAProcessThatHangs(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 1})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	failed := make(chan error, 1)
	go func() {
		_, err := e.Recognize(ctx, speech.Piece{Language: "hang"})
		failed <- err
	}()
	p := inHand(t, e, 1)
	stopped(t, p)
	waiting := make(chan error, 1)
	go func() {
		_, err := e.Recognize(ctx, speech.Piece{}) // there is no slot for it
		waiting <- err
	}()
	leave()
	for _, err := range []error{<-failed, <-waiting} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	pass(p, time.Hour)
	if err := order(t, e, "next"); err != nil {
		t.Errorf("the next piece: %v", err)
	}
}

func TestAProcessThatOutgrowsItsMemoryIsKilled(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 1, Memory: 256 << 20})
	if err := order(t, e, "leak"); !errors.Is(err, errMemory) {
		t.Errorf("got %v", err)
	}
	if err := order(t, e, "next"); err != nil {
		t.Errorf("the next piece: %v", err)
	}
}

func TestAnIdleProcessIsStopped(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 1})
	if err := order(t, e, "first"); err != nil {
		t.Fatal(err)
	}
	p := inHand(t, e, 0)
	pass(p, time.Hour)
	<-p.gone
	if p.cause() != errIdle || state(p.cmd.Process.Pid) != 0 {
		t.Errorf("ended for %v", p.cause())
	}
	if err := order(t, e, "next"); err != nil {
		t.Errorf("the next piece: %v", err)
	}
}

// TestAWarmProcessWaits: it is started before there is a piece, once, and stays
// for as long as sound is on its way.
func TestAWarmProcessWaits(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 1})
	eventually(t, "the engine's start", func() bool { return closed(e.running) })
	e.Warm()
	p := inHand(t, e, 0)
	<-p.ready
	pass(p, 2*time.Minute)
	e.Warm()
	p.mu.Lock()
	rested := time.Since(p.since)
	p.mu.Unlock()
	if rested > time.Minute {
		t.Errorf("it has waited for %s", rested)
	}
	if err := order(t, e, "first"); err != nil || inHand(t, e, 0) != p {
		t.Errorf("another process took the piece: %v", err)
	}
}

func TestAnEngineThatDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"ends": {"-c", "raise SystemExit('a library is missing')"},
		"gone": {"testdata/no-such-file.py"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scripted(t, Options{Workers: 2}, args...)
			if err := order(t, e, ""); !errors.Is(err, speech.ErrNotReady) || !strings.Contains(err.Error(), "talkit engine install") {
				t.Errorf("Recognize: %v", err)
			}
			if err := e.Ready(t.Context()); !errors.Is(err, speech.ErrNotReady) {
				t.Errorf("Ready: %v", err)
			}
			e.mu.Lock()
			e.failed = e.failed.Add(-time.Hour)
			e.mu.Unlock()
			if err := e.Ready(t.Context()); err != nil {
				t.Errorf("Ready, much later: %v", err)
			}
		})
	}
}

func TestAStartThatHangsIsKilled(t *testing.T) {
	t.Parallel()
	e := scripted(t, Options{Workers: 1}, "-c", "import signal; signal.pause()")
	failed := make(chan error, 1)
	go func() { failed <- order(t, e, "") }()
	pass(inHand(t, e, 0), time.Hour)
	if err := <-failed; !errors.Is(err, errHung) || !errors.Is(err, speech.ErrNotReady) {
		t.Errorf("got %v", err)
	}
}

func TestNothingInstalled(t *testing.T) {
	t.Parallel()
	e := New(Options{Dir: t.TempDir(), Log: quiet()})
	enginetest.Start(t, e)
	_, err := e.Recognize(t.Context(), speech.Piece{})
	for _, err := range []error{err, e.Ready(t.Context())} {
		if !errors.Is(err, speech.ErrNotReady) || !strings.Contains(err.Error(), "talkit engine install") {
			t.Errorf("got %v", err)
		}
		if talkit.KindOf(err) != talkit.Unavailable {
			t.Errorf("kind %s", talkit.KindOf(err))
		}
	}
}

func TestRunEndsWhatIsInHand(t *testing.T) {
	t.Parallel()
	e := New(Options{Workers: 2, Log: quiet()})
	e.program = fakeProgram(t, e.options, "testdata/fake_worker.py")
	failed := make(chan error, 3)
	for range 3 { // one more than there are slots
		go func() { failed <- order(t, e, "hang") }() // waits for Run to begin
	}
	stop := enginetest.Start(t, e)
	p := inHand(t, e, 2)
	stop()
	for range 3 {
		if err := <-failed; !errors.Is(err, speech.ErrNotReady) {
			t.Errorf("got %v", err)
		}
	}
	if state(p.cmd.Process.Pid) != 0 {
		t.Error("the process is still there")
	}
}

// Whatever the process does, each caller gets its own answer or an error, and
// no slot is lost.
func TestManyCallersOfAFrailProcess(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 4})
	orders := []string{"die", "die in mid-line", "fail", "rubbish", "en", "de", "fr", "nl"}
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() { _ = order(t, e, orders[rand.IntN(len(orders))]) })
	}
	wg.Wait()
	if err := order(t, e, "next"); err != nil {
		t.Errorf("the next piece: %v", err)
	}
	eventually(t, "free slots", func() bool { return e.slots.TryAcquire(4) })
}

// A process that is stopped, or stands still for another reason, is found by
// its missing signs of life, long before a piece has taken too long.
func TestAProcessThatStandsStillIsKilled(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"hang", "stand still"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			e := fake(t, Options{Workers: 1})
			began := time.Now()
			if err := orderAlone(t, e, how); !errors.Is(err, errSilent) || errors.Is(err, speech.ErrNotReady) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			if err := order(t, e, "next"); err != nil {
				t.Errorf("the next piece: %v", err)
			}
		})
	}
}

func TestASilentStartIsKilled(t *testing.T) {
	t.Parallel()
	e := scripted(t, Options{Workers: 1}, "-c", "import signal; signal.pause()")
	failed := make(chan error, 1)
	go func() { failed <- order(t, e, "") }()
	missed(inHand(t, e, 0))
	if err := <-failed; !errors.Is(err, errSilent) || !errors.Is(err, speech.ErrNotReady) {
		t.Errorf("got %v", err)
	}
}

// What brings a process down is one piece's fault: those beside it come through,
// and count for nothing.
func TestPiecesBesideADeadlyOne(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 3})
	beside := make(chan error, 2)
	for range 2 {
		go func() { beside <- order(t, e, "slow") }()
	}
	inHand(t, e, 2)
	for range 2 { // tries
		if err := order(t, e, "die"); err == nil || errors.Is(err, speech.ErrNotReady) || !strings.Contains(err.Error(), "it died of this") {
			t.Errorf("the deadly one: %v", err)
		}
	}
	for range 2 {
		if err := <-beside; err != nil {
			t.Errorf("one beside it: %v", err)
		}
	}
}

// An engine that fails at whatever it is asked is away: no piece is at fault.
func TestAnEngineThatFailsAtEverything(t *testing.T) {
	t.Parallel()
	for name, does := range map[string]string{
		"dies":  "raise SystemExit('a graphics processor is gone')",
		"fails": `print(json.dumps({"id": json.loads(line)["id"], "error": "a graphics processor is gone"}), flush=True)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scripted(t, Options{Workers: 2}, "-c", "import json, sys\nprint('{\"ready\": true}', flush=True)\nfor line in sys.stdin: "+does)
			if err := order(t, e, "en"); !errors.Is(err, speech.ErrNotReady) || !strings.Contains(err.Error(), "a graphics processor is gone") {
				t.Errorf("Recognize: %v", err)
			}
			if err := e.Ready(t.Context()); !errors.Is(err, speech.ErrNotReady) {
				t.Errorf("Ready: %v", err)
			}
			if fault := e.Status().Fault; !strings.Contains(fault, "a graphics processor is gone") {
				t.Errorf("its fault is %q", fault)
			}
		})
	}
}

// Several engines keep no more pieces going than there are cores.
func TestEnginesShareCores(t *testing.T) {
	t.Parallel()
	cores := speech.NewCores(1)
	a, b := fake(t, Options{Workers: 2, Cores: cores}), fake(t, Options{Workers: 2, Cores: cores})
	first := make(chan error, 1)
	go func() { first <- order(t, a, "slow") }()
	inHand(t, a, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Recognize(ctx, speech.Piece{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the other engine did not wait: %v", err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
	for _, what := range []string{"die", "en"} { // a core comes back whatever happens
		_ = order(t, b, what)
	}
	if err := order(t, a, "next"); err != nil {
		t.Error(err)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	e := fake(t, Options{Workers: 1})
	if e.Status() != (speech.Status{}) {
		t.Errorf("%+v before anything", e.Status())
	}
	if _, err := e.Recognize(t.Context(), speech.Piece{PCM: make([]byte, 32_000), Language: "en"}); err != nil {
		t.Fatal(err)
	}
	s := e.Status()
	if !s.Loaded || s.Device != "cpu int8" || s.InHand != 0 || s.Sound != time.Second || s.Busy <= 0 || s.Fault != "" {
		t.Errorf("%+v after a piece", s)
	}
	_ = order(t, e, "die")
	if s = e.Status(); !s.Loaded || !strings.Contains(s.Fault, "it died of this") || time.Since(s.FaultOn) > time.Minute {
		t.Errorf("%+v after a fault", s)
	}
}

// real is the engine itself, and what a piece of speech came to in it.
func real(t *testing.T) (e *Engine, recognise func(after string) error) {
	t.Helper()
	options := installed(t, "tiny.en")
	clip := enginetest.Clips(t)[0]
	e = New(options)
	enginetest.Start(t, e)
	return e, func(after string) error {
		result, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM})
		if err == nil && clip.Heard(result.Segments.Text()) < 0.7 {
			t.Errorf("%s: heard %+v", after, result)
		}
		if errors.Is(err, speech.ErrNotReady) {
			t.Errorf("%s: %v says that there is no engine", after, err)
		}
		return err
	}
}

// Whatever becomes of the real process once, the piece in it comes through.
func TestFaultsOfTheRealProcess(t *testing.T) {
	t.Parallel()
	e, recognise := real(t)
	signal := func(s syscall.Signal) func(*testing.T, *process) {
		return func(_ *testing.T, p *process) { _ = syscall.Kill(p.cmd.Process.Pid, s) }
	}
	for _, fault := range []struct {
		name   string
		strike func(*testing.T, *process)
	}{
		{"killed", signal(syscall.SIGKILL)},
		{"aborted", signal(syscall.SIGABRT)},
		{"stopped", signal(syscall.SIGSTOP)},
		{"rubbish", func(t *testing.T, p *process) { say(t, p, "\xff\x00 no JSON\n[]\n{\"id\": 77}\n\n") }},
		{"standard error flooded", flood},
		{"its output cut", func(t *testing.T, p *process) { say(t, p, `{"id": 1, "segm`); signal(syscall.SIGKILL)(t, p) }},
	} {
		failed := make(chan error, 1)
		go func() { failed <- recognise(fault.name) }()
		fault.strike(t, inHand(t, e, 1))
		if err := <-failed; err != nil {
			t.Errorf("%s: %v", fault.name, err)
		}
		if err := recognise("after " + fault.name); err != nil {
			t.Errorf("after %s: %v", fault.name, err)
		}
	}
}

// A process that gets less and less memory makes way for the next one with the
// first piece that it has too little for: it may do with what it has for long.
func TestAProcessWithoutMemory(t *testing.T) {
	t.Parallel()
	e, recognise := real(t)
	if err := recognise("before"); err != nil {
		t.Fatal(err)
	}
	p := inHand(t, e, 0)
	for room := uint64(64 << 20); room > 0 && !p.ended(); room /= 4 {
		limit(t, p, unix.RLIMIT_AS, room)
		if err := recognise("short of memory"); err != nil && !p.ended() {
			t.Errorf("a process that failed for want of memory stays: %v", err)
		}
	}
	if !p.ended() {
		t.Fatal("the process was never short of memory")
	}
	if err := recognise("after a lack of memory"); err != nil {
		t.Errorf("after a lack of memory: %v", err)
	}
}

// limit makes a limit of what a process has and no more than some bytes.
func limit(t *testing.T, p *process, what int, more uint64) {
	t.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		t.Fatal(err)
	}
	bytes := pages*uint64(os.Getpagesize()) + more
	if err := unix.Prlimit(p.cmd.Process.Pid, what, &unix.Rlimit{Cur: bytes, Max: bytes}, nil); err != nil {
		t.Fatal(err)
	}
}

// say writes among the answers of a process: to the pipe that is neither its
// standard input nor its standard error.
func say(t *testing.T, p *process, words string) {
	t.Helper()
	folder := fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)
	links, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]bool{}
	for _, standard := range []string{"0", "2"} {
		pipe, _ := os.Readlink(filepath.Join(folder, standard))
		taken[pipe] = true
	}
	for _, link := range links {
		pipe, _ := os.Readlink(filepath.Join(folder, link.Name()))
		if !strings.HasPrefix(pipe, "pipe:") || taken[pipe] {
			continue
		}
		err := write(filepath.Join(folder, link.Name()), words)
		if err == nil {
			return
		}
		if !errors.Is(err, syscall.EPIPE) { // one that the test's own parent left open
			t.Fatal(err)
		}
	}
	t.Fatal("no pipe for answers")
}

func flood(t *testing.T, p *process) {
	t.Helper()
	if err := write(fmt.Sprintf("/proc/%d/fd/2", p.cmd.Process.Pid), strings.Repeat("warning: something\n", 1<<20)); err != nil {
		t.Fatal(err)
	}
}

func write(path, words string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = file.WriteString(words)
	return err
}

// The process can write no file, so a full disk is nothing to it, and it can
// fill none; when memory runs out it goes before the server.
func TestTheProcessIsConfined(t *testing.T) {
	options := installed(t, "tiny.en")
	t.Setenv("TMPDIR", "/proc/1/no-such-folder")
	clip := enginetest.Clips(t)[0]
	e := New(options)
	enginetest.Start(t, e)
	result, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM})
	if err != nil || clip.Heard(result.Segments.Text()) < 0.7 {
		t.Fatalf("%+v %v", result, err)
	}
	pid := inHand(t, e, 0).cmd.Process.Pid
	var size, core unix.Rlimit
	if err := errors.Join(unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &size), unix.Prlimit(pid, unix.RLIMIT_CORE, nil, &core)); err != nil {
		t.Fatal(err)
	}
	score, _ := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid))
	if size.Max != 0 || core.Max != 0 || strings.TrimSpace(string(score)) != "500" {
		t.Errorf("files of %d bytes, core of %d, score %q", size.Max, core.Max, score)
	}
}

// A byte of a model that changed after it was installed is found before
// anything is recognised with it, and said; mended, it goes on.
func TestADamagedModelIsFound(t *testing.T) {
	t.Parallel()
	options := installed(t, "tiny.en")
	whole := options.Dir
	options.Dir = t.TempDir()
	copied := install.ModelDir(options.Dir, "tiny.en")
	if err := errors.Join(os.Symlink(filepath.Join(whole, "whisper"), filepath.Join(options.Dir, "whisper")),
		os.CopyFS(copied, os.DirFS(install.ModelDir(whole, "tiny.en")))); err != nil {
		t.Fatal(err)
	}
	clip := enginetest.Clips(t)[0]
	for _, name := range []string{"model.bin", "config.json"} {
		path := filepath.Join(copied, name)
		right := flip(t, path, 1000)
		e := New(options)
		enginetest.Start(t, e)
		if err := e.Ready(t.Context()); err != nil {
			t.Errorf("it is not looked into before it is needed: %v", err)
		}
		_, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM})
		for _, err := range []error{err, e.Ready(t.Context())} {
			if !errors.Is(err, speech.ErrNotReady) || !errors.Is(err, speech.ErrDamaged) || !strings.Contains(err.Error(), "engine install --model tiny.en") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if fault := e.Status().Fault; !strings.Contains(fault, name) {
			t.Errorf("the last fault is %q", fault)
		}
		e.mu.Lock()
		e.failed = e.failed.Add(-time.Hour) // time mends nothing
		e.mu.Unlock()
		if err := e.Ready(t.Context()); !errors.Is(err, speech.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if err := errors.Join(os.WriteFile(path+".new", right, 0o644), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
		result, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM})
		if err != nil || clip.Heard(result.Segments.Text()) < 0.7 {
			t.Errorf("mended: %+v %v", result, err)
		}
	}
}

// flip changes a bit of a file, and returns what it was.
func flip(t *testing.T, path string, at int) []byte {
	t.Helper()
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wrong := slices.Clone(right)
	wrong[at] ^= 1
	if err := os.WriteFile(path, wrong, 0o644); err != nil {
		t.Fatal(err)
	}
	return right
}
