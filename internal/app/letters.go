package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
)

// HasMail tells whether the server can send mail.
func (a *App) HasMail() bool { return a.Mail != nil }

func noMail() error {
	return talkit.Errorf(talkit.Unavailable, "This server sends no mail. Whoever runs it can make a link to sign in with, and hand it on.")
}

// writeTo has a letter written to a person, once the transaction is committed.
func (a *App) writeTo(tx *store.Tx, userID int64, letter string, thingID int64) {
	if a.HasMail() {
		tx.Enqueue(talkit.MailJob{Letter: letter, UserID: userID, ThingID: thingID})
	}
}

// MailLink mails a person a link at which they sign in and set a password: an
// invitation, as long as they have none.
func (a *App) MailLink(ctx context.Context, who talkit.Caller, u talkit.User) error {
	if err := operatorOnly(who); err != nil {
		return err
	}
	if !a.HasMail() {
		return noMail()
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(ctx, u.ID)
		if err != nil {
			return err
		}
		if u.Disabled {
			return talkit.Errorf(talkit.Conflict, "This person is shut out. Let them in again first.")
		}
		letter := talkit.MailRecovery
		if u.PasswordHash == "" {
			letter = talkit.MailInvitation
		}
		a.writeTo(tx, u.ID, letter, who.UserID)
		return a.audit(ctx, tx, who, "link.mailed", "user", u.ID, letter)
	})
}

// Recover mails a link at which a new password is set, if somebody has the
// address. Whether that is so it tells nobody, not by the time it takes either:
// for nobody there is a letter to nobody.
func (a *App) Recover(ctx context.Context, email string, from Browser) error {
	if !a.HasMail() {
		return noMail()
	}
	email = strings.ToLower(strings.TrimSpace(email))
	asked := recoveriesBy(email, from.Address)
	u, err := a.DB.UserByEmail(ctx, email)
	if err != nil && !talkit.IsNotFound(err) {
		return err
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		if _, err := a.countIn(ctx, tx, asked, "That was asked for too often. Try again in %s."); err != nil {
			return err
		}
		a.writeTo(tx, u.ID, talkit.MailRecovery, 0)
		return a.audit(ctx, tx, talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, From: from.Address}, "recovery.asked", "user", u.ID, "")
	})
}

// recoveriesBy counts letters to a person and from a place, so that nobody's
// letterbox is filled.
func recoveriesBy(email, address string) []tried {
	return []tried{
		{auth.HashKey("recovery of person\n" + email), 3, time.Hour},
		{auth.HashKey("recovery from place\n" + network(address)), 30, 15 * time.Minute},
	}
}

// SendLetter writes a letter and sends it; an error is worth trying again.
func (a *App) SendLetter(ctx context.Context, job talkit.MailJob) error {
	if !a.HasMail() {
		return talkit.Errorf(talkit.Unavailable, "There is a letter to send, but TALKIT_SMTP_URL is not set here.")
	}
	to, err := a.DB.User(ctx, job.UserID)
	if talkit.IsNotFound(err) || (err == nil && to.Disabled) {
		return nil
	}
	if err != nil {
		return err
	}
	err = a.Mail(ctx, to.Email, func(ctx context.Context) (talkit.Mail, error) { return a.letter(ctx, job, to) })
	switch talkit.KindOf(err) {
	case talkit.NotFound, talkit.Conflict: // there is nothing to say any more
		return nil
	case talkit.Invalid:
		a.Log.WarnContext(ctx, "letter refused", "letter", job.Letter, "user_id", to.ID, "error", err)
		return nil
	}
	return err
}

func (a *App) letter(ctx context.Context, job talkit.MailJob, to talkit.User) (talkit.Mail, error) {
	switch job.Letter {
	case talkit.MailInvitation:
		return a.invitation(ctx, to, job.ThingID)
	case talkit.MailRecovery:
		return a.recovery(ctx, to, job.ThingID)
	case talkit.MailWebhookDisabled:
		return a.disabledWebhook(ctx, to, job.ThingID)
	}
	return talkit.Mail{}, fmt.Errorf("no such letter: %q", job.Letter)
}

func (a *App) invitation(ctx context.Context, to talkit.User, by int64) (m talkit.Mail, err error) {
	invited := "You are invited"
	if name, err := a.sender(ctx, by); err != nil {
		return m, err
	} else if name != "" {
		invited = name + " invites you"
	}
	link, until, err := a.linkFor(ctx, to, talkit.InvitationLife)
	return talkit.Mail{Subject: "An invitation to Talkit", Text: greeting(to) + invited + " to Talkit, which turns what you dictate into text. " +
		"Choose a password here, and you are in:\n\n" + link + "\n\nThe link works once, until " + until + ".\n" +
		"If you expected no invitation, you need not do anything.\n"}, err
}

// recovery is what the person asked for, or an operator for them.
func (a *App) recovery(ctx context.Context, to talkit.User, by int64) (m talkit.Mail, err error) {
	asked := "Somebody, probably you, asked"
	if name, err := a.sender(ctx, by); err != nil {
		return m, err
	} else if name != "" {
		asked = name + " asked"
	}
	link, until, err := a.linkFor(ctx, to, talkit.RecoveryLife)
	return talkit.Mail{Subject: "A new password for Talkit", Text: greeting(to) + asked + " for a new password for your account at " +
		a.Wire.URL + ". Set it here:\n\n" + link + "\n\nThe link works once, until " + until + ".\n" +
		"If you want none, you need not do anything: your password stays as it is.\n"}, err
}

// sender is who had a letter written, "" for nobody in particular.
func (a *App) sender(ctx context.Context, id int64) (string, error) {
	u, err := a.DB.User(ctx, id)
	if talkit.IsNotFound(err) {
		return "", nil
	}
	return nameOf(u), err
}

func (a *App) disabledWebhook(ctx context.Context, to talkit.User, id int64) (m talkit.Mail, err error) {
	w, err := a.DB.AnyWebhook(ctx, id)
	if err != nil {
		return m, err
	}
	plugin, err := a.DB.Plugin(ctx, w.PluginID)
	if err != nil {
		return m, err
	}
	if !w.Disabled || plugin.UserID != to.ID { // it was enabled again meanwhile
		return m, talkit.Missing("webhook")
	}
	name := oneLine(plugin.Name)
	return talkit.Mail{Subject: "A webhook of " + name + " was disabled", Text: greeting(to) + "A webhook of your plugin " + name +
		" was disabled. It led to\n\n" + w.URI + "\n\nWhy: " + w.DisabledReason + "\n\n" +
		"Nothing more is sent to it. When its receiver answers again, enable it on its page. There is also what was answered, " +
		"and what did not arrive can be sent again:\n\n" +
		fmt.Sprintf("%s/developers/plugins/%d/webhooks/%d\n", a.Wire.URL, w.PluginID, w.ID)}, nil
}

// linkFor is a link that works once, and in words until when.
func (a *App) linkFor(ctx context.Context, to talkit.User, life time.Duration) (link, until string, err error) {
	until = time.Now().Add(life).UTC().Format("Monday, 2 January 2006, 15:04 UTC")
	link, err = a.MakeLink(ctx, theServer, to.ID, life)
	return link, until, err
}

func greeting(to talkit.User) string {
	if name := oneLine(to.FirstName); name != "" {
		return "Hello " + name + ",\n\n"
	}
	return "Hello,\n\n"
}

func nameOf(u talkit.User) string { return oneLine(u.FirstName + " " + u.LastName) }

// oneLine keeps a name from looking like more of the letter.
func oneLine(name string) string { return strings.Join(strings.Fields(plainText(name, 200)), " ") }
