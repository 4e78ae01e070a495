package live

import (
	"talkit"
	"talkit/internal/audio"
)

// Bounds of the window, the sound since the last place that is settled.
const (
	step       = 3 * talkit.BytesPerSecond / 10 // that came since the last decode
	least      = 6 * talkit.BytesPerSecond / 10 // Whisper hears little in less
	most       = 29 * talkit.BytesPerSecond     // Whisper's own is 30 s
	long       = 8 * talkit.BytesPerSecond      // cut at the end of a sentence
	tooLong    = 15 * talkit.BytesPerSecond     // cut behind any confirmed word
	lull       = 8 * talkit.BytesPerSecond / 10 // a silence after which nothing is in doubt
	longQuiet  = 3 * talkit.BytesPerSecond
	frame      = talkit.BytesPerSecond / 50
	keepBefore = 3 * talkit.BytesPerSecond / 10 // of silence before speech
)

// window is the sound of a session that words are heard in.
type window struct {
	pcm     []byte // from byte start on
	start   int64
	decoded int64 // as far as the last decode looked
	loud    int64 // where the last sound ends that could be speech; start if there is none
	frame   []byte
}

func (w *window) end() int64 { return w.start + int64(len(w.pcm)) }

// write appends decoded sound.
func (w *window) write(p []byte) {
	for n := 0; n < len(p); {
		take := min(frame-len(w.frame), len(p)-n)
		w.frame = append(w.frame, p[n:n+take]...)
		w.pcm = append(w.pcm, p[n:n+take]...)
		if n += take; len(w.frame) == frame {
			if audio.Loud(w.frame) {
				w.loud = w.end()
			}
			w.frame = w.frame[:0]
		}
	}
	switch {
	case w.loud <= w.start && w.end()-w.start > 2*keepBefore, // nobody speaks
		w.quietFor() > longQuiet && w.decoded >= w.loud+lull: // any more
		w.cut(w.end() - keepBefore)
	case len(w.pcm) > most+talkit.BytesPerSecond: // nobody decodes
		w.cut(w.end() - most + 5*talkit.BytesPerSecond)
	}
}

// cut forgets the sound before a byte.
func (w *window) cut(at int64) {
	at &^= 1
	at = min(max(at, w.start), w.end())
	w.pcm = append([]byte(nil), w.pcm[at-w.start:]...)
	w.start = at
	w.loud, w.decoded = max(w.loud, at), max(w.decoded, at)
}

// news tells whether there is something that no decode looked at, and enough for one.
func (w *window) news() bool {
	return w.loud > w.start && w.loud > w.decoded && w.end()-w.start >= least
}

// quietFor is how long nothing loud came.
func (w *window) quietFor() int64 { return w.end() - w.loud }

// due tells whether a decode could hear something new; doubt, that there are
// words that are not confirmed.
func (w *window) due(doubt bool) bool {
	switch {
	case w.loud <= w.start || w.end()-w.start < least:
		return false
	case w.loud > w.decoded:
		return w.end()-w.decoded >= step
	}
	// Only silence came since: one decode with some of it behind the last word
	// settles what is in doubt.
	return doubt && w.decoded < w.loud+lull && w.quietFor() >= lull
}

func seconds(bytes int64) float64     { return float64(bytes) / talkit.BytesPerSecond }
func bytesAt(moment float64) int64    { return int64(moment*talkit.SampleRate) * talkit.BytesPerSample }
func middle(a, b talkit.Word) float64 { return (a.End + max(a.End, b.Start)) / 2 }
