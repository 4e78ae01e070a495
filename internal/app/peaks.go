package app

import (
	"context"

	"talkit"
	"talkit/wire"
)

// Peaks is the waveform of a recording: a byte for each part of it, 255 for
// full scale. It is empty while the sound was not decoded yet, and once it is
// no longer kept.
func (a *App) Peaks(ctx context.Context, who talkit.Caller, recordingID int64) ([]byte, error) {
	if _, err := a.recording(ctx, who, recordingID); err != nil {
		return nil, err
	}
	return a.DB.Peaks(ctx, recordingID)
}

// FetchPeaks is Peaks as the API gives it.
func (a *App) FetchPeaks(ctx context.Context, who talkit.Caller, recordingID int64) (wire.Peaks, error) {
	peaks, err := a.Peaks(ctx, who, recordingID)
	return a.Wire.Peaks(peaks), err
}
