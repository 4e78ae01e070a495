package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func newUpload(user talkit.User, id string) talkit.Upload {
	return talkit.Upload{ID: id, UserID: user.ID, Name: "Visit 🎤", Type: talkit.Meeting, Language: "de", Metadata: talkit.Metadata{"a": "ü"},
		Described: "name VmlzaXQ=", Length: talkit.UnknownLength, CreatedOn: 100, ExpiresOn: 200}
}

func TestUploads(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, rows := t.Context(), storetest.RowsOf(t, db)
		r := rows.Recording(rows.User())
		u := newUpload(talkit.User{ID: r.UserID}, "u")
		installation := int64(7)
		u.InstallationID = &installation
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUpload(ctx, u) })
		read(db.Upload(ctx, "u")).is(t, "begun", u)
		read(db.Upload(ctx, "v")).fails(t, "another", talkit.NotFound)

		add := func(start, size, now int64) answer[bool] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) {
				return tx.AddUploadPart(ctx, "u", talkit.UploadPart{Start: start, Size: size, Key: string(rune('a' + start))}, talkit.Time(now))
			})
		}
		length := func(n int64) answer[bool] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.SetUploadLength(ctx, "u", n) })
		}
		finish := func() answer[bool] {
			return returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) {
				return tx.FinishUpload(ctx, "u", r.ID, 300, 400)
			})
		}
		add(1, 1, 150).is(t, "beyond the end", false)
		add(0, 10, 200).is(t, "when its time is over", false)
		add(0, 10, 150).is(t, "at the end", true)
		add(0, 10, 150).is(t, "again", false)
		finish().is(t, "finish without a length", false)
		length(9).is(t, "less than has come", false)
		length(16).is(t, "a length", true)
		length(17).is(t, "another length", false)
		add(10, 7, 150).is(t, "more than the length", false)
		finish().is(t, "finish half", false)
		add(10, 6, 150).is(t, "the last", true)
		parts := []talkit.UploadPart{{Start: 0, Size: 10, Key: "a"}, {Start: 10, Size: 6, Key: "k"}}
		read(db.UploadParts(ctx, "u", 0, 10)).is(t, "parts", parts)
		read(db.UploadParts(ctx, "u", 1, 10)).is(t, "later parts", parts[1:])
		read(db.UploadParts(ctx, "u", 0, 1)).is(t, "one part", parts[:1])

		finish().is(t, "finish", true)
		finish().is(t, "finish twice", false)
		u.Length, u.Offset, u.RecordingID, u.ExpiresOn = 16, 16, &r.ID, 400
		read(db.Upload(ctx, "u")).is(t, "finished", u)
		read(db.LooseBlobs(ctx, 300, 10)).is(t, "its parts are loose", []string{"a", "k"})
		read(db.UploadParts(ctx, "u", 0, 10)).is(t, "no parts", []talkit.UploadPart{})
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRecording(ctx, r) })
		read(db.Upload(ctx, "u")).fails(t, "gone with the recording", talkit.NotFound)
	})
}

func TestDropUpload(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, user := t.Context(), storetest.RowsOf(t, db).User()
		for _, id := range []string{"u", "v"} {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUpload(ctx, newUpload(user, id)) })
			returning(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) {
				return tx.AddUploadPart(ctx, id, talkit.UploadPart{Size: 1, Key: "part of " + id}, 0)
			}).is(t, "a part", true)
		}
		read(db.UploadsOfUser(ctx, user.ID)).is(t, "the user's", []string{"u", "v"})
		read(db.UploadsOfUser(ctx, user.ID+1)).is(t, "another user's", []string{})
		read(db.ExpiredUploads(ctx, 199, 10)).is(t, "in their time", []string{})
		read(db.ExpiredUploads(ctx, 200, 1)).is(t, "one at a time", []string{"u"})
		drop := func() error {
			return inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.DropUpload(ctx, "u", 300) })
		}
		same(t, "drop", drop(), nil)
		wantKind(t, "drop twice", drop(), talkit.NotFound)
		read(db.LooseBlobs(ctx, 300, 10)).is(t, "its parts are loose", []string{"part of u"})
		read(db.UploadParts(ctx, "v", 0, 10)).is(t, "the other's", []talkit.UploadPart{{Size: 1, Key: "part of v"}})
	})
}

// TestAddPartAtOnce: of eight who append at one offset one does.
func TestAddPartAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		u := newUpload(storetest.RowsOf(t, db).User(), "u")
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddUpload(ctx, u) })
		var won atomic.Int64
		var all sync.WaitGroup
		for i := range int64(8) {
			all.Go(func() {
				err := db.InTx(t.Context(), func(tx *store.Tx) error {
					ok, err := tx.AddUploadPart(t.Context(), "u", talkit.UploadPart{Size: i + 1, Key: string(rune('a' + i))}, 0)
					if ok {
						tx.AfterCommit(func() { won.Add(i + 1) })
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		same(t, "the end", read(db.Upload(t.Context(), "u")).must(t).Offset, won.Load())
		same(t, "parts", len(read(db.UploadParts(t.Context(), "u", 0, 10)).must(t)), 1)
	})
}

func TestHastenLooseBlob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.AddLooseBlob(ctx, "a", 900) })
		for _, key := range []string{"a", "b"} {
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.HastenLooseBlob(ctx, key, 5) })
		}
		read(db.LooseBlobs(t.Context(), 5, 10)).is(t, "what was loose", []string{"a"})
	})
}
