package whisper

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
	"talkit/internal/speech/install"
)

func engines() string {
	if dir := os.Getenv("TALKIT_ENGINES"); dir != "" {
		return dir
	}
	return install.DefaultDir()
}

// installed sets up the engine of this machine, or leaves the test out.
func installed(t *testing.T, model string) Options {
	t.Helper()
	dir := engines()
	if err := install.Present(dir, model); err != nil {
		enginetest.LeaveOut(t, "the speech engine (talkit engine install --model "+model+")")
	}
	return Options{Dir: dir, Model: model, Log: quiet()}
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// fake sets up an engine whose worker is testdata/fake_worker.py.
func fake(t *testing.T, options Options) *Engine {
	t.Helper()
	return scripted(t, options, filepath.Join("testdata", "fake_worker.py"))
}

// scripted sets up and runs an engine with a worker of the test's own.
func scripted(t *testing.T, options Options, args ...string) *Engine {
	t.Helper()
	options.Log = quiet()
	e := New(options)
	e.program = fakeProgram(t, e.options, args...)
	enginetest.Start(t, e)
	return e
}

func fakeProgram(t *testing.T, o Options, args ...string) program {
	t.Helper()
	return program{
		python:  python(t),
		args:    args,
		present: func() error { return nil },
		stamp:   func() string { return "" },
		verify:  func(context.Context) error { return nil },
		memory:  func() int64 { return memoryLimit(o, "") },
	}
}

func python(t *testing.T) string {
	t.Helper()
	if path := install.Python(engines()); exec.Command(path, "--version").Run() == nil {
		return path
	}
	path, err := exec.LookPath("python3")
	if err != nil {
		enginetest.LeaveOut(t, "python3 (apt install python3)")
	}
	return path
}

// order tells the fake worker what to do.
func order(t *testing.T, e *Engine, what string) error {
	t.Helper()
	return ordered(t, e, speech.Piece{PCM: []byte{0, 0}, Language: what})
}

// orderAlone does so with nothing else in the process, as for a piece that
// failed before.
func orderAlone(t *testing.T, e *Engine, what string) error {
	t.Helper()
	return ordered(t, e, speech.Piece{PCM: []byte{0, 0}, Language: what, Again: true})
}

func ordered(t *testing.T, e *Engine, piece speech.Piece) error {
	t.Helper()
	what := piece.Language
	result, err := e.Recognize(t.Context(), piece)
	if err == nil && result.Language != what {
		t.Errorf("asked for %q, got the answer to %q", what, result.Language)
	}
	return err
}

// inHand waits until n calls are in a process and returns it.
func inHand(t *testing.T, e *Engine, n int) *process {
	t.Helper()
	var found *process
	eventually(t, "calls in the process", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.process == nil {
			return false
		}
		found = e.process
		found.mu.Lock()
		defer found.mu.Unlock()
		return len(found.calls) == n
	})
	return found
}

// stopped waits until the worker stands still.
func stopped(t *testing.T, p *process) {
	t.Helper()
	eventually(t, "the worker standing still", func() bool { return state(p.cmd.Process.Pid) == 'T' })
}

// missed makes as if a process had been looked at in vain for long.
func missed(p *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = maxSilenceAtStart
}

// pass lets a time pass for a process without waiting for it.
func pass(p *process, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since = p.since.Add(-d)
	for _, c := range p.calls {
		c.since = c.since.Add(-d)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still no " + what)
		}
	}
}

// state is the letter of proc_pid_stat(5), 0 for none: a zombie is none.
func state(pid int) byte {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	if rest == "" || rest[0] == 'Z' {
		return 0
	}
	return rest[0]
}
