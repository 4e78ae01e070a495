package openai

import (
	"crypto/sha256"
	"slices"
	"sync"

	"talkit/internal/speech"
)

// recent keeps what was heard while a language was looked for: to send the
// same sound again costs a short note as much again.
type recent struct {
	most int

	mu   sync.Mutex
	kept []heard
}

type heard struct {
	sound [sha256.Size]byte
	answer
}

func (r *recent) keep(pcm []byte, a answer) {
	sound := sha256.Sum256(pcm)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, heard{sound, a})
	if len(r.kept) > r.most {
		r.kept = slices.Delete(r.kept, 0, 1)
	}
}

// take gives what was heard in the piece, once. Hints could have made it
// another text.
func (r *recent) take(piece speech.Piece) (answer, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.kept) == 0 || len(piece.Hints) > 0 {
		return answer{}, false
	}
	sound := sha256.Sum256(piece.PCM)
	i := slices.IndexFunc(r.kept, func(h heard) bool { return h.sound == sound && h.language == piece.Language })
	if i < 0 {
		return answer{}, false
	}
	a := r.kept[i].answer
	r.kept = slices.Delete(r.kept, i, i+1)
	return a, true
}
