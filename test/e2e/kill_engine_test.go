package e2e_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"talkit/internal/speech"
)

// killPython is the speech process below a server.
func killPython(t *testing.T, server *killProcess) (pid int) {
	t.Helper()
	killUntil(t, time.Minute, "the speech process runs", func() bool {
		for child := range killDescendants(server.pid()) {
			words, _ := os.ReadFile("/proc/" + strconv.Itoa(child) + "/cmdline")
			if strings.Contains(string(words), "faster_whisper") {
				pid = child
				return true
			}
		}
		return false
	})
	return pid
}

// TestEngineKilled: a speech process that is killed in the middle costs a
// recording nothing but time.
func TestEngineKilled(t *testing.T) {
	t.Parallel()
	needLong(t)
	killEngine(t)
	_, long := killClips(t)
	s := killSetup(t)
	server := s.serve()
	key := s.user(killEmail)
	id := s.submitted(key, killFile(t, long[0].path))
	s.keeps().inWork()
	if err := syscall.Kill(killPython(t, server), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r := s.settled(key, id)
	if r.Status != "completed" {
		t.Fatalf("the recording is %s", r.Status)
	}
	if text := s.text(key, id).Text; long[0].Text != "" && long[0].Heard(text) < 0.6 {
		t.Errorf("its text is %q", text)
	}
	s.keeps().idle()
}

// killFakeEngine makes a folder of engines whose speech process is a shell
// script; the models are those installed. The returned function puts the
// installed process in its place.
func killFakeEngine(t *testing.T, installed, script string) (folder string, mend func()) {
	t.Helper()
	folder = t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Symlink(filepath.Join(installed, "models"), filepath.Join(folder, "models")))
	must(os.MkdirAll(filepath.Join(folder, "fake", "bin"), 0o700))
	must(os.WriteFile(filepath.Join(folder, "fake", "bin", "python"), []byte(script), 0o700))
	must(os.Symlink("fake", filepath.Join(folder, "whisper")))
	return folder, func() {
		t.Helper()
		must(os.Symlink(filepath.Join(installed, "whisper"), filepath.Join(folder, "new")))
		must(os.Rename(filepath.Join(folder, "new"), filepath.Join(folder, "whisper")))
	}
}

// killsEngine is a speech process that dies over whatever is not the sample.
var killsEngine = "#!/bin/sh\necho '{\"ready\": true}'\nwhile read -r line; do\ncase $line in\n*" +
	base64.StdEncoding.EncodeToString(speech.Sample)[30_000:30_060] +
	"*) echo \"$line\" | sed 's/^{\"id\":\\([0-9]*\\).*/{\"id\": \\1, \"segments\": []}/';;\n*) exit 1;;\nesac\ndone\n"

// TestARecordingThatKillsTheEngine fails with words after three tries; it can be
// tried again once that is mended.
func TestARecordingThatKillsTheEngine(t *testing.T) {
	t.Parallel()
	s, mend := killFakeServer(t, killsEngine)
	short, _ := killClips(t)
	key := s.user(killEmail)
	id := s.submitted(key, killFile(t, short[0].path))
	r := s.settled(key, id)
	if r.Status != "failed" || r.Error == nil || !strings.Contains(*r.Error, "speech engine failed several times") {
		t.Errorf("the recording is %s: %v", r.Status, r.Error)
	}
	if tries := strings.Count(s.log(1000), `"msg":"piece failed"`); tries != 3 {
		t.Errorf("it was tried %d times", tries)
	}
	s.keeps().idle()
	mend()
	s.call("POST", fmt.Sprintf("/recordings/%d/retry", id), key, "")
	if r := s.settled(key, id); r.Status != "completed" {
		t.Errorf("tried again, the recording is %s", r.Status)
	}
}

// TestEngineAlwaysDies: while every speech process dies over whatever it is
// asked, recordings wait and say so; they go on by themselves once that is mended.
func TestEngineAlwaysDies(t *testing.T) {
	t.Parallel()
	needLong(t)
	s, mend := killFakeServer(t, "#!/bin/sh\necho '{\"ready\": true}'\nread line\nexit 1\n")
	short, _ := killClips(t)
	key := s.user(killEmail)
	id := s.submitted(key, killFile(t, short[0].path))
	killUntil(t, time.Minute, "the recording waits for the engine", func() bool {
		waits := s.recording(key, id).WaitingFor
		return waits != nil && waits.Code == "engine"
	})
	if failed := strings.Count(s.log(1000), `"msg":"piece failed"`); failed != 0 {
		t.Errorf("%d tries count against the recording", failed)
	}
	mend()
	if r := s.settled(key, id); r.Status != "completed" {
		t.Errorf("the recording is %s: %v", r.Status, r.Error)
	}
}

// killFakeServer runs with a speech process that is a shell script.
func killFakeServer(t *testing.T, script string) (s *killServer, mend func()) {
	t.Helper()
	engines, mend := killFakeEngine(t, killEngine(t), script)
	s = killSetup(t)
	s.with("TALKIT_ENGINES=" + engines)
	s.serve()
	return s, mend
}

// TestEngineHangs: a speech process that stops in the middle is taken for hung
// once it shows no life any more, and the recording goes on in the next.
func TestEngineHangs(t *testing.T) {
	t.Parallel()
	killEngine(t)
	_, long := killClips(t)
	s := killSetup(t)
	server := s.serve()
	key := s.user(killEmail)
	id := s.submitted(key, killFile(t, long[0].path))
	killUntil(t, time.Minute, "the model is loaded", func() bool { return strings.Contains(s.log(1000), `"msg":"speech model loaded"`) })
	if err := syscall.Kill(killPython(t, server), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	killUntil(t, 6*time.Minute, "the recording is completed", func() bool { return s.recording(key, id).Status == "completed" })
}
