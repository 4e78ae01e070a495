package whisper

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"talkit/internal/speech"
)

// TestMain lets the test's own binary play a talkit that is to be killed.
func TestMain(m *testing.M) {
	if model := os.Getenv("TALKIT_TEST_PARENT"); model != "" {
		parent(model)
	}
	os.Exit(m.Run())
}

// parent runs an engine, prints the number of its process, and waits.
func parent(model string) {
	e := New(Options{Dir: engines(), Model: model, Log: quiet()})
	if model == "fake" {
		e.program.python = os.Getenv("TALKIT_TEST_PYTHON")
		e.program.args = []string{"testdata/fake_worker.py"}
		e.program.present = func() error { return nil }
	}
	ctx := context.Background()
	go func() { _ = e.Run(ctx) }()
	if _, err := e.Recognize(ctx, speech.Piece{}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(e.process.cmd.Process.Pid)
	_, _ = e.Recognize(ctx, speech.Piece{Language: "hang"})
	select {}
}

func TestTheProcessDiesWithTalkit(t *testing.T) {
	t.Parallel()
	t.Run("fake", func(t *testing.T) { dies(t, "fake") })
	t.Run("real", func(t *testing.T) {
		installed(t, "tiny.en")
		dies(t, "tiny.en")
	})
}

func dies(t *testing.T, model string) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "TALKIT_TEST_PARENT="+model, "TALKIT_TEST_PYTHON="+python(t))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || state(pid) == 0 {
		t.Fatalf("the helper said %q", line)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "end of the worker", func() bool { return state(pid) == 0 })
}
