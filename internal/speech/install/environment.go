package install

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"talkit"
)

const (
	lockName = "requirements.txt" // in an environment: what it was made from

	stepPackages = "Python packages"
	stepCheck    = "checking"

	// canImport touches everything the worker needs, C libraries too.
	canImport = "import faster_whisper, faster_whisper.vad; faster_whisper.vad.get_vad_model()"

	// describePython prints the version and whether venv can make pip.
	describePython = "import sys, importlib.util as i\n" +
		"print(*sys.version_info[:2], int(all(map(i.find_spec, ('venv', 'ensurepip')))))"
)

// installEnvironment makes a Python environment with the engine in its final
// place, for an environment cannot be moved, and switches to it when it works.
func installEnvironment(ctx context.Context, dir string, progress Progress) error {
	progress(stepCheck, 0, 0)
	if verifyEnvironment(ctx, dir) == nil && isCurrent(dir) {
		return nil
	}
	if err := checkPython(ctx); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(dir, "whisper-")
	if err != nil {
		return unwritable(dir, err)
	}
	if err := fill(ctx, fresh, progress); err != nil {
		_ = os.RemoveAll(fresh)
		return err
	}
	return switchTo(dir, filepath.Base(fresh))
}

// isCurrent tells whether the environment was made from our lock.
func isCurrent(dir string) bool {
	made, err := os.ReadFile(filepath.Join(dir, "whisper", lockName))
	return err == nil && bytes.Equal(made, engineLock())
}

func verifyEnvironment(ctx context.Context, dir string) error {
	if _, err := os.Stat(Python(dir)); err != nil {
		return Present(dir, DefaultModel)
	}
	if words, err := run(ctx, os.TempDir(), Python(dir), "-I", "-c", canImport); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return talkit.Errorf(talkit.Unavailable,
			"The installed speech engine does not start: run `talkit engine install` to put it right (%s).", lastLine(words)).Because(err)
	}
	return nil
}

func checkPython(ctx context.Context) error {
	words, err := run(ctx, os.TempDir(), "python3", "-I", "-c", describePython)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return talkit.Errorf(talkit.Unavailable,
			"The speech engine needs Python 3.10 or later: install python3 and python3-venv (apt install python3-venv).").Because(err)
	}
	return judgePython(words)
}

// judgePython reads what describePython printed.
func judgePython(words string) error {
	var major, minor, venv int
	if _, err := fmt.Sscan(words, &major, &minor, &venv); err != nil {
		return talkit.Errorf(talkit.Unavailable, "python3 does not say its version but %q.", lastLine(words)).Because(err)
	}
	if major < 3 || major == 3 && minor < 10 {
		return talkit.Errorf(talkit.Unavailable, "The speech engine needs Python 3.10 or later, and python3 is %d.%d.", major, minor)
	}
	if venv == 0 {
		return talkit.Errorf(talkit.Unavailable, "Python's venv module is missing: install python3-venv (apt install python3-venv).")
	}
	return nil
}

func fill(ctx context.Context, env string, progress Progress) error {
	stop := watchGrowth(env, stepPackages, 0, progress)
	defer stop()
	temp := filepath.Join(env, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		return unwritable(env, err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if words, err := run(ctx, temp, "python3", "-I", "-m", "venv", env); err != nil {
		return failed(ctx, "The Python environment could not be made", words, err)
	}
	lockFile, python := filepath.Join(env, lockName), filepath.Join(env, "bin", "python")
	if err := os.WriteFile(lockFile, engineLock(), 0o644); err != nil {
		return unwritable(env, err)
	}
	if words, err := pip(ctx, temp, python, "install", "-r", lockFile); err != nil {
		return failed(ctx, "The speech engine could not be downloaded", words, err)
	}
	if words, err := run(ctx, temp, python, "-I", "-c", canImport); err != nil {
		return failed(ctx, "The speech engine does not start on this machine", words, err)
	}
	return nil
}

// switchTo puts an environment into use: one rename, so that there is always
// an old or a new one.
func switchTo(dir, env string) error {
	if err := os.Chmod(filepath.Join(dir, env), 0o755); err != nil {
		return unwritable(dir, err)
	}
	link := filepath.Join(dir, env, "link")
	if err := os.Symlink(env, link); err != nil {
		return unwritable(dir, err)
	}
	if err := os.Rename(link, filepath.Join(dir, "whisper")); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

// failed makes one sentence of what a program said when it ended badly.
func failed(ctx context.Context, what, words string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return talkit.Errorf(talkit.Unavailable, "%s: %s.", what, strings.TrimSuffix(lastLine(words), ".")).Because(err)
}

// lastLine is what counts in the words of pip and of Python: pip's first
// ERROR line, else the last line that says something.
func lastLine(words string) string {
	last := "it said nothing"
	for line := range strings.Lines(words) {
		line = strings.TrimSpace(line)
		reason, isError := strings.CutPrefix(line, "ERROR: ")
		switch {
		case isError && strings.Contains(reason, "from versions: none"):
			return "pip does not reach its package index, or that lacks what is asked for (" + reason + ")"
		case isError && reason != "Exception:": // after which comes a traceback
			return reason
		case line != "":
			last = line
		}
	}
	return last
}
