package store

import "context"

// Peaks reads the waveform of a recording, nil where none was made.
func (q queries) Peaks(ctx context.Context, recordingID int64) ([]byte, error) {
	rows, err := many[[]byte](ctx, q, "SELECT peaks FROM peaks WHERE recording_id = ?", recordingID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// SetPeaks keeps a waveform in place of the one before.
func (tx *Tx) SetPeaks(ctx context.Context, recordingID int64, peaks []byte) error {
	_, err := tx.exec(ctx, "INSERT INTO peaks (recording_id, peaks) VALUES (?, ?) ON CONFLICT (recording_id) DO UPDATE SET peaks = excluded.peaks",
		recordingID, peaks)
	return err
}

// DropPeaks forgets a waveform.
func (tx *Tx) DropPeaks(ctx context.Context, recordingID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM peaks WHERE recording_id = ?", recordingID)
	return err
}
