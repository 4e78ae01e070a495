package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload): sound in
// as many requests as it takes. Its core and extensions are tusd's work; who
// may, what is kept and how it is answered is ours.
const (
	uploadsPath   = "/recordings/uploads"
	tusVersion    = "1.0.0"
	tusExtensions = "creation,creation-with-upload,creation-defer-length,termination,expiration"
)

var uploadSchemes = []app.Scheme{app.UserKey, app.InstallationJWT}

// uploadAt tells whether a path is one of uploads, and which one's: "" is all
// of them. These paths do not stand in the mux: beside /recordings/{id}/audio
// it would not know whose HEAD is.
func uploadAt(path string) (id string, ok bool) {
	if path == uploadsPath {
		return "", true
	}
	id, ok = strings.CutPrefix(path, uploadsPath+"/")
	return id, ok && !strings.Contains(id, "/")
}

// uploadID is what app.BeginUpload gives.
var uploadID = regexp.MustCompile(`^[a-z0-9]{26}$`)

// uploadMethods are those of one upload and those of all.
var uploadMethods = map[bool][]string{true: {"HEAD", "PATCH", "DELETE"}, false: {"POST", "OPTIONS"}}

func (a *API) serveUploads(w http.ResponseWriter, r *http.Request, id string) {
	u := newUploadRequest(a, w, r)
	defer u.body.end()
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	method, one := uploadMethod(r, id)
	r.Pattern = r.Method + " " + uploadsPath // for the request's log line
	if one {
		r.Pattern += "/{id}"
	}
	if allowed := uploadMethods[one]; !slices.Contains(allowed, method) {
		h.Set("Allow", strings.Join(allowed, ", "))
		newProblem(r.Context(), methodNotAllowed, "This address takes "+h.Get("Allow")+".").write(w)
		return
	}
	if method == http.MethodOptions {
		a.describeUploads(w)
		return
	}
	var err error
	u.who, err = a.uploader(r)
	if err == nil && one && !uploadID.MatchString(id) {
		err = talkit.Missing("upload")
	}
	if err != nil {
		u.refuse(problem(r.Context(), err))
		return
	}
	u.method = method
	u.serve(id)
}

// uploadMethod is the method that is meant: tus lets clients that can send
// POST alone name another. It counts at an upload only, for what tus says.
func uploadMethod(r *http.Request, id string) (method string, one bool) {
	override := r.Header.Get("X-HTTP-Method-Override")
	if id != "" && r.Method == http.MethodPost && (override == http.MethodPatch || override == http.MethodDelete) {
		return override, true
	}
	return r.Method, id != ""
}

// describeUploads tells anybody what is possible here.
func (a *API) describeUploads(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", tusExtensions)
	h.Set("Tus-Max-Size", formatInt(a.App.MaxUpload))
	w.WriteHeader(http.StatusNoContent)
}

// uploader is who asks, anew for each request. That they may is looked at
// before anything else of it is.
func (a *API) uploader(r *http.Request) (talkit.Caller, error) {
	who, err := a.caller(r, uploadSchemes)
	if err != nil {
		return who, err
	}
	door.Of(r.Context()).Caller = who
	if err := a.App.MaySubmit(who); err != nil {
		return who, err
	}
	if r.URL.RawQuery != "" {
		return who, talkit.InvalidField("query", "must be empty here")
	}
	return who, checkEncoding(r)
}
