package whisper

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"talkit/internal/speech/install"
)

//go:embed worker.py
var source string

// program is what a process runs.
type program struct {
	python  string
	args    []string
	present func() error                    // an error with words for people where it is not installed
	stamp   func() string                   // of its model's files: another one where they were changed
	verify  func(ctx context.Context) error // reads them; an error with words where they are damaged
	memory  func() int64                    // resident bytes it may take
}

// worker is the program of an engine. Its source goes along as an argument,
// so it is always the one this binary was built with.
func worker(o Options) program {
	model := install.ModelDir(o.Dir, o.Model)
	return program{
		python:  install.Python(o.Dir),
		args:    []string{"-I", "-B", "-c", source, model, strconv.Itoa(o.Workers), strconv.Itoa(o.Threads), strconv.Itoa(o.Nice)},
		present: func() error { return install.Present(o.Dir, o.Model) },
		stamp:   func() string { return install.Stamp(o.Dir, o.Model) },
		verify:  func(ctx context.Context) error { return install.VerifyModel(ctx, o.Dir, o.Model) },
		memory:  func() int64 { return memoryLimit(o, model) },
	}
}

func (p program) command() *exec.Cmd {
	cmd := exec.Command(p.python, p.args...)
	cmd.Env = environment()
	return cmd
}

// memoryLimit is about three times what was measured: 0.6 GB for base with two
// workers. It is there for a process that leaks or runs wild.
//
// The resident size is watched because a limit on the address space
// (RLIMIT_AS) does not do: the process maps three times what it uses, more
// with each core, and what an allocation refused by the kernel does to it is a
// matter of luck, from one failed piece to a process that fails every one.
func memoryLimit(o Options, model string) int64 {
	if o.Memory > 0 {
		return o.Memory
	}
	weights := int64(0)
	if info, err := os.Stat(filepath.Join(model, "model.bin")); err == nil {
		weights = info.Size()
	}
	return 1<<30 + 4*weights + int64(o.Workers)<<28
}

// environment is what the process needs: the server's own holds secrets.
func environment() []string {
	env := []string{
		"LC_ALL=C.UTF-8",
		"HF_HUB_OFFLINE=1",  // faster-whisper must never reach for the network
		"OMP_NUM_THREADS=1", // one thread a worker, whatever library counts cores
	}
	for _, name := range []string{"CUDA_VISIBLE_DEVICES", "HOME", "LD_LIBRARY_PATH", "PATH", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[max(0, len(p)-tailSize):]...)
	t.kept = t.kept[max(0, len(t.kept)-tailSize):]
	return len(p), nil
}

// lastLine is where Python says what went wrong.
func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.kept))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
