package whisper

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
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
	go func() { failed <- order(t, e, "hang") }()
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
	eventually(t, "free slots", func() bool { return len(e.slots) == 0 })
}

func TestFaultsOfTheRealProcess(t *testing.T) {
	t.Parallel()
	options := installed(t, "tiny.en")
	clip := enginetest.Clips(t)[0]
	e := New(options)
	enginetest.Start(t, e)
	for name, strike := range map[string]func(*process){
		"killed": func(p *process) { _ = syscall.Kill(p.cmd.Process.Pid, syscall.SIGKILL) },
		"hung": func(p *process) {
			_ = syscall.Kill(p.cmd.Process.Pid, syscall.SIGSTOP)
			stopped(t, p)
			pass(p, time.Hour)
		},
	} {
		failed := make(chan error, 1)
		go func() {
			_, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM})
			failed <- err
		}()
		strike(inHand(t, e, 1))
		if err := <-failed; err == nil || errors.Is(err, speech.ErrNotReady) {
			t.Errorf("%s: %v", name, err)
		}
		result, err := e.Recognize(t.Context(), speech.Piece{PCM: clip.PCM})
		if err != nil || clip.Heard(result.Segments.Text()) < 0.7 {
			t.Errorf("after it was %s: %+v %v", name, result, err)
		}
	}
}
