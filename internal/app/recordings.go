package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/wire"
)

// Upload is sound that was stored and belongs to no recording yet.
type Upload struct {
	Key    string
	Size   int64
	SHA256 string // lower-case hex
}

// uploadGrace is how long stored sound may belong to no recording.
const uploadGrace = 24 * time.Hour

// StoreUpload streams sound to storage. It is on the disk when it returns; what
// never becomes a recording is swept away.
func (a *App) StoreUpload(ctx context.Context, from io.Reader) (Upload, error) {
	a.soundComes()
	u := Upload{Key: blob.NewKey()}
	hash := sha256.New()
	size, err := a.storeLoose(ctx, u.Key, io.TeeReader(from, hash))
	if err != nil {
		return Upload{}, err
	}
	u.Size = size
	u.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return u, nil
}

func (a *App) soundComes() {
	if a.SoundComes != nil {
		a.SoundComes()
	}
}

// storeLoose keeps a blob that the sweep takes unless a row comes to refer to it.
func (a *App) storeLoose(ctx context.Context, key string, from io.Reader) (size int64, err error) {
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		return tx.AddLooseBlob(ctx, key, talkit.Now().Add(uploadGrace))
	})
	if err != nil {
		return 0, err
	}
	if size, err = a.Blobs.Put(ctx, key, from); err != nil { // it left nothing
		ctx := context.WithoutCancel(ctx)
		if err := a.DB.InTx(ctx, func(tx *store.Tx) error { return tx.RemoveLooseBlob(ctx, key) }); err != nil {
			a.Log.WarnContext(ctx, "the sweep will look for a blob that is not there", "error", err)
		}
	}
	return size, err
}

// DropUpload forgets stored sound that will not become a recording.
func (a *App) DropUpload(ctx context.Context, u Upload) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		tx.Enqueue(talkit.SweepJob{})
		return tx.HastenLooseBlob(ctx, u.Key, talkit.Now()) // not if it became one after all: the answer to a commit can be lost
	})
}

// MaySubmit tells whether who may submit recordings.
func (a *App) MaySubmit(who talkit.Caller) error {
	return who.Require(talkit.ResourceRecording, talkit.AccessWrite)
}

// Submit makes a recording of an upload and queues it, in one transaction.
// r holds what was sent with the sound.
func (a *App) Submit(ctx context.Context, who talkit.Caller, r talkit.Recording, u Upload) (wire.Recording, error) {
	if err := a.CheckSubmission(r); err != nil {
		return wire.Recording{}, err
	}
	return a.submit(ctx, who, r, u, func(*store.Tx, int64) error { return nil })
}

// submit is Submit, of what was checked when its sound began to come, with more
// to do in its transaction, for the new recording's id.
func (a *App) submit(ctx context.Context, who talkit.Caller, r talkit.Recording, u Upload, also func(tx *store.Tx, id int64) error) (wire.Recording, error) {
	if err := a.MaySubmit(who); err != nil {
		return wire.Recording{}, err
	}
	sound, err := a.probe(ctx, u)
	if err != nil {
		return wire.Recording{}, err
	}
	r.Audio = sound
	r.UserID, r.Status, r.CreatedOn = who.UserID, talkit.RecordingQueued, talkit.Now()
	r.UpdatedOn = r.CreatedOn
	if who.Kind == talkit.CallerInstallation {
		r.InstallationID = &who.Installation.ID
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error {
		if err := stillHere(ctx, tx, who); err != nil {
			return err
		}
		if err := tx.RemoveLooseBlob(ctx, u.Key); err != nil {
			return err
		}
		if err := tx.AddRecording(ctx, &r); err != nil {
			return err
		}
		if err := also(tx, r.ID); err != nil {
			return err
		}
		tx.Enqueue(talkit.PrepareJob{})
		tx.AfterCommit(func() { a.Changes.notify(r.UserID, r.ID) })
		if err := a.audit(ctx, tx, who, "recording.submitted", "recording", r.ID, ""); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, a.showRecording(who, r))
	})
	if err == nil {
		a.note(who, useRecordings, 0)
	}
	return a.showRecording(who, r), err
}

// showRecording is the one way a Recording reaches a caller.
func (a *App) showRecording(who talkit.Caller, r talkit.Recording) wire.Recording {
	if who.Kind == talkit.CallerInstallation {
		return a.Wire.RecordingForPlugin(r, who.Installation.Permissions)
	}
	return a.Wire.Recording(r)
}

func (a *App) probe(ctx context.Context, u Upload) (talkit.Audio, error) {
	path, release, err := a.Blobs.Local(ctx, u.Key)
	if err != nil {
		return talkit.Audio{}, err
	}
	defer release()
	sound, err := a.Probe(ctx, path)
	switch talkit.KindOf(err) {
	case talkit.Invalid, talkit.Unsupported, talkit.TooLarge:
		err = noSound{err}
	}
	sound.Key, sound.Size, sound.SHA256 = u.Key, u.Size, u.SHA256
	return sound, err
}

// noSound is what the probe says of bytes that no recording can be made of.
type noSound struct{ error }

func (e noSound) Unwrap() error { return e.error }

// recording reads one that the caller may see: a person their own, an
// installation those it submitted.
func (a *App) recording(ctx context.Context, who talkit.Caller, id int64) (talkit.Recording, error) {
	if err := a.MaySubmit(who); err != nil {
		return talkit.Recording{}, err
	}
	r, err := a.DB.Recording(ctx, id)
	if err == nil && !seesRecording(who, r) {
		return talkit.Recording{}, talkit.Missing("recording")
	}
	return r, err
}

