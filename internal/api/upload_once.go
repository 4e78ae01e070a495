package api

import (
	"context"
	"encoding/json"
	"net/http"

	"talkit"
	"talkit/internal/app"
)

// serveOnce begins an upload with an Idempotency-Key, as onceOnly does for
// other operations. Sound that came with it is not taken, and the answer says
// so in Upload-Offset: the key stands for the upload, and what is appended to
// that the protocol keeps from being there twice.
func (u *uploadRequest) serveOnce(key string) {
	ctx := u.r.Context()
	content := fingerprint([]string{u.r.Header.Get("Upload-Length"), u.r.Header.Get("Upload-Defer-Length"), u.described()})
	var err error
	if u.once, err = u.api.App.Once(ctx, u.who, http.MethodPost, uploadsPath, key); err != nil {
		u.refuse(problem(ctx, err))
		return
	}
	if u.once.Answered() {
		u.repeat(content)
		return
	}
	settled := false
	defer func() { // a handler that panicked must not hold the key
		if !settled {
			u.once.Drop(context.WithoutCancel(ctx))
		}
	}()
	u.run(u.once.Within(ctx, content, u.begun), "")
	if err := u.keep(content); err != nil {
		u.fail(err)
	}
	settled = true
	u.header.Set("Upload-Offset", "0")
	u.answer()
}

// begun is the answer to keep, in the transaction that begins the upload.
func (u *uploadRequest) begun(result any) (app.KeptAnswer, error) {
	u.upload, u.status = result.(talkit.Upload), http.StatusCreated
	u.header.Set("Upload-Offset", "0")
	return app.KeptAnswer{Status: u.status, Headers: u.success()}, nil
}

// keep ends the first request. A fault of the server is nobody's answer.
func (u *uploadRequest) keep(content []byte) error {
	ctx := context.WithoutCancel(u.r.Context())
	p := u.problem()
	switch {
	case p == nil: // it was kept already
		return u.once.Keep(ctx, content, app.KeptAnswer{Status: u.status, Headers: u.success()})
	case p.Status >= 500, p.Status == http.StatusTooManyRequests: // it can be begun later
		return u.once.Drop(ctx)
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return u.once.Keep(ctx, content, app.KeptAnswer{Status: p.Status, Body: body})
}

// repeat gives the first request's answer.
func (u *uploadRequest) repeat(content []byte) {
	ctx := u.r.Context()
	kept, err := u.once.Repeat(content)
	if err != nil {
		u.refuse(problem(ctx, err))
		return
	}
	h := u.w.Header()
	h.Set("Idempotency-Replayed", "true")
	if kept.Status >= 400 {
		p := newProblem(ctx, talkit.Internal, "")
		if err := json.Unmarshal(kept.Body, p); err != nil {
			p = problem(ctx, err)
		}
		p.RequestID = requestID(ctx)
		u.refuse(p)
		return
	}
	for name, value := range kept.Headers {
		h.Set(name, value)
	}
	u.w.WriteHeader(kept.Status)
}
