package install

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// pip runs an environment's pip, which takes nothing but wheels whose hashes
// the lock names: no code of a package runs. It keeps its own cache, so what
// one try has downloaded the next one need not.
func pip(ctx context.Context, temp, python, command string, args ...string) (words string, err error) {
	all := []string{"-I", "-m", "pip", command, "--no-input", "--disable-pip-version-check", "--progress-bar", "off",
		"--only-binary", ":all:", "--require-hashes", "--no-deps"}
	return run(ctx, temp, python, append(all, args...)...)
}

// run runs a program to its end, its temporary files in temp, where whoever
// cleans up finds them, and returns all it said.
func run(ctx context.Context, temp, program string, args ...string) (words string, err error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = environment(temp)
	cmd.SysProcAttr = dieWithUs()
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
	// The kernel sends the parent-death signal when the thread that started
	// the child ends, so that thread is kept until the child is gone.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// environment is ours without Talkit's own settings, which hold secrets: pip
// needs the operator's proxy, certificates and index.
func environment(temp string) []string {
	env := []string{}
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "TALKIT_") && !strings.HasPrefix(setting, "PYTHON") {
			env = append(env, setting)
		}
	}
	return append(env, "TMPDIR="+temp, "LC_ALL=C.UTF-8", "HF_HUB_OFFLINE=1")
}
