// Package enginetest holds every engine to the contract of package speech.
package enginetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"talkit"
	"talkit/internal/speech"
)

// Run runs the suite against one engine from newEngine, which it runs and ends
// itself. It needs ffmpeg for all but a person's.
func Run(t *testing.T, newEngine func(t *testing.T) speech.Engine) {
	engine := newEngine(t)
	stop := Start(t, engine)
	t.Run("describes itself", func(t *testing.T) { describes(t, engine) })
	t.Run("is ready", func(t *testing.T) {
		if err := engine.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if engine.Info().ByHand {
		t.Run("leaves the text to a person", func(t *testing.T) { wantNotReady(t, engine) })
		return
	}
	t.Run("piece", func(t *testing.T) { // ends when its parallel tests have
		for name, test := range pieces {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, engine)
			})
		}
	})
	stop()
	t.Run("has ended", func(t *testing.T) { wantNotReady(t, engine) })
}

// Start runs an engine until the test ends or stop is called, whichever is
// first; stop returns when the engine has let go of all it held.
func Start(t *testing.T, engine speech.Engine) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- engine.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(30 * time.Second):
			t.Error("Run does not end")
		}
	})
	t.Cleanup(stop)
	return stop
}

var pieces = map[string]func(*testing.T, speech.Engine){
	"speech is recognised":      recognises,
	"language is guessed":       guesses,
	"unknown language is heard": unknownLanguage,
	"no speech, no segments":    hearsNothing,
	"what is no piece":          refuses,
	"many at once":              manyAtOnce,
	"nobody waits any more":     cancelled,
}

func describes(t *testing.T, engine speech.Engine) {
	info := engine.Info()
	if info.Name == "" {
		t.Error("no name")
	}
	if !info.ByHand && info.Workers < 1 {
		t.Errorf("%d workers", info.Workers)
	}
}

func wantNotReady(t *testing.T, engine speech.Engine) {
	if _, err := engine.Recognize(t.Context(), speech.Piece{PCM: Noise(1)}); !errors.Is(err, speech.ErrNotReady) {
		t.Errorf("Recognize: %v", err)
	}
	if _, _, err := engine.DetectLanguage(t.Context(), Noise(1)); !errors.Is(err, speech.ErrNotReady) {
		t.Errorf("DetectLanguage: %v", err)
	}
}

func recognises(t *testing.T, engine speech.Engine) {
	for _, clip := range Clips(t) {
		result, err := engine.Recognize(t.Context(), speech.Piece{PCM: clip.PCM, Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		if result.Language != "en" {
			t.Errorf("language %q", result.Language)
		}
		Sound(t, clip.PCM, result)
		if share := clip.Heard(result.Segments.Text()); share < 0.7 {
			t.Errorf("%.0f %% of %q in %q", 100*share, clip.Text, result.Segments.Text())
		}
	}
}

// Sound checks what must hold of any result.
func Sound(t *testing.T, pcm []byte, result speech.Result) {
	t.Helper()
	clock, end := 0.0, float64(len(pcm))/32_000
	for _, s := range result.Segments {
		var text strings.Builder
		if s.Start < clock || s.Text == "" || s.Words == nil {
			t.Errorf("segment out of order or empty: %+v", s)
		}
		for _, w := range s.Words {
			if w.Start < clock || w.End < w.Start || w.End > end || w.Probability < 0 || w.Probability > 1 {
				t.Errorf("word out of order or bounds: %+v after %v, the piece ends at %v", w, clock, end)
			}
			clock = w.End
			text.WriteString(w.Word)
		}
		if s.End < clock || s.End > end {
			t.Errorf("segment ends at %v, its last word at %v, the piece at %v", s.End, clock, end)
		}
		if got := strings.TrimSpace(text.String()); len(s.Words) > 0 && got != s.Text {
			t.Errorf("the words join to %q, the text is %q", got, s.Text)
		}
		clock = s.End
	}
}

func guesses(t *testing.T, engine speech.Engine) {
	clip := Clips(t)[0]
	language, probability, err := engine.DetectLanguage(t.Context(), clip.PCM)
	if err != nil || language != "en" || probability < 0.5 || probability > 1 {
		t.Errorf("DetectLanguage: %q %v %v", language, probability, err)
	}
	result, err := engine.Recognize(t.Context(), speech.Piece{PCM: clip.PCM})
	if err != nil || result.Language != "en" || clip.Heard(result.Segments.Text()) < 0.7 {
		t.Errorf("Recognize: %+v %v", result, err)
	}
}

func unknownLanguage(t *testing.T, engine speech.Engine) {
	clip := Clips(t)[0]
	result, err := engine.Recognize(t.Context(), speech.Piece{PCM: clip.PCM, Language: "tlh"})
	if err != nil || clip.Heard(result.Segments.Text()) < 0.7 {
		t.Errorf("Recognize: %+v %v", result, err)
	}
}

func hearsNothing(t *testing.T, engine speech.Engine) {
	silence := make([]byte, 30*32_000)
	for name, pcm := range map[string][]byte{
		"nothing": nil, "one sample": silence[:2], "10 ms": silence[:320], "silence": silence, "noise": Noise(20), "tone": Tone(10),
	} {
		result, err := engine.Recognize(t.Context(), speech.Piece{PCM: pcm, Language: "en"})
		if err != nil || len(result.Segments) > 0 {
			t.Errorf("%s: %+v %v", name, result.Segments, err)
		}
		language, probability, err := engine.DetectLanguage(t.Context(), pcm)
		if err != nil || language != "" || probability != 0 {
			t.Errorf("%s: language %q %v %v", name, language, probability, err)
		}
	}
}

func refuses(t *testing.T, engine speech.Engine) {
	for name, pcm := range map[string][]byte{"half a sample": make([]byte, 3), "too long": make([]byte, 31*32_000)} {
		if _, err := engine.Recognize(t.Context(), speech.Piece{PCM: pcm}); err == nil || errors.Is(err, speech.ErrNotReady) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// manyAtOnce sees to it that each caller gets the answer to its own piece.
func manyAtOnce(t *testing.T, engine speech.Engine) {
	clips := Clips(t)
	var wg sync.WaitGroup
	for i := range 3*engine.Info().Workers + 1 {
		wg.Go(func() {
			clip := clips[i%len(clips)]
			result, err := engine.Recognize(t.Context(), speech.Piece{PCM: clip.PCM, Language: "en"})
			if err != nil {
				t.Error(err)
				return
			}
			if share := clip.Heard(result.Segments.Text()); share < 0.7 {
				t.Errorf("%.0f %% of %q in %q", 100*share, clip.Text, result.Segments.Text())
			}
		})
	}
	wg.Wait()
}

func cancelled(t *testing.T, engine speech.Engine) {
	ctx, cancel := context.WithCancelCause(t.Context())
	errLeft := talkit.Errorf(talkit.Internal, "The caller left.")
	cancel(errLeft)
	if _, err := engine.Recognize(ctx, speech.Piece{PCM: Noise(1)}); !errors.Is(err, errLeft) {
		t.Errorf("Recognize: %v", err)
	}
}
