package e2e_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"talkit/wire"
)

// badSetup is a running server with one user.
func badSetup(t *testing.T, settings ...string) (s *killServer, key string) {
	t.Helper()
	s = killSetup(t, settings...)
	s.serve()
	return s, s.user(killEmail)
}

// badWAV is so much silence of 16 kHz.
func badWAV(bytesOfSound int) []byte {
	var file bytes.Buffer
	le := binary.LittleEndian
	head := le.AppendUint32([]byte("RIFF"), uint32(36+bytesOfSound))
	head = append(head, "WAVEfmt "...)
	head = le.AppendUint32(head, 16)
	for _, n := range []uint16{1, 1} {
		head = le.AppendUint16(head, n)
	}
	head = le.AppendUint32(head, 16000)
	head = le.AppendUint32(head, 32000)
	for _, n := range []uint16{2, 16} {
		head = le.AppendUint16(head, n)
	}
	head = append(head, "data"...)
	file.Write(le.AppendUint32(head, uint32(bytesOfSound)))
	file.Write(make([]byte, bytesOfSound))
	return file.Bytes()
}

// refused fails unless the upload was refused with a problem of that status.
func (a killAnswer) refused(t *testing.T, what string, status int) {
	t.Helper()
	if kind := a.problem(t); a.Status != status || kind == "" {
		t.Errorf("%s: %d %s, want a problem of status %d", what, a.Status, a.Body, status)
	}
}

// nothingLeft waits for the sweep that refused uploads call for, and looks for
// what they left behind.
func (d killData) nothingLeft(recordings int) {
	d.t.Helper()
	d.swept()
	if n := d.count("SELECT COUNT(*) FROM recordings"); n != recordings {
		d.t.Errorf("there are %d recordings, want %d", n, recordings)
	}
	d.whole()
	d.idle()
}

// TestBadFiles sends every file of the speech data that is bad or holds no
// speech, and some made here.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	killEngine(t)
	s, key := badSetup(t)
	wav := badWAV(32000)
	files := map[string][]byte{
		"bad_made_empty": {}, "bad_made_text": []byte("This is not sound.\n"), "bad_made_head": wav[:44], "bad_made_half_head": wav[:30],
		"bad_made_zeros": make([]byte, 10000), "nospeech_made": wav,
		"bad_made_playlist": []byte("ffconcat version 1.0\nfile '" + filepath.Join(s.data, "talkit.db") + "'\n"),
		"bad_made_hls":      []byte("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://" + filepath.Join(s.data, "talkit.db") + "\n#EXT-X-ENDLIST\n"),
	}
	for _, pattern := range []string{"bad_*", "nospeech_*"} {
		paths, _ := filepath.Glob(filepath.Join(killSpeech(t), pattern))
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(path)] = content
		}
	}
	taken := 0
	for name, content := range files {
		answer, err := s.submit(t.Context(), key, killUpload{sound: bytes.NewReader(content), fields: map[string]string{"metadata": `{"case":"` + name + `"}`}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if answer.Status == http.StatusAccepted {
			taken++
			s.badOutcome(key, name, killJSON[wire.Recording](t, answer.Body).ID)
			continue
		}
		if !strings.HasPrefix(name, "bad_") || name == "bad_length_ffffffff.wav" || answer.Status != http.StatusUnsupportedMediaType && answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Body)
		}
		answer.problem(t)
	}
	s.keeps().nothingLeft(taken)
}

// badOutcome looks at what became of a file that was taken at first.
func (s *killServer) badOutcome(key, name string, id int64) {
	s.t.Helper()
	r := s.settled(key, id)
	switch {
	case strings.HasPrefix(name, "nospeech_"):
		transcript := s.text(key, id)
		if r.Status != "completed" || transcript.Text != "" || transcript.Metadata["case"] != name {
			s.t.Errorf("%s: %s, text %q, metadata %v", name, r.Status, transcript.Text, transcript.Metadata)
		}
	case name == "bad_length_ffffffff.wav":
		if r.Status != "completed" || s.text(key, id).Text == "" {
			s.t.Errorf("%s: %s, without text", name, r.Status)
		}
	case r.Status != "failed" || r.Error == nil || len(*r.Error) < 20:
		s.t.Errorf("%s: %s, %v", name, r.Status, r.Error)
	default:
		s.t.Logf("%s: %s", name, *r.Error)
	}
}

// TestBadNames: a Content-Type and a file name are hints alone. Sound goes out
// as what it is.
func TestBadNames(t *testing.T) {
	t.Parallel()
	s, key := badSetup(t, "TALKIT_ENGINE=manual")
	body := "--b\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"../../../x.html\"\r\nContent-Type: text/html\r\n\r\n" +
		string(badWAV(3200)) + "\r\n--b--\r\n"
	answer := s.badPost(key, "multipart/form-data; boundary=b", body)
	if answer.Status != http.StatusAccepted {
		t.Fatalf("%d %s", answer.Status, answer.Body)
	}
	id := killJSON[wire.Recording](t, answer.Body).ID
	sound, err := s.ask(t.Context(), "GET", fmt.Sprintf("/recordings/%d/audio", id), key, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Content-Type": "audio/wav", "Content-Disposition": fmt.Sprintf(`attachment; filename="recording-%d.wav"`, id),
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"} {
		if got := sound.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	s.settled(key, id)
	s.keeps().nothingLeft(1)
}

// TestBadLength: 25 hours of silence in a few megabytes are refused, by what
// the file says, or where it says nothing, by what is decoded.
func TestBadLength(t *testing.T) {
	t.Parallel()
	if !killLong() {
		t.Skip("left out: decodes 24 hours (make test-long)")
	}
	s, key := badSetup(t, "TALKIT_ENGINE=manual")
	for _, target := range []string{"file", "pipe"} { // ffmpeg cannot go back in a pipe to note the length
		path := filepath.Join(t.TempDir(), "silence")
		badSilence(t, target, path)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := s.submit(t.Context(), key, killFile(t, path))
		if err != nil {
			t.Fatal(err)
		}
		if answer.Status != http.StatusAccepted {
			answer.refused(t, target, http.StatusRequestEntityTooLarge)
			t.Logf("%d bytes by %s: %s", info.Size(), target, answer.Body)
			continue
		}
		r := s.settled(key, killJSON[wire.Recording](t, answer.Body).ID)
		if r.Status != "failed" || r.Error == nil || !strings.Contains(*r.Error, "24 hours") {
			t.Errorf("%d bytes by %s: %s, %v", info.Size(), target, r.Status, r.Error)
		}
	}
}

// badSilence makes 25 hours of silence in FLAC.
func badSilence(t *testing.T, target, path string) {
	t.Helper()
	args := []string{"-v", "error", "-y", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "90000", "-c:a", "flac", "-f", "flac"}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var words bytes.Buffer
	output := "file:" + path
	if target == "pipe" {
		output = "pipe:1"
	}
	cmd := exec.CommandContext(t.Context(), "ffmpeg", append(args, output)...)
	cmd.Stdout, cmd.Stderr = file, &words
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, words.String())
	}
}
