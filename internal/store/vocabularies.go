package store

import (
	"context"

	"talkit"
)

// Vocabulary reads a person's; one who never had one has an empty one.
func (q queries) Vocabulary(ctx context.Context, userID int64) (talkit.Vocabulary, error) {
	v, err := one[talkit.Vocabulary](ctx, q, "vocabulary", "SELECT user_id, words, replacements, updated_on FROM vocabularies WHERE user_id = ?", userID)
	if talkit.IsNotFound(err) {
		return talkit.Vocabulary{UserID: userID}, nil
	}
	return v, err
}

// SetVocabulary puts a vocabulary in place of the one its person had.
func (tx *Tx) SetVocabulary(ctx context.Context, v talkit.Vocabulary) error {
	_, err := tx.exec(ctx, `INSERT INTO vocabularies (user_id, words, replacements, updated_on) VALUES (?, ?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET words = excluded.words, replacements = excluded.replacements, updated_on = excluded.updated_on`,
		v.UserID, v.Words, v.Replacements, v.UpdatedOn)
	return err
}
