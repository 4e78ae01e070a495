package store

import (
	"context"

	"talkit"
)

// AddUpload begins one.
func (tx *Tx) AddUpload(ctx context.Context, u talkit.Upload) error {
	_, err := tx.exec(ctx, `INSERT INTO uploads (id, user_id, installation_id, name, type, language, metadata, described, length, created_on, expires_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		u.ID, u.UserID, u.InstallationID, u.Name, u.Type, u.Language, u.Metadata, u.Described, u.Length, u.CreatedOn, u.ExpiresOn)
	return err
}

// UnfinishedUploads counts those of the one who began u that go on.
func (q queries) UnfinishedUploads(ctx context.Context, u talkit.Upload) (n int, err error) {
	var installation int64
	if u.InstallationID != nil {
		installation = *u.InstallationID
	}
	err = q.on.get(ctx, &n, `SELECT COUNT(*) FROM uploads WHERE user_id = ? AND COALESCE(installation_id, 0) = ? AND recording_id IS NULL AND expires_on > ?`,
		u.UserID, installation, u.CreatedOn)
	return n, err
}

// Upload reads one, whether its time is over or not.
func (q queries) Upload(ctx context.Context, id string) (talkit.Upload, error) {
	return one[talkit.Upload](ctx, q, "upload", `SELECT id, user_id, installation_id, name, type, language, metadata, described, length, stored,
		recording_id, created_on, expires_on FROM uploads WHERE id = ?`, id)
}

// SetUploadLength says how long an upload will be, where that was not known.
// It returns false when it was, or when more is here already.
func (tx *Tx) SetUploadLength(ctx context.Context, id string, length int64) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE uploads SET length = ? WHERE id = ? AND length = -1 AND stored <= ?", length, id, length)
	return n > 0, err
}

// AddUploadPart notes a part that begins where the upload ends, and moves that
// end. It returns false when the end is elsewhere, or nothing more may come.
func (tx *Tx) AddUploadPart(ctx context.Context, id string, p talkit.UploadPart, now talkit.Time) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE uploads SET stored = stored + ? WHERE id = ? AND stored = ? AND recording_id IS NULL AND expires_on > ?
		AND (length = -1 OR stored + ? <= length)`, p.Size, id, p.Start, now, p.Size)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.exec(ctx, "INSERT INTO upload_parts (upload_id, start_byte, size, key) VALUES (?, ?, ?, ?)", id, p.Start, p.Size, p.Key)
	return true, err
}

// UploadParts reads parts in their order, the first of which begins at from or later.
func (q queries) UploadParts(ctx context.Context, id string, from int64, limit int) ([]talkit.UploadPart, error) {
	return many[talkit.UploadPart](ctx, q, `SELECT start_byte, size, key FROM upload_parts WHERE upload_id = ? AND start_byte >= ?
		ORDER BY start_byte LIMIT ?+0`, id, from, limit)
}

// FinishUpload notes the recording that an upload became; its parts are to be
// swept away. It returns false when it became one before.
func (tx *Tx) FinishUpload(ctx context.Context, id string, recordingID int64, now, expires talkit.Time) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE uploads SET recording_id = ?, expires_on = ? WHERE id = ? AND recording_id IS NULL AND stored = length",
		recordingID, expires, id)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.loosenParts(ctx, id, now)
}

// loosenParts is for a transaction that holds the row of the upload.
func (tx *Tx) loosenParts(ctx context.Context, id string, now talkit.Time) error {
	_, err := tx.exec(ctx, "INSERT INTO loose_blobs (key, sweep_on) SELECT key, CAST(? AS BIGINT) FROM upload_parts WHERE upload_id = ?", now, id)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "DELETE FROM upload_parts WHERE upload_id = ?", id)
	return err
}

// DropUpload forgets an upload; its parts are to be swept away.
func (tx *Tx) DropUpload(ctx context.Context, id string, now talkit.Time) error {
	if err := tx.change(ctx, "upload", "UPDATE uploads SET expires_on = 0 WHERE id = ?", id); err != nil { // nobody adds to it now
		return err
	}
	if err := tx.loosenParts(ctx, id, now); err != nil {
		return err
	}
	return tx.change(ctx, "upload", "DELETE FROM uploads WHERE id = ?", id)
}

// ExpiredUploads are some whose time is over.
func (q queries) ExpiredUploads(ctx context.Context, now talkit.Time, limit int) ([]string, error) {
	return many[string](ctx, q, "SELECT id FROM uploads WHERE expires_on <= ? ORDER BY expires_on LIMIT ?+0", now, limit)
}

// UploadsOfUser are all that a person or their installations have begun.
func (q queries) UploadsOfUser(ctx context.Context, userID int64) ([]string, error) {
	return many[string](ctx, q, "SELECT id FROM uploads WHERE user_id = ?", userID)
}