func seesRecording(who talkit.Caller, r talkit.Recording) bool {
	if who.Kind == talkit.CallerInstallation {
		return r.InstallationID != nil && *r.InstallationID == who.Installation.ID
	}
	return r.UserID == who.UserID
}

// FetchRecording shows one.
func (a *App) FetchRecording(ctx context.Context, who talkit.Caller, id int64) (wire.Recording, error) {
	r, err := a.LookAgain(ctx, who, id)
	if err == nil {
		a.used(who, useRecordings)
	}
	return r, err
}

// LookAgain is FetchRecording for those who watch one that they fetched: it
// does not count as another read.
func (a *App) LookAgain(ctx context.Context, who talkit.Caller, id int64) (wire.Recording, error) {
	r, err := a.recording(ctx, who, id)
	return a.showRecording(who, r), err
}

// ListRecordings lists those the caller may see.
func (a *App) ListRecordings(ctx context.Context, who talkit.Caller, p talkit.Page) (wire.List[wire.Recording], error) {
	if err := a.MaySubmit(who); err != nil {
		return wire.List[wire.Recording]{}, err
	}
	list, err := a.listRecordings(ctx, who, p)
	if err == nil {
		a.used(who, useRecordings)
	}
	return wire.ListOf(list, func(r talkit.Recording) wire.Recording { return a.showRecording(who, r) }), err
}

func (a *App) listRecordings(ctx context.Context, who talkit.Caller, p talkit.Page) (talkit.List[talkit.Recording], error) {
	if who.Kind == talkit.CallerInstallation {
		return a.DB.RecordingsOfInstallation(ctx, who.Installation.ID, p)
	}
	return a.DB.RecordingsOfUser(ctx, who.UserID, p)
}

// RecordingAudio opens a person's own sound.
func (a *App) RecordingAudio(ctx context.Context, who talkit.Caller, id int64) (Sound, error) {
	r, err := a.recording(ctx, who, id)
	if err != nil {
		return Sound{}, err
	}
	title, err := a.titleOf(ctx, r)
	if err != nil {
		return Sound{}, err
	}
	sound, err := a.openSound(ctx, r.Audio, r.CreatedOn)
	sound.Own, sound.Title = true, title
	return sound, err
}

// changeRecording locks a recording of the caller, changes it, keeps it and
// tells those who watch.
func (a *App) changeRecording(ctx context.Context, who talkit.Caller, id int64, action string, change func(tx *store.Tx, r *talkit.Recording) error) (wire.Recording, error) {
	var r talkit.Recording
	err := a.DB.InTx(ctx, func(tx *store.Tx) (err error) {
		if r, err = tx.LockRecording(ctx, id); err != nil {
			return err
		}
		if !seesRecording(who, r) {
			return talkit.Missing("recording")
		}
		if err := change(tx, &r); err != nil {
			return err
		}
		r.UpdatedOn = talkit.Now()
		if err := tx.SetRecording(ctx, r); err != nil {
			return err
		}
		tx.AfterCommit(func() { a.Changes.notify(r.UserID, id) })
		if err := a.audit(ctx, tx, who, action, "recording", id, ""); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, a.showRecording(who, r))
	})
	return a.showRecording(who, r), err
}

// Retry begins a failed recording anew.
func (a *App) Retry(ctx context.Context, who talkit.Caller, id int64) (wire.Recording, error) {
	return a.changeRecording(ctx, who, id, "recording.retried", func(tx *store.Tx, r *talkit.Recording) error {
		return a.again(ctx, tx, r)
	})
}

// again begins a failed recording anew; the caller keeps r.
func (a *App) again(ctx context.Context, tx *store.Tx, r *talkit.Recording) error {
	if r.Status != talkit.RecordingFailed {
		return talkit.Errorf(talkit.Conflict, "Only a failed recording can be tried again; this one is %s.", r.Status)
	}
	if r.Audio.Key == "" {
		return talkit.Errorf(talkit.Conflict, "The sound of this recording is no longer kept, so it cannot be tried again.")
	}
	r.Status, r.Error, r.WaitingFor, r.UpdatedOn = talkit.RecordingQueued, "", talkit.WaitingForNothing, talkit.Now()
	if err := tx.AddRun(ctx, r); err != nil {
		return err
	}
	tx.Enqueue(talkit.PrepareJob{})
	return nil
}

// DeleteRecording erases a recording: its sound, its texts, its transcript, and
// what logs of webhooks and kept answers hold of it.
func (a *App) DeleteRecording(ctx context.Context, who talkit.Caller, id int64) error {
	return a.DB.InTx(ctx, func(tx *store.Tx) error {
		r, err := tx.LockRecording(ctx, id)
		if err == nil && !seesRecording(who, r) {
			err = talkit.Missing("recording")
		}
		if err != nil {
			return err
		}
		if err := a.eraseRecording(ctx, tx, r); err != nil {
			return err
		}
		tx.AfterCommit(func() { a.Changes.notify(r.UserID, id) })
		return a.audit(ctx, tx, who, "recording.deleted", "recording", id, "")
	})
}

func (a *App) eraseRecording(ctx context.Context, tx *store.Tx, r talkit.Recording) error {
	keys, err := tx.WorkKeys(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, key := range append(keys, r.Audio.Key) {
		if err := a.loosen(ctx, tx, key); err != nil {
			return err
		}
	}
	if r.TranscriptID != nil {
		if err := tx.DeleteTranscript(ctx, talkit.Transcript{ID: *r.TranscriptID, UserID: r.UserID}); err != nil {
			return err
		}
		if err := tx.EraseLoggedBodies(ctx, *r.TranscriptID); err != nil {
			return err
		}
	}
	if err := tx.EraseAnswers(ctx, r.ID); err != nil {
		return err
	}
	return tx.DeleteRecording(ctx, r)
}
