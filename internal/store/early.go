package store

import (
	"context"

	"talkit"
)

// AddEarlyPiece keeps what was heard in a piece of an upload that goes on, or
// just ended. Of an upload that is gone it keeps nothing.
func (tx *Tx) AddEarlyPiece(ctx context.Context, uploadID string, p talkit.EarlyPiece) error {
	_, err := tx.exec(ctx, `INSERT INTO early_pieces (upload_id, start_byte, sha256, model, language, segments)
		SELECT id, CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT) FROM uploads WHERE id = ?
		ON CONFLICT (upload_id, start_byte) DO UPDATE SET sha256 = excluded.sha256, model = excluded.model,
			language = excluded.language, segments = excluded.segments`,
		p.Start, p.SHA256, p.Model, p.Language, p.Segments, uploadID)
	return err
}

// EarlyPiece reads what was heard in a piece of a recording while it was spoken.
func (q queries) EarlyPiece(ctx context.Context, recordingID, start int64, sha256, model string) (talkit.EarlyPiece, error) {
	return one[talkit.EarlyPiece](ctx, q, "piece", `SELECT e.start_byte, e.sha256, e.model, e.language, e.segments FROM early_pieces e
		JOIN uploads u ON u.id = e.upload_id WHERE u.recording_id = ? AND e.start_byte = ? AND e.sha256 = ? AND e.model = ?`,
		recordingID, start, sha256, model)
}
