package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"talkit"
	"talkit/internal/app"
)

// uploadRequest is a request on its way through tusd. It is what tusd writes
// its answer to, which is held back and answered in our words.
type uploadRequest struct {
	api    *API
	w      http.ResponseWriter
	r      *http.Request
	method string // that is meant, see uploadMethod
	who    talkit.Caller
	body   *uploadBody

	upload talkit.Upload // as far as it is known
	err    error         // of ours, which tusd was told of
	once   *app.OnceOnly // with Idempotency-Key

	// tusd's answer
	header http.Header
	status int
	text   strings.Builder
}

type uploadKey struct{}

func newUploadRequest(a *API, w http.ResponseWriter, r *http.Request) *uploadRequest {
	u := &uploadRequest{api: a, w: w, r: r, header: http.Header{}}
	u.body = newUploadBody(r, w, u.permitted)
	return u
}

// permitted looks at the credential again, while a long body comes.
func (u *uploadRequest) permitted() error {
	who, err := u.api.caller(u.r, uploadSchemes)
	if err != nil {
		return err
	}
	return u.api.App.MaySubmit(who)
}

// serve has tusd read the request and answers it.
func (u *uploadRequest) serve(id string) {
	stop := u.body.watch()
	defer stop()
	if key := u.r.Header.Get("Idempotency-Key"); u.method == http.MethodPost && key != "" {
		u.serveOnce(key)
		return
	}
	u.run(u.r.Context(), id)
	u.answer()
}

// run has tusd handle the request. It sees a copy whose path is the id alone.
func (u *uploadRequest) run(ctx context.Context, id string) {
	r := u.r.Clone(context.WithValue(ctx, uploadKey{}, u))
	r.Method, r.URL, r.Body = u.method, &url.URL{Path: "/" + id}, u.body
	r.Header.Del("X-HTTP-Method-Override") // uploadMethod has looked at it
	if u.once != nil {
		r.Header.Del("Content-Type") // tusd leaves a body alone that is not named as a chunk
	}
	t := u.api.tus
	handle := map[string]http.HandlerFunc{"POST": t.PostFile, "HEAD": t.HeadFile, "PATCH": t.PatchFile, "DELETE": t.DelFile}[u.method]
	t.Middleware(handle).ServeHTTP(u, r)
}

// Header, WriteHeader and Write implement http.ResponseWriter for tusd.
func (u *uploadRequest) Header() http.Header { return u.header }

// WriteHeader implements http.ResponseWriter.
func (u *uploadRequest) WriteHeader(status int) { u.status = status }

func (u *uploadRequest) Write(b []byte) (int, error) { return u.text.Write(b) }

// SetReadDeadline and SetWriteDeadline keep tusd's deadlines out: it sets one
// for the reading that outlives the body. Ours are set by uploadBody and door.
func (u *uploadRequest) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is like SetReadDeadline.
func (u *uploadRequest) SetWriteDeadline(time.Time) error { return nil }

// fail notes why a use case failed, and is what tusd is told.
func (u *uploadRequest) fail(err error) error {
	if err != nil {
		u.err = err
	}
	return err
}

// answer writes what tusd answered: what went well as it is, with what we add,
// and anything else as a problem.
func (u *uploadRequest) answer() {
	if p := u.problem(); p != nil {
		u.refuse(p)
		return
	}
	h := u.w.Header()
	for name, value := range u.success() {
		h.Set(name, value)
	}
	u.w.WriteHeader(u.status)
}

func (u *uploadRequest) refuse(p *Problem) {
	note(u.r.Context(), p)
	if p.Status == http.StatusPreconditionFailed {
		u.w.Header().Set("Tus-Version", tusVersion)
	}
	p.write(u.w)
}

// success are the headers of an answer that says yes.
func (u *uploadRequest) success() map[string]string {
	h := map[string]string{}
	for _, name := range []string{"Upload-Offset", "Upload-Length", "Upload-Defer-Length"} {
		if value := u.header.Get(name); value != "" {
			h[name] = value
		}
	}
	if u.upload.ID == "" {
		return h
	}
	if u.method == http.MethodPost {
		h["Location"] = uploadsPath + "/" + u.upload.ID
	}
	if u.method == http.MethodHead && u.upload.Described != "" {
		h["Upload-Metadata"] = u.upload.Described
	}
	if u.upload.RecordingID != nil {
		h["Talkit-Recording"] = formatInt(*u.upload.RecordingID)
	}
	h["Upload-Expires"] = u.upload.ExpiresOn.Std().UTC().Format(http.TimeFormat)
	return h
}

// problem is what the answer is about if it says no. tusd's own words are for
// clients' authors: what of the protocol was not kept to.
func (u *uploadRequest) problem() *Problem {
	ctx := u.r.Context()
	switch {
	case u.err != nil:
		return problem(ctx, u.err)
	case u.status < 400:
		return nil
	case u.status == http.StatusPreconditionFailed:
		return newProblem(ctx, preconditionFailed, "Send Tus-Resumable: "+tusVersion+", the version of the protocol that this server speaks.")
	case u.status == http.StatusConflict:
		return newProblem(ctx, talkit.Conflict, "The upload ends at byte "+formatInt(u.upload.Offset)+". Go on from there.")
	case u.status == http.StatusRequestEntityTooLarge:
		return newProblem(ctx, talkit.TooLarge, "The body is longer than what is left of the upload.")
	case u.status == http.StatusBadRequest:
		_, words, _ := strings.Cut(strings.TrimSpace(u.text.String()), ": ")
		return newProblem(ctx, talkit.Malformed, "This is not as the tus protocol has it: "+words+".")
	}
	return newProblem(ctx, talkit.Internal, "Something went wrong on the server. It was logged; try again, and name the request id if it stays.")
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }
