package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/speech"
	"talkit/internal/speech/enginetest"
	"talkit/internal/transcribe"
)

// noWords is a session's engine where none come.
var noWords = &stub{info: speech.Info{ByHand: true}}

// TestEarlyPiecesInTurn: however many sockets somebody has, a piece of theirs is
// in hand at a time, and others come in between.
func TestEarlyPiecesInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var turns []int64
		full := &stub{info: speech.Info{Model: "base", Workers: 2}, took: 10 * time.Second}
		r := roomOf(noWords, full)
		open := func(person int64) *Session {
			s, _ := r.Open(t.Context(), Start{Person: person, Raw: true, Language: "en", Early: func(context.Context, []byte, talkit.EarlyPiece) {
				mu.Lock()
				defer mu.Unlock()
				turns = append(turns, person)
			}})
			return s
		}
		var greedy []*Session
		for range 5 {
			s := open(1)
			s.Write(append(make([]byte, wavHeader), spoken(0, 179)...)) // two pieces that are over at once
			greedy = append(greedy, s)
		}
		synctest.Wait()
		other := open(2)
		other.Write(append(make([]byte, wavHeader), spoken(0, 179)...))
		time.Sleep(45 * time.Second)
		mu.Lock()
		if want := []int64{1, 2, 1, 2}; !slices.Equal(turns, want) {
			t.Errorf("the turns were of %v, want %v", turns, want)
		}
		mu.Unlock()
		for _, s := range append(greedy, other) {
			s.Close()
		}
		time.Sleep(time.Hour)
		mu.Lock()
		if len(turns) != 5 { // the one in hand
			t.Errorf("%d pieces were recognised, of those that are over", len(turns))
		}
		mu.Unlock()
	})
}

// TestAFileIsNotEarly: what comes much faster than somebody speaks can wait.
func TestAFileIsNotEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		full := &stub{info: speech.Info{Model: "base", Workers: 8}}
		r := roomOf(noWords, full)
		s, _ := r.Open(t.Context(), Start{Raw: true, Language: "en", Early: func(context.Context, []byte, talkit.EarlyPiece) {}})
		s.Write(make([]byte, wavHeader))
		for i := range 20 { // ten minutes
			s.Write(spoken(90*i, 90*(i+1)))
			synctest.Wait()
		}
		if n := full.asked(); n == 0 || n > 2 {
			t.Errorf("%d pieces of a file were early", n)
		}
		time.Sleep(10 * time.Minute)
		s.Write(spoken(0, 180))
		synctest.Wait()
		if n := full.asked(); n < 3 {
			t.Error("nothing is early any more")
		}
		s.Close()
	})
}

// TestEarlyLanguage: one that the full model does not know is detected, as the
// recording's work does, and then kept; what fails is left to that.
func TestEarlyLanguage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var kept []talkit.EarlyPiece
		full := &stub{info: speech.Info{Model: "base", Workers: 1, Languages: []string{"en"}}}
		full.do = func(p speech.Piece) error {
			if p.Language != "en" || !slices.Equal(p.Hints, []string{"Anna"}) {
				t.Errorf("it is asked for %q with %q", p.Language, p.Hints)
			}
			if len(kept) == 1 && full.looks == 2 {
				return errors.New("this try failed")
			}
			return nil
		}
		r := roomOf(noWords, full)
		s, _ := r.Open(t.Context(), Start{Raw: true, Language: "de", Hints: []string{"Anna"}, Early: func(_ context.Context, _ []byte, p talkit.EarlyPiece) { kept = append(kept, p) }})
		s.Write(make([]byte, wavHeader))
		s.live(spoken(0, 300))
		synctest.Wait()
		s.Close()
		if len(kept) < 2 || full.asked() != len(kept)+1 || kept[0].Language != "en" || kept[0].Start != 0 || full.detected != 1 {
			t.Errorf("kept %d pieces, detected %d times", len(kept), full.detected)
		}
	})
}

// TestEarlyPiecesAreTheRecordings: whatever the sound comes as, what is early are
// pieces of the recording, byte by byte.
func TestEarlyPiecesAreTheRecordings(t *testing.T) {
	t.Parallel()
	if err := audio.Available(); err != nil {
		if os.Getenv("TALKIT_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		enginetest.LeaveOut(t, "ffmpeg (apt install ffmpeg)")
	}
	for name, encode := range map[string][]string{
		"mono.webm":   {"-ac", "1", "-c:a", "libopus", "-f", "webm", "-cluster_time_limit", "250"},
		"stereo.webm": {"-ac", "2", "-c:a", "libopus", "-f", "webm", "-cluster_time_limit", "250"},
		"samples.wav": {"-ac", "1", "-ar", "16000", "-fflags", "+bitexact", "-f", "wav"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			source := "aevalsrc='0.3*sin(440*t*(1+t))*gt(mod(t,11),2)'|'0.25*sin(440*t*(1+t))*gt(mod(t,11),2)':s=48000:d=55"
			if out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-nostdin", "-f", "lavfi", "-i", source}, encode...), path)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			sound, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var decoded bytes.Buffer
			prepared, err := transcribe.Prepare(t.Context(), path, &decoded)
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]bool{}
			for _, cut := range prepared.Pieces {
				pcm, err := transcribe.Sound{ReaderAt: bytes.NewReader(decoded.Bytes()), Channels: prepared.Channels}.Read(cut)
				if err != nil {
					t.Fatal(err)
				}
				all[fmt.Sprint(cut.Start, " ", string(pcm))] = true
			}
			early := make(chan string, 10)
			r := roomOf(noWords, &stub{info: speech.Info{Model: "base", Workers: 1}})
			half := len(sound) / 2
			s, _ := r.Open(t.Context(), Start{Raw: name == "samples.wav", Language: "en", Stored: 1000,
				Before: func(context.Context, int64) io.ReadCloser { return io.NopCloser(bytes.NewReader(sound[:1000])) },
				Early: func(_ context.Context, pcm []byte, p talkit.EarlyPiece) {
					early <- fmt.Sprint(p.Start, " ", string(pcm))
				}})
			defer s.Close()
			s.Write(sound[1000:half])
			s.Write(sound[half:])
			s.in.close()
			<-s.decoded
			for range len(all) - 1 { // the last is not over
				select {
				case piece := <-early:
					if !all[piece] {
						t.Errorf("a piece from byte %.10s is none of the recording", piece)
					}
					delete(all, piece)
				case <-time.After(time.Minute):
					t.Fatalf("%d pieces of %d were early", len(prepared.Pieces)-len(all), len(prepared.Pieces))
				}
			}
			if len(all) != 1 {
				t.Errorf("%d pieces are left to the recording", len(all))
			}
		})
	}
}
