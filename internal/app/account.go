package app

import (
	"context"
	"errors"

	"talkit"
	"talkit/internal/store"
)

// An account goes in two steps. First the person is shut out, with all that
// lets them in; then a job erases what they have, a little in each transaction,
// and the person last. It can be cut anywhere: what is left is found again.

// DeleteAccount deletes the account of the person who asks.
func (a *App) DeleteAccount(ctx context.Context, who talkit.Caller) error {
	if who.Kind != talkit.CallerUser {
		return talkit.Errorf(talkit.Forbidden, "Only the person whose account it is can delete it, or an operator.")
	}
	return a.deleteUser(ctx, who, who.UserID)
}

// DeleteUser deletes anyone's account, for an operator.
func (a *App) DeleteUser(ctx context.Context, who talkit.Caller, id int64) error {
	if who.Kind != talkit.CallerOperator && !(who.Kind == talkit.CallerUser && who.Person.Admin) {
		return talkit.Errorf(talkit.Forbidden, "Only an operator can delete another's account.")
	}
	return a.deleteUser(ctx, who, id)
}

// deleteUser does nothing to an account that is being deleted already.
func (a *App) deleteUser(ctx context.Context, who talkit.Caller, id int64) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		operators, err := tx.OperatorsLeft(ctx)
		if err != nil {
			return err
		}
		u, err := tx.LockUser(ctx, id)
		if err != nil || u.DeletedOn != 0 {
			return err
		}
		if operates(u) && operators == 1 {
			return lastOperator()
		}
		if err := tx.MarkDeleted(ctx, id, talkit.Now()); err != nil {
			return err
		}
		tx.Enqueue(talkit.EraseJob{UserID: id})
		return a.audit(ctx, tx, who, "user.deleted", "user", id, "")
	})
}

func operates(u talkit.User) bool { return u.Admin && !u.Disabled }

func lastOperator() error {
	return talkit.Errorf(talkit.Conflict, "Nobody else runs this server. Make another person an operator first (talkit user change --admin).")
}

// stillHere refuses a person who was shut out while their request went on.
func stillHere(ctx context.Context, tx *store.Tx, who talkit.Caller) error {
	u, err := tx.User(ctx, who.UserID)
	if talkit.IsNotFound(err) || (err == nil && u.Disabled) {
		return shutOut()
	}
	return err
}

func shutOut() error { return talkit.Errorf(talkit.Unauthenticated, "This account was shut out.") }

// eraseBatch is how much of an account goes in one transaction.
const eraseBatch = 10

// EraseSome erases some of what a deleted person has. done says that nothing
// is left, nor the person.
func (a *App) EraseSome(ctx context.Context, userID int64) (done bool, err error) {
	u, err := a.DB.User(ctx, userID)
	if talkit.IsNotFound(err) || (err == nil && u.DeletedOn == 0) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, erase := range []func(context.Context, int64) (more bool, err error){
		a.eraseInstallations, a.eraseRecordings, a.erasePlugins, a.eraseBegun,
	} {
		if more, err := erase(ctx, userID); err != nil || more {
			return false, err
		}
	}
	return a.eraseUser(ctx, userID)
}

// theServer is who erases: the person who wanted it is in the log already.
var theServer = talkit.Caller{Kind: "server"}

// eraseInstallations comes first, so that plugins are told at once.
func (a *App) eraseInstallations(ctx context.Context, userID int64) (more bool, err error) {
	list, _, err := a.DB.InstallationsOfUser(ctx, userID, talkit.Page{Limit: eraseBatch})
	for _, i := range list {
		err := a.DB.InTx(ctx, func(tx *store.Tx) error { return a.uninstall(ctx, tx, theServer, i) })
		if err := ignoreMissing(err); err != nil {
			return true, err
		}
	}
	return len(list) > 0, err
}

func (a *App) eraseRecordings(ctx context.Context, userID int64) (more bool, err error) {
	list, err := a.DB.RecordingsOfUser(ctx, userID, talkit.Page{Limit: eraseBatch})
	if err != nil || len(list.Items) == 0 {
		return false, err
	}
	return true, a.DB.InTx(ctx, func(tx *store.Tx) error {
		for _, listed := range list.Items {
			r, err := tx.LockRecording(ctx, listed.ID)
			if talkit.IsNotFound(err) { // gone meanwhile
				continue
			}
			if err != nil {
				return err
			}
			if err := a.eraseRecording(ctx, tx, r); err != nil {
				return err
			}
			tx.AfterCommit(func() { a.Changes.notify(r.UserID, r.ID) })
		}
		return nil
	})
}

func (a *App) erasePlugins(ctx context.Context, userID int64) (more bool, err error) {
	list, err := a.DB.PluginsOf(ctx, userID, talkit.Page{Limit: eraseBatch})
	if err != nil {
		return false, err
	}
	for _, p := range list.Items {
		err := a.DB.InTx(ctx, func(tx *store.Tx) error { return a.deletePlugin(ctx, tx, theServer, p.ID) })
		if err := ignoreMissing(err); err != nil {
			return true, err
		}
	}
	return len(list.Items) > 0, nil
}

// eraseBegun erases what is still being uploaded.
func (a *App) eraseBegun(ctx context.Context, userID int64) (more bool, err error) {
	ids, err := a.DB.UploadsOfUser(ctx, userID)
	for _, id := range ids[:min(len(ids), eraseBatch)] {
		err := a.DB.InTx(ctx, func(tx *store.Tx) error { return a.dropUpload(ctx, tx, id) })
		if err := ignoreMissing(err); err != nil {
			return true, err
		}
	}
	return len(ids) > 0, err
}

// errMore has the job come back a little later.
var errMore = errors.New("app: something was added to an account that is being erased")

// eraseUser takes the person away, unless a request that had begun before they
// were shut out has added something.
func (a *App) eraseUser(ctx context.Context, userID int64) (done bool, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.HoldUser(ctx, userID); err != nil {
			return err
		}
		left, err := tx.HasAnything(ctx, userID)
		if err != nil {
			return err
		}
		if left {
			return errMore
		}
		if err := a.eraseUploads(ctx, tx, userID); err != nil {
			return err
		}
		for _, kind := range []talkit.CallerKind{talkit.CallerUser, talkit.CallerDeveloper} {
			if err := tx.DropAnswersOf(ctx, ownerOf(talkit.Caller{Kind: kind, UserID: userID})); err != nil {
				return err
			}
		}
		if err := tx.DeleteUser(ctx, userID); err != nil {
			return err
		}
		done = true
		return a.audit(ctx, tx, theServer, "user.erased", "user", userID, "")
	})
	return done, ignoreMissing(err)
}
