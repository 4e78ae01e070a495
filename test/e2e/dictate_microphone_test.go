package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"talkit/internal/speech/enginetest"
)

// TestDictateFromTheMicrophone: the program that records is found, and the
// first Ctrl-C ends what it does.
func TestDictateFromTheMicrophone(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	folder := t.TempDir()
	sound := filepath.Join(folder, "sound")
	if err := os.WriteFile(sound, enginetest.Tone(2), 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho \"$@\" > " + folder + "/asked\ncat " + sound + "\nexec sleep 600\n"
	if err := os.WriteFile(filepath.Join(folder, "parec"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	d := dictates(t, w.URL(), w.user.credential(), []string{"PATH=" + folder + ":" + os.Getenv("PATH")}, "--device", "the good one", "--json")
	d.says("Speak. Ctrl-C ends it.")
	d.cmd.Process.Signal(os.Interrupt)
	var got dictated
	if err := json.Unmarshal([]byte(d.end(true)), &got); err != nil || got.Recording.Status != "review" {
		t.Fatalf("%v: printed %s", err, d.out)
	}
	if duration := got.Recording.Audio.Duration; duration < 0.1 || duration > 2.1 {
		t.Errorf("%v s became of it", duration)
	}
	if asked, _ := os.ReadFile(filepath.Join(folder, "asked")); !strings.Contains(string(asked), "--device=the good one") {
		t.Errorf("it was asked for %q", asked)
	}
	d.nothingLeft()
}

// TestDictateBreaksOff: a microphone that goes away is an error, and what came
// until then a recording.
func TestDictateBreaksOff(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	folder := t.TempDir()
	sound := filepath.Join(folder, "sound")
	if err := os.WriteFile(sound, enginetest.Tone(2), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "parec"), []byte("#!/bin/sh\ncat "+sound+"\necho unplugged >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	d := dictates(t, w.URL(), w.user.credential(), []string{"PATH=" + folder + ":" + os.Getenv("PATH")}, "--json", "--no-wait")
	var got dictated
	if err := json.Unmarshal([]byte(d.end(false)), &got); err != nil || got.Recording.Audio.Duration != 2 {
		t.Errorf("%v: printed %s", err, d.out)
	}
	if !strings.Contains(d.errors.String(), "unplugged") {
		t.Errorf("it said\n%s", d.errors)
	}
	d.nothingLeft()
}
