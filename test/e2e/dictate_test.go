package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"talkit"
	"talkit/internal/server"
	"talkit/internal/speech/enginetest"
	"talkit/internal/telemetry"
	"talkit/wire"
)

// dictation is talkit dictate in a process of its own.
type dictation struct {
	*killProcess
	t           *testing.T
	in          io.WriteCloser
	out, errors *growing
}

// growing is what a process prints, to be read while it does.
type growing struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (g *growing) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.Write(p)
}

func (g *growing) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.String()
}

// dictates starts talkit dictate at a server, with settings in the environment.
func dictates(t *testing.T, url, key string, settings []string, args ...string) *dictation {
	t.Helper()
	binary, err := killBinary()
	if err != nil {
		t.Fatal(err)
	}
	d := &dictation{t: t, out: &growing{}, errors: &growing{}, killProcess: &killProcess{
		cmd: exec.Command(binary, append([]string{"dictate", "--server", url}, args...)...), ended: make(chan struct{})}}
	d.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, "TALKIT_") }),
		append([]string{"TALKIT_USER_KEY=" + key, "TMPDIR=" + t.TempDir()}, settings...)...)
	d.cmd.Stdout, d.cmd.Stderr, d.cmd.SysProcAttr = d.out, d.errors, killWithUs()
	if d.in, err = d.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.kill)
	go func() {
		defer close(d.ended)
		d.cmd.Wait()
	}()
	return d
}

// end waits for the end, which must be a good one or not, and gives what was printed.
func (d *dictation) end(well bool) string {
	d.t.Helper()
	select {
	case <-d.ended:
	case <-time.After(patience):
		d.t.Fatalf("it does not end; it said\n%s", d.errors)
	}
	if d.cmd.ProcessState.Success() != well {
		d.t.Fatalf("%v; it printed\n%s\nand said\n%s", d.cmd.ProcessState, d.out, d.errors)
	}
	return d.out.String()
}

// says waits until it said so.
func (d *dictation) says(words string) {
	d.t.Helper()
	until(d.t, "it says: "+words, func() bool {
		select {
		case <-d.ended:
			if !strings.Contains(d.errors.String(), words) {
				d.t.Fatalf("it ended, and said\n%s", d.errors)
			}
		default:
		}
		return strings.Contains(d.errors.String(), words)
	})
}

// speak writes sound as fast as it is spoken.
func (d *dictation) speak(sound []byte) {
	tenth := talkit.BytesPerSecond / 10
	for part := range slices.Chunk(sound, tenth) {
		if _, err := d.in.Write(part); err != nil {
			return
		}
		time.Sleep(time.Second / 10)
	}
}

// needWhisper leaves a test out where there is no engine.
func needWhisper(t *testing.T) {
	t.Helper()
	needFFmpeg(t)
	engine, err := server.NewEngine(settings(t, "--engine=whisper"), telemetry.NewLogger(log, "json"), "")
	if err != nil || engine.Ready(t.Context()) != nil {
		leaveOut(t, "the speech engine (by hand: talkit engine install)")
	}
}

// TestDictate: words come while somebody speaks, and the final text at the end.
func TestDictate(t *testing.T) {
	t.Parallel()
	needLive(t)
	w := setup(t, serve(t, "--engine=whisper"))
	clip := enginetest.Clips(t)[0]
	d := dictates(t, w.URL(), w.user.credential(), nil, "-", "--name", "A talk "+canary, "--type", "letter", "--metadata", "client=Tom")
	go func() {
		d.in.Write(wav(nil)[:44])
		d.speak(clip.PCM)
		for deadline := time.Now().Add(patience); d.out.String() == "" && time.Now().Before(deadline); {
			d.speak(make([]byte, 2*talkit.BytesPerSecond)) // until words come
			if d.out.String() == "" {                      // a machine that had no time for the last
				d.speak(clip.PCM)
			}
		}
		d.in.Close()
	}()
	printed := d.end(true)
	live, final, _ := strings.Cut(printed, "\n\n")
	if clip.Heard(live) < 0.2 || clip.Heard(final) < 0.8 {
		t.Errorf("printed %q of %q", printed, clip.Text)
	}
	log.hide("what was recognised", strings.TrimSpace(final))
	r := w.recordings()[0]
	if r.Name != "A talk "+canary || r.Type != "letter" || r.Metadata["client"] != "Tom" || r.Status != "completed" {
		t.Errorf("became %+v", r)
	}
}

// cutter is a way to a server that can be cut.
type cutter struct {
	net.Listener
	to string

	mu   sync.Mutex
	open []net.Conn
	cut  bool // nobody gets through
}

func cutTo(t *testing.T, address string) *cutter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: listener, to: address}
	t.Cleanup(func() {
		listener.Close()
		c.set(true)
	})
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go c.carry(from)
		}
	}()
	return c
}

func (c *cutter) carry(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer to.Close()
	c.mu.Lock()
	cut := c.cut
	c.open = append(c.open, from, to)
	c.mu.Unlock()
	if cut {
		return
	}
	go func() {
		io.Copy(from, to)
		from.Close()
	}()
	io.Copy(to, from)
}

// set cuts all that go through, or lets them through again.
func (c *cutter) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	if !cut {
		return
	}
	for _, conn := range c.open {
		conn.Close()
	}
	c.open = nil
}

// dictated is what --json prints.
type dictated struct {
	Recording wire.Recording `json:"recording"`
	Heard     string         `json:"heard"`
	Text      *string        `json:"text"`
}

