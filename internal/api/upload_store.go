package api

import (
	"context"
	"io"
	"math"
	"net/http"

	tus "github.com/tus/tusd/v2/pkg/handler"
	tuslog "golang.org/x/exp/slog"

	"talkit"
	"talkit/internal/app"
)

// newTus makes tusd speak the protocol over our use cases.
func newTus() (*tus.UnroutedHandler, error) {
	composer := tus.NewStoreComposer()
	composer.UseCore(uploadStore{})
	composer.UseTerminater(uploadStore{})
	composer.UseLengthDeferrer(uploadStore{})
	return tus.NewUnroutedHandler(tus.Config{
		StoreComposer: composer,
		BasePath:      uploadsPath + "/",
		Cors:          &tus.CorsConfig{Disable: true},
		// What it would say is in the request's one line already.
		Logger: tuslog.New(tuslog.NewTextHandler(io.Discard, &tuslog.HandlerOptions{Level: tuslog.Level(math.MaxInt)})),
		// It would hold goroutines for ten seconds after each request. What has
		// to outlive a request sees to that itself.
		GracefulRequestCompletionTimeout: 1,
	})
}

// uploadStore is tusd's store: the use cases, for the request that ctx belongs to.
type uploadStore struct{}

func uploadRequestOf(ctx context.Context) *uploadRequest {
	return ctx.Value(uploadKey{}).(*uploadRequest)
}

// NewUpload implements tus.DataStore.
func (uploadStore) NewUpload(ctx context.Context, info tus.FileInfo) (tus.Upload, error) {
	u := uploadRequestOf(ctx)
	if u.r.Header.Get("Upload-Concat") != "" { // tusd would make a whole of each part
		return nil, u.fail(talkit.Errorf(talkit.Malformed, "Uploads cannot be made of others here: send the sound in one, without Upload-Concat."))
	}
	described := u.described()
	r, err := uploadFields(described)
	if err != nil {
		return nil, u.fail(err)
	}
	n := app.NewUpload{Recording: r, Length: info.Size, Described: described}
	if info.SizeIsDeferred {
		n.Length = talkit.UnknownLength
	}
	u.upload, err = u.api.App.BeginUpload(ctx, u.who, n)
	return tusUpload{u}, u.fail(err)
}

// GetUpload implements tus.DataStore. A whole upload whose end a crash cut off
// is finished here: its client sends nothing more, and asks.
func (uploadStore) GetUpload(ctx context.Context, id string) (tus.Upload, error) {
	u := uploadRequestOf(ctx)
	var err error
	if u.upload, err = u.api.App.FetchUpload(ctx, u.who, id); err != nil {
		return nil, u.fail(err)
	}
	if u.upload.Whole() && u.upload.RecordingID == nil && u.method != http.MethodDelete {
		return tusUpload{u}, tusUpload{u}.FinishUpload(ctx)
	}
	return tusUpload{u}, nil
}

// AsTerminatableUpload implements tus.TerminaterDataStore.
func (uploadStore) AsTerminatableUpload(upload tus.Upload) tus.TerminatableUpload {
	return upload.(tusUpload)
}

// AsLengthDeclarableUpload implements tus.LengthDeferrerDataStore.
func (uploadStore) AsLengthDeclarableUpload(upload tus.Upload) tus.LengthDeclarableUpload {
	return upload.(tusUpload)
}

// tusUpload is the upload that a request is about.
type tusUpload struct{ u *uploadRequest }

// GetInfo implements tus.Upload.
func (t tusUpload) GetInfo(context.Context) (tus.FileInfo, error) {
	upload := t.u.upload
	info := tus.FileInfo{ID: upload.ID, Size: upload.Length, Offset: upload.Offset}
	if upload.Length == talkit.UnknownLength {
		info.Size, info.SizeIsDeferred = 0, true
	}
	return info, nil
}

// WriteChunk implements tus.Upload. It reads our body itself: tusd's reader
// does not tell the end from a broken line.
func (t tusUpload) WriteChunk(ctx context.Context, offset int64, _ io.Reader) (int64, error) {
	u := t.u
	end, err := u.api.App.AppendUpload(ctx, u.who, u.upload.ID, offset, u.body)
	u.upload.Offset = end
	return end - offset, u.fail(u.body.failed(err))
}

// FinishUpload implements tus.Upload.
func (t tusUpload) FinishUpload(ctx context.Context) error {
	u := t.u
	_, err := u.api.App.FinishUpload(ctx, u.who, u.upload.ID)
	if err == nil {
		u.upload, err = u.api.App.FetchUpload(ctx, u.who, u.upload.ID) // what it became
	}
	return u.fail(err)
}

// Terminate implements tus.TerminatableUpload.
func (t tusUpload) Terminate(ctx context.Context) error {
	err := t.u.api.App.AbandonUpload(ctx, t.u.who, t.u.upload.ID)
	if err == nil {
		t.u.upload = talkit.Upload{} // there is nothing to tell of it
	}
	return t.u.fail(err)
}

// DeclareLength implements tus.LengthDeclarableUpload.
func (t tusUpload) DeclareLength(ctx context.Context, length int64) error {
	err := t.u.api.App.DeclareUpload(ctx, t.u.who, t.u.upload.ID, length)
	if err == nil {
		t.u.upload.Length = length
	}
	return t.u.fail(err)
}

// GetReader implements tus.Upload, for downloads that are not offered.
func (tusUpload) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, tus.ErrNotImplemented
}
