package live

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"talkit"
	"talkit/internal/speech"
)

// TestAllIsConfirmed: what is spoken shows while it is, and the end of it at the end.
func TestAllIsConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := roomOf(&stub{info: speech.Info{Workers: 1}, took: 400 * time.Millisecond}, nil)
		var heard shown
		s, refusal := r.Open(t.Context(), Start{Raw: true, Words: heard.words})
		if refusal != nil {
			t.Fatal(refusal)
		}
		s.Write(make([]byte, wavHeader))
		s.live(spoken(0, 100))
		if got := heard.text(); len(got) < len(joined(0, 80)) {
			t.Errorf("while it was spoken only%s", got)
		}
		s.Finish(2 * time.Second)
		if got := heard.text(); got != joined(0, 100) {
			t.Errorf("confirmed%s", got)
		}
		s.Close()
	})
}

// TestTheEndDoesNotWait for an engine that takes too long.
func TestTheEndDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := roomOf(&stub{info: speech.Info{Workers: 1}, took: time.Minute}, nil)
		s, _ := r.Open(t.Context(), Start{Raw: true, Words: func(_, _ []talkit.Word) {}})
		s.Write(append(make([]byte, wavHeader), spoken(0, 10)...))
		began := time.Now()
		s.Finish(2 * time.Second)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		s.Close()
	})
}

// TestResumed: words go on where the client says that it has them, at their
// right times, and little of what is stored is read again.
func TestResumed(t *testing.T) {
	t.Parallel()
	at := func(word int) *float64 {
		seconds := float64(word*wordSamples) / talkit.SampleRate
		return &seconds
	}
	for what, c := range map[string]struct {
		stored int
		heard  *float64
		first  int // word that comes
		read   int64
	}{
		"short":                  {30, at(25), 25, 0},
		"long":                   {300, at(290), 290, 44 + 300*wordBytes - backlog},
		"long ago":               {300, at(5), 240, 44 + 300*wordBytes - backlog},
		"without a word of that": {300, nil, 300, 44 + 300*wordBytes - backlog},
		"all of it":              {30, at(30), 30, 0},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := roomOf(&stub{info: speech.Info{Workers: 1}, took: 300 * time.Millisecond}, nil)
				stored := append(make([]byte, wavHeader), spoken(0, c.stored)...)
				var heard shown
				read := int64(-1)
				s, _ := r.Open(t.Context(), Start{Raw: true, Words: heard.words, Stored: int64(len(stored)), Heard: c.heard,
					Before: func(ctx context.Context, from int64) io.ReadCloser {
						read = from
						return before(stored)(ctx, from)
					}})
				s.live(spoken(c.stored, c.stored+20))
				s.Finish(2 * time.Second)
				s.Close()
				if got := heard.text(); got != joined(c.first, c.stored+20) {
					t.Errorf("confirmed%s", got)
				}
				if first := heard.confirmed[0]; first.Start < *at(c.first)-0.2 || first.Start > *at(c.first)+0.2 {
					t.Errorf("the first is %+v", first)
				}
				if read != c.read&^1 {
					t.Errorf("read from byte %d, want %d", read, c.read)
				}
			})
		})
	}
}

// endless gives sound for ever.
type endless struct{ read chan struct{} }

func (e endless) Read(p []byte) (int, error) {
	select {
	case e.read <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (endless) Close() error { return nil }

// TestCloseBreaksOff what is still read of before.
func TestCloseBreaksOff(t *testing.T) {
	t.Parallel()
	r := roomOf(&stub{info: speech.Info{Workers: 1}}, nil)
	reading := endless{make(chan struct{}, 1)}
	s, _ := r.Open(t.Context(), Start{Raw: true, Stored: 1 << 40, Words: func(_, _ []talkit.Word) {},
		Before: func(context.Context, int64) io.ReadCloser { return reading }})
	<-reading.read
	s.Close()
	var none *Session
	none.Write([]byte("sound"))
	none.Finish(time.Hour)
	none.Close()
}

// TestAnEngineThatFails is not asked for ever about the same.
func TestAnEngineThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ours atomic.Bool
		engine := &stub{info: speech.Info{Workers: 1}, do: func(speech.Piece) error {
			if ours.Load() {
				panic("a fault of ours")
			}
			return errors.New("a bad window")
		}}
		r := roomOf(engine, nil)
		s, _ := r.Open(t.Context(), Start{Raw: true, Words: func(_, _ []talkit.Word) {}})
		s.Write(append(make([]byte, wavHeader), spoken(0, 60)...))
		time.Sleep(time.Hour)
		if n := engine.asked(); n == 0 || n > 3 {
			t.Errorf("asked %d times about the same", n)
		}
		ours.Store(true)
		s.Write(spoken(60, 70))
		time.Sleep(time.Hour)
		s.Close()
	})
}

// TestAFullPipeEnds: who is so far behind is of no use, and takes no memory.
func TestAFullPipeEnds(t *testing.T) {
	t.Parallel()
	p := newPipe()
	for range 20 {
		p.write(make([]byte, 1<<20))
	}
	if n := len(p.waiting); n > maxWaiting+1<<20 {
		t.Errorf("%d bytes wait", n)
	}
	if n, err := io.Copy(io.Discard, p); err != nil || n > maxWaiting+1<<20 {
		t.Errorf("%d bytes came out, %v", n, err)
	}
}
