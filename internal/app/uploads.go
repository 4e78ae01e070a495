package app

import (
	"context"
	"errors"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/wire"
)

// NewUpload is how an upload begins: what the recording is to be, how many
// bytes will come (talkit.UnknownLength if that is not known yet), and how the
// client wrote that.
type NewUpload struct {
	Recording talkit.Recording
	Length    int64
	Described string
}

// BeginUpload makes an upload that bytes can be appended to.
func (a *App) BeginUpload(ctx context.Context, who talkit.Caller, n NewUpload) (talkit.Upload, error) {
	if err := a.MaySubmit(who); err != nil {
		return talkit.Upload{}, err
	}
	if n.Length != talkit.UnknownLength {
		if err := a.checkLength(n.Length); err != nil {
			return talkit.Upload{}, err
		}
	}
	r := n.Recording
	if err := a.CheckSubmission(r); err != nil {
		return talkit.Upload{}, err
	}
	u := talkit.Upload{ID: auth.NewID(), UserID: who.UserID, Name: r.Name, Type: r.Type, Language: r.Language, Metadata: r.Metadata,
		Described: n.Described, Length: n.Length, CreatedOn: talkit.Now()}
	u.ExpiresOn = u.CreatedOn.Add(talkit.UploadTime)
	if who.Kind == talkit.CallerInstallation {
		u.InstallationID = &who.Installation.ID
	}
	a.soundComes()
	return u, a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := mayBegin(ctx, tx, who, u); err != nil {
			return err
		}
		if err := tx.AddUpload(ctx, u); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, u)
	})
}

// maxUnfinished is how many uploads a person, or an installation for them, can
// have begun: each holds room for a day.
const maxUnfinished = 100

func mayBegin(ctx context.Context, tx *store.Tx, who talkit.Caller, u talkit.Upload) error {
	if _, err := tx.LockUser(ctx, who.UserID); err != nil && !talkit.IsNotFound(err) { // one begins at a time
		return err
	}
	if err := stillHere(ctx, tx, who); err != nil {
		return err
	}
	n, err := tx.UnfinishedUploads(ctx, u)
	if err == nil && n >= maxUnfinished {
		err = talkit.Errorf(talkit.TooMany, "%d uploads are begun and not finished. Finish or end one, or wait: each ends by itself a day after it began.", n)
	}
	return err
}

func (a *App) checkLength(length int64) error {
	switch {
	case length <= 0:
		return talkit.Errorf(talkit.Invalid, "An upload of no bytes is no sound. Nothing was recorded.")
	case length > a.MaxUpload:
		return a.tooLarge()
	}
	return nil
}

func (a *App) tooLarge() error {
	return talkit.Errorf(talkit.TooLarge, "The sound is larger than the %d bytes that this server takes. Send it in parts, or in a compressed format.", a.MaxUpload)
}

// FetchUpload tells how far an upload has come. Who appends to it at the time
// is ended first, so that nothing is under way: the offset is where to go on.
func (a *App) FetchUpload(ctx context.Context, who talkit.Caller, id string) (talkit.Upload, error) {
	u, release, err := a.holdUpload(ctx, who, id, func() {})
	if err == nil {
		release()
	}
	return u, err
}

// upload reads one that the caller began and that goes on.
func (a *App) upload(ctx context.Context, who talkit.Caller, id string) (talkit.Upload, error) {
	if err := a.MaySubmit(who); err != nil {
		return talkit.Upload{}, err
	}
	u, err := a.DB.Upload(ctx, id)
	if err == nil && (!isCreator(who, u) || u.ExpiresOn <= talkit.Now()) {
		err = talkit.Missing("upload")
	}
	if err != nil {
		return talkit.Upload{}, err
	}
	return u, nil
}

func isCreator(who talkit.Caller, u talkit.Upload) bool {
	if who.Kind == talkit.CallerInstallation {
		return u.InstallationID != nil && *u.InstallationID == who.Installation.ID
	}
	return u.InstallationID == nil && u.UserID == who.UserID
}

// holdUpload keeps others in this process from an upload of the caller until release.
func (a *App) holdUpload(ctx context.Context, who talkit.Caller, id string, interrupt func()) (u talkit.Upload, release func(), err error) {
	if _, err := a.upload(ctx, who, id); err != nil { // a stranger must not interrupt anybody
		return u, nil, err
	}
	mine, err := a.uploads.take(ctx, id, interrupt)
	if err != nil {
		return u, nil, err
	}
	if u, err = a.upload(ctx, who, id); err != nil { // as the one before left it
		a.uploads.release(id, mine)
		return u, nil, err
	}
	return u, func() { a.uploads.release(id, mine) }, nil
}

