package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"

	"talkit"
)

// limits bound what one child may take.
type limits struct {
	wall   time.Duration
	cpu    time.Duration
	memory uint64 // bytes of address space
}

var (
	probeLimits = limits{wall: 2 * time.Minute, cpu: 20 * time.Second, memory: 1 << 30}
	// A day of sound takes well under a minute to a few minutes, by its codec.
	decodeLimits = limits{wall: 45 * time.Minute, cpu: 30 * time.Minute, memory: 1 << 30}
)

// errTooSlow is the cause when a child was stopped for the time it took.
var errTooSlow = errors.New("reading the sound took too long")

// failedError is a child that ended by itself with a status that is not zero:
// it did not like its input.
type failedError struct {
	program string
	status  int
	words   string // the end of its standard error, for the log
}

func (e *failedError) Error() string {
	return fmt.Sprintf("%s ended with status %d: %s", e.program, e.status, e.words)
}

// run runs one child to its end and copies its standard output to out. Its
// error is ctx's, out's own, errTooSlow, a *failedError, Unavailable where the
// program is missing, and otherwise a fault of the machine's (killed by
// somebody else, no process left).
func run(ctx context.Context, limit limits, out io.Writer, program string, args ...string) error {
	return runFrom(ctx, limit, nil, out, program, args...)
}

// runFrom is run for a child that reads its standard input; nil is the null device.
func runFrom(ctx context.Context, limit limits, in io.Reader, out io.Writer, program string, args ...string) error {
	limited, cancel := context.WithTimeoutCause(ctx, limit.wall, errTooSlow)
	defer cancel()
	var words tail
	sink := &sink{to: out, stop: cancel}
	cmd := exec.CommandContext(limited, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, sink, &words
	cmd.Env = environment()
	cmd.SysProcAttr = isolation()
	cmd.WaitDelay = 5 * time.Second

	// The kernel sends the parent-death signal when the *thread* that started
	// the child ends, so that thread is kept until the child is gone.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := start(cmd, limit); err != nil {
		return err
	}
	err := cmd.Wait()
	switch {
	case sink.err != nil:
		return sink.err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case context.Cause(limited) == errTooSlow || cpuTime(cmd.ProcessState) > limit.cpu*9/10:
		return fmt.Errorf("%s: %w", program, errTooSlow)
	}
	return describe(err, program, words)
}

func start(cmd *exec.Cmd, limit limits) error {
	err := cmd.Start()
	if errors.Is(err, exec.ErrNotFound) {
		return missing(cmd.Path, err)
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	// Setting limits on a child that already runs is a race without harm: CPU
	// time counts from its birth and the memory limit holds for whatever it
	// asks for next, long before it has read its input.
	if err := restrict(cmd.Process.Pid, limit); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return fmt.Errorf("limit %s: %w", cmd.Path, err)
	}
	return nil
}

// noLibraries is the status of a program that could not be loaded: the
// installation is broken, not the file.
const noLibraries = 127

// cpuTime is what a child took that has ended. Whether it was stopped for that
// shows in nothing else: ffmpeg catches SIGXCPU and ends as if all were well.
func cpuTime(state *os.ProcessState) time.Duration { return state.UserTime() + state.SystemTime() }

func describe(err error, program string, words tail) error {
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return nil
	case ok && exit.Exited() && exit.ExitCode() != noLibraries:
		return &failedError{program: program, status: exit.ExitCode(), words: words.String()}
	}
	return fmt.Errorf("%s: %w: %s", program, err, words.String())
}

// environment is what a child needs to be found and to speak plainly. The
// server's own environment holds secrets.
func environment() []string {
	env := []string{"LC_ALL=C", "AV_LOG_FORCE_NOCOLOR=1"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// sink hands on a child's output, remembers the first error, and stops the
// child at once then.
type sink struct {
	to   io.Writer
	stop func()
	err  error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if err != nil {
		s.err = err
		s.stop()
	}
	return n, err
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.kept) }

// errOutput says that a child printed more than it has reason to.
var errOutput = talkit.Errorf(talkit.Unsupported, "The file describes itself at such length that it cannot be sound.")

// bounded is a buffer that refuses to grow over a mebibyte.
type bounded struct{ kept []byte }

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.kept)+len(p) > 1<<20 {
		return 0, errOutput
	}
	b.kept = append(b.kept, p...)
	return len(p), nil
}
