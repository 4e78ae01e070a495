package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// killServer is talkit itself, in a process of its own, to be ended in every
// way there is. Its address and its data stay over restarts.
type killServer struct {
	t    *testing.T
	url  string
	data string
	env  []string // more settings; may be changed before a start
	logs string   // file that standard error goes to

	children []*killProcess // that are not known to have ended
}

// killProcess is one talkit command that runs.
type killProcess struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd.ProcessState is there
}

// killBinary builds talkit once. The file is unlinked while it is open, so
// that nothing is left of it whatever ends us.
var killBinary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "talkit-e2e-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "talkit")
	build := exec.Command("go", "build", "-o", path, "talkit/cmd/talkit")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	killOpenBinary = file
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), file.Fd()), nil
})

var killOpenBinary *os.File // else the garbage collector would close it

// killSetup prepares a server on SQLite that is not started yet. It hears no
// setting but those of the test.
func killSetup(t *testing.T, settings ...string) *killServer {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		killLeaveOut(t, "ffmpeg")
	}
	s := &killServer{t: t, url: "http://" + killFreeAddress(t), data: filepath.Join(t.TempDir(), "data"), logs: filepath.Join(t.TempDir(), "log")}
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "TALKIT_") && !strings.HasPrefix(line, "GOGC=") {
			s.env = append(s.env, line)
		}
	}
	s.env = append(s.env, "TALKIT_DATA="+s.data, "TALKIT_LISTEN="+strings.TrimPrefix(s.url, "http://"),
		"TALKIT_WEBHOOK_ALLOW=127.0.0.0/8", "TALKIT_LOG=json")
	if folder := os.Getenv("TALKIT_ENGINES"); folder != "" {
		s.env = append(s.env, "TALKIT_ENGINES="+folder)
	}
	s.env = append(s.env, settings...)
	t.Cleanup(s.end)
	return s
}

func killFreeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// end kills what still runs, and shows the end of a failed test's log.
func (s *killServer) end() {
	for _, p := range s.children {
		p.kill()
	}
	if s.t.Failed() {
		s.t.Logf("the end of the log, without what went well:\n%s", s.log(100))
	}
}

// log is the last lines of the log, but for requests that went well.
func (s *killServer) log(most int) string {
	content, _ := os.ReadFile(s.logs)
	lines := slices.DeleteFunc(strings.Split(string(content), "\n"), func(line string) bool {
		return strings.Contains(line, `"level":"INFO","msg":"request"`)
	})
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// command is talkit with arguments, under a shell's words where given.
func (s *killServer) command(words string, args ...string) *exec.Cmd {
	s.t.Helper()
	binary, err := killBinary()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	if words != "" {
		cmd = exec.Command("sh", append([]string{"-c", words + `; exec "$0" "$@"`, binary}, args...)...)
	}
	cmd.Env = s.env
	cmd.Dir = filepath.Dir(s.logs)
	return cmd
}

// run starts a command that stays, its words going to the log.
func (s *killServer) run(words string, args ...string) *killProcess {
	s.t.Helper()
	log, err := os.OpenFile(s.logs, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	p := &killProcess{cmd: s.command(words, args...), ended: make(chan struct{})}
	p.cmd.Stderr, p.cmd.SysProcAttr = log, killWithUs()
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.cmd.Wait()
	}()
	s.children = append(s.children, p)
	return p
}

// serve starts talkit serve and returns when it answers.
func (s *killServer) serve(args ...string) *killProcess { return s.serveUnder("", args...) }

func (s *killServer) serveUnder(words string, args ...string) *killProcess {
	s.t.Helper()
	p := s.run(words, append([]string{"serve"}, args...)...)
	killUntil(s.t, 30*time.Second, "the server answers", func() bool {
		if p.hasEnded() {
			s.t.Fatalf("talkit serve ended: %v\n%s", p.cmd.ProcessState, s.log(20))
		}
		response, err := http.Get(s.url + "/healthz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return p
}

// talkit runs a command to its end and returns what it printed.
func (s *killServer) talkit(args ...string) string {
	s.t.Helper()
	var out, errors bytes.Buffer
	cmd := s.command("", args...)
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("talkit %v: %v: %s", args, err, errors.String())
	}
	return strings.TrimSpace(out.String())
}

func (p *killProcess) pid() int { return p.cmd.Process.Pid }

func (p *killProcess) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill is kill -9.
func (p *killProcess) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.ended
}

// stop is SIGTERM; it returns the exit code and how long the end took.
func (p *killProcess) stop(t *testing.T) (code int, took time.Duration) {
	t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(40 * time.Second):
		t.Fatal("SIGTERM did not end it")
	}
	return p.cmd.ProcessState.ExitCode(), time.Since(began)
}

// killUntil polls until done, or ends the test.
func killUntil(t *testing.T, most time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(most); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", most, what)
		}
	}
}

func killLeaveOut(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatalf("missing: %s; make test installs it", what)
	}
	t.Skipf("left out: needs %s; make test installs it", what)
}

func killLong() bool { return os.Getenv("TALKIT_TEST_LONG") == "1" }

// with is the server with other settings, which go before those it has.
func (s *killServer) with(settings ...string) {
	for _, setting := range settings {
		name, _, _ := strings.Cut(setting, "=")
		s.env = slices.DeleteFunc(s.env, func(line string) bool { return strings.HasPrefix(line, name+"=") })
		s.env = append(s.env, setting)
	}
}

// killJSON reads JSON, or ends the test.
func killJSON[T any](t *testing.T, text []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}