// TestDictateOverABadLine: cut again and again, also at the very end, it comes
// whole, and as one recording.
func TestDictateOverABadLine(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	line := cutTo(t, w.Addr().String())
	d := dictates(t, "http://"+line.Addr().String(), w.user.credential(), nil, "-", "--pcm", "--json", "--no-wait")
	sound := enginetest.Tone(8)
	part := len(sound) / 4
	d.speak(sound[:part])
	for i := range 3 {
		line.set(true)
		d.speak(sound[part*(i+1) : part*(i+2)])
		if i == 2 {
			d.in.Close()
		}
		until(t, "it notices", func() bool { return strings.Count(d.errors.String(), "The connection is lost") == i+1 })
		line.set(false)
		if i < 2 {
			until(t, "it goes on", func() bool { return strings.Count(d.errors.String(), "listens again") == i+1 })
		}
	}
	var got dictated
	if err := json.Unmarshal([]byte(d.end(true)), &got); err != nil || got.Recording.ID == 0 || got.Text != nil {
		t.Fatalf("%v: printed %s", err, d.out)
	}
	if n := len(w.recordings()); n != 1 {
		t.Errorf("%d recordings of one dictation", n)
	}
	kept := w.user.get(fmt.Sprintf("/recordings/%d/audio", got.Recording.ID)).want(http.StatusOK).body
	if len(kept) != 44+len(sound) || !bytes.Equal(kept[44:], sound) {
		t.Errorf("%d bytes arrived of %d, or others", len(kept), 44+len(sound))
	}
	d.nothingLeft()
}

// nothingLeft wants the sound not to lie about once the server has it.
func (d *dictation) nothingLeft() {
	d.t.Helper()
	if left := d.left(); len(left) > 0 {
		d.t.Errorf("left behind: %v", left)
	}
}

func (d *dictation) left() []string {
	for _, line := range d.cmd.Env {
		if folder, is := strings.CutPrefix(line, "TMPDIR="); is {
			left, _ := filepath.Glob(filepath.Join(folder, "*"))
			return left
		}
	}
	return nil
}

// TestDictateWhileServerDies: kill -9 in the middle, and what was said comes to
// the server that follows.
func TestDictateWhileServerDies(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	running := s.serve()
	key := s.user(killEmail)
	d := dictates(t, s.url, key, nil, "-", "--pcm", "--json", "--no-wait")
	sound := enginetest.Tone(6)
	half := len(sound) / 2
	d.speak(sound[:half])
	running.kill()
	d.speak(sound[half:])
	d.in.Close()
	d.says("The connection is lost")
	s.serve()
	var got dictated
	if err := json.Unmarshal([]byte(d.end(true)), &got); err != nil {
		t.Fatalf("%v: printed %s", err, d.out)
	}
	kept := s.call("GET", fmt.Sprintf("/recordings/%d/audio", got.Recording.ID), key, "")
	if len(kept) != 44+len(sound) || !bytes.Equal(kept[44:], sound) {
		t.Errorf("%d bytes arrived of %d, or others", len(kept), 44+len(sound))
	}
}

// TestDictateGivenUp: the second Ctrl-C gives up, and says where the sound is
// that no server has.
func TestDictateGivenUp(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	line := cutTo(t, w.Addr().String())
	d := dictates(t, "http://"+line.Addr().String(), w.user.credential(), nil, "-", "--pcm")
	until(t, "the server says that no words will come", func() bool { return d.errors.String() != "" })
	d.speak(enginetest.Tone(1))
	line.set(true)
	d.says("The connection is lost")
	d.cmd.Process.Signal(os.Interrupt)
	time.Sleep(100 * time.Millisecond) // two at once are one to a process
	d.cmd.Process.Signal(os.Interrupt)
	d.end(false)
	left := d.left()
	if len(left) != 1 || !strings.Contains(d.errors.String(), left[0]) {
		t.Fatalf("kept %v; it said\n%s", left, d.errors)
	}
	if kept, err := os.ReadFile(left[0]); err != nil || !bytes.Equal(kept, wav(enginetest.Tone(1))) {
		t.Errorf("%v; %d bytes are kept", err, len(kept))
	}
}

// TestDictateFails in words.
func TestDictateFails(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	key := w.user.credential()
	nobody := killFreeAddress(t)
	for what, c := range map[string]struct {
		url, key string
		settings []string
		args     []string
		says     string
	}{
		"no key":            {w.URL(), "", nil, []string{"-"}, "TALKIT_USER_KEY"},
		"a wrong key":       {w.URL(), "wrong", nil, []string{"-"}, "does not know this key"},
		"a developer's key": {w.URL(), w.developer.credential(), nil, []string{"-"}, "does not know this key"},
		"no server":         {"http://" + nobody, key, nil, []string{"-"}, "No server answers at http://" + nobody + ": connection refused"},
		"another server":    {w.URL() + "/app", key, nil, []string{"-"}, "no Talkit server"},
		"no address":        {"talkit.example", key, nil, []string{"-"}, "begins with https://"},
		"a file's name":     {w.URL(), key, nil, []string{"talk.wav"}, "talkit dictate - < talk.wav"},
		"no microphone":     {w.URL(), key, []string{"PATH=" + t.TempDir()}, nil, "No microphone can be heard. Tried: parec: not installed; arecord: not installed; ffmpeg: not installed"},
		"no ffmpeg":         {w.URL(), key, []string{"PATH=" + t.TempDir()}, []string{"-"}, "ffmpeg: not installed"},
		"no sound":          {w.URL(), key, nil, []string{"-", "--pcm"}, "Nothing was recorded"},
		"a bad field":       {w.URL(), key, nil, []string{"-", "--language", "Klingon"}, "language"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := dictates(t, c.url, c.key, c.settings, c.args...)
			d.in.Close()
			if printed := d.end(false); printed != "" || !strings.Contains(d.errors.String(), c.says) {
				t.Errorf("it printed %q and said\n%s", printed, d.errors)
			}
			d.nothingLeft()
		})
	}
}
