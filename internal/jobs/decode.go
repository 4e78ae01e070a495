package jobs

import (
	"context"
	"errors"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/transcribe"
)

// longSound takes so long to decode that others would notice.
const longSound = 10 * time.Minute

// errNotWanted says that a recording was deleted while it was decoded.
var errNotWanted = errors.New("the run is not wanted any more")

// wantedLook is how often it is asked whether that is so.
const wantedLook = 2 * time.Second

// decodeWanted is decode, which stops once the run is not wanted any more.
func (w *Work) decodeWanted(ctx context.Context, runID int64, r talkit.Recording, engine transcribe.EngineInfo) (app.Prepared, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wantedLook):
			}
			if _, _, err := w.App.RunToPrepare(ctx, runID); talkit.IsNotFound(err) {
				stop(errNotWanted)
			}
		}
	}()
	prepared, err := w.decode(ctx, r, engine)
	if err != nil && errors.Is(context.Cause(ctx), errNotWanted) {
		err = errNotWanted
	}
	return prepared, err
}
