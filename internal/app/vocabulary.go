package app

import (
	"context"
	"fmt"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/wording"
)

// Vocabulary is that of the person who asks.
func (a *App) Vocabulary(ctx context.Context, who talkit.Caller) (talkit.Vocabulary, error) {
	return a.DB.Vocabulary(ctx, who.UserID)
}

// SetVocabulary puts a vocabulary in place of the one that the person had.
func (a *App) SetVocabulary(ctx context.Context, who talkit.Caller, v talkit.Vocabulary) (talkit.Vocabulary, error) {
	v.UserID = who.UserID
	err := a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := stillHere(ctx, tx, who); err != nil {
			return err
		}
		return a.setVocabulary(ctx, tx, who, &v)
	})
	return v, err
}

// ChangeVocabulary changes anyone's, for an operator.
func (a *App) ChangeVocabulary(ctx context.Context, who talkit.Caller, userID int64, change func(*talkit.Vocabulary) error) (v talkit.Vocabulary, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(ctx, userID)
		if err != nil {
			return err
		}
		if u.DeletedOn != 0 {
			return talkit.Errorf(talkit.Conflict, "This account is being deleted.")
		}
		if v, err = tx.Vocabulary(ctx, userID); err != nil {
			return err
		}
		if err := change(&v); err != nil {
			return err
		}
		return a.setVocabulary(ctx, tx, who, &v)
	})
	return v, err
}

// setVocabulary notes how much there is: what it says is the person's alone.
func (a *App) setVocabulary(ctx context.Context, tx *store.Tx, who talkit.Caller, v *talkit.Vocabulary) error {
	if err := v.Validate(); err != nil {
		return err
	}
	v.UpdatedOn = talkit.Now()
	if err := tx.SetVocabulary(ctx, *v); err != nil {
		return err
	}
	return a.audit(ctx, tx, who, "vocabulary.changed", "user", v.UserID, fmt.Sprintf("words=%d replacements=%d", len(v.Words), len(v.Replacements)))
}

// Hints are the words that an engine is told for a piece, none unless its
// person, or whoever asked for the run, wants that.
func (a *App) Hints(ctx context.Context, p store.ClaimedPiece) ([]string, error) {
	wanted := p.Hints
	if wanted == nil {
		u, err := a.DB.User(ctx, p.UserID)
		if err != nil {
			return nil, ignoreMissing(err)
		}
		wanted = &u.Hints
	}
	if !*wanted {
		return nil, nil
	}
	v, err := a.DB.Vocabulary(ctx, p.UserID)
	return v.Words, err
}

// OwnLanguage is the one that a person speaks where a recording does not say,
// "" where they have it detected.
func (a *App) OwnLanguage(ctx context.Context, userID int64) (string, error) {
	u, err := a.DB.User(ctx, userID)
	return u.Language, ignoreMissing(err)
}

// wordingOf are the rules by which a person's text is written.
func (a *App) wordingOf(ctx context.Context, u talkit.User) (wording.Rules, error) {
	v, err := a.DB.Vocabulary(ctx, u.ID)
	return wording.Rules{Replacements: v.Replacements, Words: v.Words, Dictated: u.Dictated}, err
}