// DeclareUpload says how long an upload will be that began without a length.
func (a *App) DeclareUpload(ctx context.Context, who talkit.Caller, id string, length int64) error {
	u, err := a.upload(ctx, who, id)
	if err != nil {
		return err
	}
	if length != u.Offset || length <= 0 { // what is here already was let in as it came
		if err := a.checkLength(length); err != nil {
			return err
		}
	}
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		set, err := tx.SetUploadLength(ctx, id, length)
		if err == nil && !set {
			err = talkit.Errorf(talkit.Conflict, "The length of this upload is known already, or more than that has come.")
		}
		return err
	})
}

// FinishUpload makes a recording of an upload that is whole. Repeated, also
// after a crash anywhere in it, it gives the same recording. Of what is no
// sound nothing is left.
func (a *App) FinishUpload(ctx context.Context, who talkit.Caller, id string) (wire.Recording, error) {
	u, release, err := a.holdUpload(ctx, who, id, func() {})
	if err != nil {
		return wire.Recording{}, err
	}
	defer release()
	if u.RecordingID != nil {
		return a.FetchRecording(ctx, who, *u.RecordingID)
	}
	if !u.Whole() {
		return wire.Recording{}, talkit.Errorf(talkit.Conflict, "The upload is not whole: %d bytes are here.", u.Offset)
	}
	ctx = context.WithoutCancel(ctx) // all is here: who sent it need not wait
	r, err := a.finishUpload(ctx, who, u)
	if err == nil {
		return r, nil
	}
	// Another process may have finished it meanwhile, and let go of the parts.
	if now, gone := a.upload(ctx, who, id); gone == nil && now.RecordingID != nil {
		return a.FetchRecording(ctx, who, *now.RecordingID)
	}
	if _, is := errors.AsType[noSound](err); is {
		err = errors.Join(err, a.DB.InTx(ctx, func(tx *store.Tx) error { return a.dropUpload(ctx, tx, id) }))
	}
	return r, err
}

// errFinished: another process made a recording of the upload meanwhile.
var errFinished = errors.New("app: the upload was finished already")

func (a *App) finishUpload(ctx context.Context, who talkit.Caller, u talkit.Upload) (wire.Recording, error) {
	parts := &partsReader{ctx: ctx, app: a, upload: u}
	defer parts.Close()
	sound, err := a.StoreUpload(ctx, measured(parts, u.Length))
	if err != nil {
		return wire.Recording{}, err
	}
	r, err := a.submit(ctx, who, u.Recording(), sound, func(tx *store.Tx, id int64) error {
		now := talkit.Now()
		mine, err := tx.FinishUpload(ctx, u.ID, id, now, now.Add(talkit.UploadTime))
		if err == nil && !mine {
			err = errFinished
		}
		tx.Enqueue(talkit.SweepJob{})
		return err
	})
	if err != nil {
		err = errors.Join(err, a.DropUpload(ctx, sound))
	}
	return r, err
}

// AbandonUpload ends an upload. What it became stays.
func (a *App) AbandonUpload(ctx context.Context, who talkit.Caller, id string) error {
	_, release, err := a.holdUpload(ctx, who, id, func() {})
	if err != nil {
		return err
	}
	defer release()
	return a.DB.InTx(ctx, func(tx *store.Tx) error { return a.dropUpload(ctx, tx, id) })
}

func (a *App) dropUpload(ctx context.Context, tx *store.Tx, id string) error {
	tx.EnqueueOnce(talkit.SweepJob{})
	return tx.DropUpload(ctx, id, talkit.Now())
}

// eraseUploads drops all that a person or their installations have begun.
func (a *App) eraseUploads(ctx context.Context, tx *store.Tx, userID int64) error {
	ids, err := tx.UploadsOfUser(ctx, userID)
	for _, id := range ids {
		if err := a.dropUpload(ctx, tx, id); err != nil {
			return err
		}
	}
	return err
}

// sweepUploads drops those whose time is over.
func (a *App) sweepUploads(ctx context.Context) error {
	for {
		ids, err := a.DB.ExpiredUploads(ctx, talkit.Now(), sweepBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			err := a.DB.InTx(ctx, func(tx *store.Tx) error { return tx.DropUpload(ctx, id, talkit.Now()) })
			if err != nil && !talkit.IsNotFound(err) { // another sweep was quicker
				return err
			}
		}
	}
}
