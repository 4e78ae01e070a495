package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/store"
)

// Profile reads all there is of the person who asks.
func (a *App) Profile(ctx context.Context, who talkit.Caller) (talkit.User, error) {
	return a.DB.User(ctx, who.UserID)
}

// ProfileChange is what people set for themselves; nil leaves a value as it is.
type ProfileChange struct {
	FirstName, LastName *string
	Review              *bool
	AudioDays           *int
	CRMIntegrationID    *int64 // 0 files notes under none
	SpeechChange
}

// SpeechChange is how a person speaks; nil leaves a value as it is.
type SpeechChange struct {
	Language        *string // "" has it detected
	Dictated, Hints *bool
	ReviewBelow     *int // percent of confidence, 0 for never
}

func (c SpeechChange) apply(u *talkit.User) {
	set(&u.Language, c.Language)
	set(&u.Dictated, c.Dictated)
	set(&u.Hints, c.Hints)
	set(&u.ReviewBelow, c.ReviewBelow)
}

// words name what is changed, for the audit log.
func (c SpeechChange) words() []string {
	var words []string
	if c.Language != nil {
		words = append(words, fmt.Sprintf("language=%q", *c.Language))
	}
	if c.Dictated != nil {
		words = append(words, fmt.Sprintf("dictated_punctuation=%t", *c.Dictated))
	}
	if c.Hints != nil {
		words = append(words, fmt.Sprintf("hints=%t", *c.Hints))
	}
	if c.ReviewBelow != nil {
		words = append(words, fmt.Sprintf("review_below=%d", *c.ReviewBelow))
	}
	return words
}

// knownLanguage refuses to change a person's language to one that the server's
// model does not know. One that it knew once may stay.
func knownLanguage(before, language string, known []string) error {
	if language == before || language == "" || slices.Contains(known, language) {
		return nil
	}
	return talkit.InvalidField("language", "is not one that this server's model knows; it knows %s", strings.Join(known, ", "))
}

// ChangeProfile changes the person who asks.
func (a *App) ChangeProfile(ctx context.Context, who talkit.Caller, c ProfileChange) (u talkit.User, err error) {
	if c.CRMIntegrationID != nil && *c.CRMIntegrationID != 0 {
		if err := a.checkCRM(ctx, c.CRMIntegrationID); err != nil {
			return u, err
		}
	}
	known := a.LanguagesKnown()
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if u, err = tx.LockUser(ctx, who.UserID); err != nil {
			return err
		}
		before := u.Language
		c.apply(&u)
		if err := cmp.Or(u.Validate(), knownLanguage(before, u.Language, known)); err != nil {
			return err
		}
		u.UpdatedOn = talkit.Now()
		if err := tx.SetUser(ctx, u); err != nil {
			return err
		}
		if c.AudioDays != nil {
			tx.EnqueueOnce(talkit.SweepJob{}) // holds for the sound that is there already
		}
		return a.audit(ctx, tx, who, "settings.changed", "user", u.ID, c.String())
	})
	return u, err
}

func (c ProfileChange) apply(u *talkit.User) {
	set(&u.FirstName, c.FirstName)
	set(&u.LastName, c.LastName)
	set(&u.Review, c.Review)
	set(&u.AudioDays, c.AudioDays)
	UserChange{CRMIntegrationID: c.CRMIntegrationID, SpeechChange: c.SpeechChange}.apply(u)
}

// String names what is changed, for the audit log, which keeps no names of people.
func (c ProfileChange) String() string {
	var words []string
	if c.FirstName != nil || c.LastName != nil {
		words = append(words, "name")
	}
	if c.AudioDays != nil {
		words = append(words, fmt.Sprintf("audio_days=%d", *c.AudioDays))
	}
	if others := (UserChange{Review: c.Review, CRMIntegrationID: c.CRMIntegrationID, SpeechChange: c.SpeechChange}).String(); others != "" {
		words = append(words, others)
	}
	return strings.Join(words, " ")
}

// EndOtherSessions signs all browsers of the person out but the one that asks.
func (a *App) EndOtherSessions(ctx context.Context, who talkit.Caller) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.EndSessionsBut(ctx, who.UserID, who.SessionID); err != nil {
			return err
		}
		return a.audit(ctx, tx, who, "session.ended_others", "user", who.UserID, "")
	})
}

// DeleteMyAccount deletes the account of the person who asks, once they have
// shown their password, or typed their e-mail address where they have none.
func (a *App) DeleteMyAccount(ctx context.Context, who talkit.Caller, proof string) error {
	u, err := a.DB.User(ctx, who.UserID)
	if err != nil {
		return err
	}
	if u.PasswordHash == "" && !strings.EqualFold(strings.TrimSpace(proof), u.Email) {
		return talkit.InvalidField("proof", "is not your e-mail address")
	}
	if err := a.mustKnow(ctx, who, u, "proof", proof); err != nil {
		return err
	}
	return a.DeleteAccount(ctx, who)
}

// mustKnow refuses who does not know the person's password, if there is one;
// wrong ones count like those of signing in.
func (a *App) mustKnow(ctx context.Context, who talkit.Caller, u talkit.User, field, password string) error {
	if u.PasswordHash == "" {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	counted, err := a.countTry(ctx, triedBy(u.Email, who.From))
	if err != nil {
		return err
	}
	right, err := a.passwordMatches(ctx, counted, password, u.PasswordHash)
	if err != nil {
		return err
	}
	if right {
		return a.DB.InTx(ctx, func(tx *store.Tx) error { return counted.forgive(ctx, tx) })
	}
	if err := a.wrongPassword(ctx, u, Browser{Address: who.From}); talkit.KindOf(err) != talkit.Unauthenticated {
		return err
	}
	return talkit.InvalidField(field, "is not your password")
}
