package jobs

import (
	"context"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/transcribe"
)

// early finds what was heard in a piece while its recording was still spoken.
// The language that it was heard in is the run's then.
func (w *Work) early(ctx context.Context, engine transcribe.Engine, p store.ClaimedPiece, pcm []byte, hints []string) (talkit.Segments, bool, error) {
	model := engine.Info().Model
	if model == "" {
		return nil, false, nil
	}
	found, err := w.App.EarlyPiece(ctx, p.RecordingID, p.Start, pcm, hints, model, p.Language)
	if talkit.IsNotFound(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if p.Language == "" && found.Language != "" {
		kept, err := w.App.KeepLanguage(ctx, p.RunID, found.Language)
		if err != nil || kept != found.Language { // another piece was quicker: its language is the run's
			return nil, false, err
		}
	}
	return found.Segments, true, nil
}
