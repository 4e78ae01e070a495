package audio

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// untilKilled makes a copy of the test program run a child until it is killed.
const untilKilled = "TALKIT_TEST_RUN_UNTIL_KILLED"

func TestMain(m *testing.M) {
	if os.Getenv(untilKilled) != "" {
		err := run(context.Background(), decodeLimits, os.Stdout, "sh", "-c", "echo running; exec sleep 60")
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestChildrenDieWithUs(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), untilKilled+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	children := childrenOf(t, cmd.Process.Pid)
	_ = cmd.Process.Kill() // SIGKILL: it cannot clean up
	_ = cmd.Wait()
	if line != "running\n" || len(children) != 1 {
		t.Fatalf("it said %q and has the children %v", line, children)
	}
	for deadline := time.Now().Add(20 * time.Second); alive(children[0]); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("child %s outlived the program that started it", children[0])
		}
	}
}

func TestChildSeesNoSecrets(t *testing.T) {
	t.Setenv("TALKIT_SECRET_KEY", "hush")
	var out bounded
	if err := run(t.Context(), probeLimits, &out, "env"); err != nil {
		t.Fatal(err)
	}
	if env := string(out.kept); strings.Contains(env, "hush") || !strings.Contains(env, "PATH=") {
		t.Error(env)
	}
}

func childrenOf(t *testing.T, pid int) []string {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var children []string
	for _, list := range lists {
		content, _ := os.ReadFile(list)
		children = append(children, strings.Fields(string(content))...)
	}
	return children
}

// alive is false for zombies: on a machine without an init nobody takes them.
func alive(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
