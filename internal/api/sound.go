package api

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
	"talkit/internal/app"
)

// sandbox keeps what strangers sent from doing anything in a browser.
const sandbox = "default-src 'none'; sandbox"

// soundOperation documents an answer of stored sound with ranges (RFC 9110, section 14).
func soundOperation(path, tag, summary string, schemes ...app.Scheme) huma.Operation {
	op := operation(http.MethodGet, path, tag, summary, "Fetch the sound, whole or in ranges", schemes...)
	whole := binary("The sound", talkit.SoundTypes...)
	part := binary("A part of the sound", slices.Concat(talkit.SoundTypes, []string{"multipart/byteranges"})...)
	op.Responses = map[string]*huma.Response{"200": whole, "206": part,
		"304": {Description: "Not changed since If-Modified-Since"}, "412": {Description: "Changed since If-Unmodified-Since"}, "416": {Description: "No such range"}}
	for _, response := range op.Responses {
		response.Headers = headers("Accept-Ranges", "bytes", "Content-Range", "With 206 and 416", "Last-Modified", "When it was submitted",
			"Content-Disposition", "attachment, with a file name for the person whose it is", "Content-Security-Policy", sandbox)
	}
	return op
}

// opener opens sound that the caller may hear, or says why not.
type opener func(ctx context.Context, who talkit.Caller, id int64) (app.Sound, error)

// sendSound answers with stored sound, as an attachment of a type out of our
// fixed list.
func (a *API) sendSound(ctx context.Context, who talkit.Caller, id int64, open opener) (*huma.StreamResponse, error) {
	sound, err := open(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer sound.Close()
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", sound.ContentType)
		h.Set("Content-Disposition", soundDisposition(sound, id))
		h.Set("Content-Security-Policy", sandbox)
		content := &guarded{ReadSeeker: sound, checked: time.Now(), control: http.NewResponseController(w),
			permitted: func() error { return a.stillHeard(ctx, id, open) }}
		http.ServeContent(&rangeProblems{ResponseWriter: w, r: r}, r, "", sound.ChangedOn.Std(), content)
	}}, nil
}

// soundDisposition names the file for the person whose it is alone.
func soundDisposition(sound app.Sound, id int64) string {
	if !sound.Own {
		return "attachment"
	}
	return attachment(sound.Title, id, talkit.SoundExtension(sound.ContentType))
}

// stillHeard looks whether the caller may still hear what they are being sent:
// it can have been withdrawn or erased, as well as the credential or a
// permission.
func (a *API) stillHeard(ctx huma.Context, id int64, open opener) error {
	r, _ := humago.Unwrap(ctx)
	who, err := a.stillCaller(r.Context(), r, ctx.Operation())
	if err != nil {
		return err
	}
	sound, err := open(r.Context(), who, id)
	if err != nil {
		return err
	}
	return sound.Close()
}

// guarded is sound on its way to a client: it ends soon after the permission
// does, and for a client that no longer reads.
type guarded struct {
	io.ReadSeeker
	control   *http.ResponseController
	permitted func() error
	checked   time.Time
}

func (g *guarded) Read(p []byte) (int, error) {
	now := time.Now()
	if now.Sub(g.checked) > permitEvery {
		if err := g.permitted(); err != nil {
			return 0, err
		}
		g.checked = now
	}
	g.control.SetWriteDeadline(now.Add(answerTime))
	return g.ReadSeeker.Read(p)
}

// rangeProblems answers 416 and 412 as problems instead of net/http's plain text.
type rangeProblems struct {
	http.ResponseWriter
	r       *http.Request
	instead bool
}

func (w *rangeProblems) WriteHeader(status int) {
	if status < 400 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.instead = true
	w.Header().Del("Content-Disposition")
	w.Header().Del("Content-Length")
	w.Header().Set("Cache-Control", "no-store") // net/http takes it from errors
	p := newProblem(w.r.Context(), rangeNotSatisfiable, "The sound has no such range; Content-Range says how long it is.")
	if status != http.StatusRequestedRangeNotSatisfiable {
		p = newProblem(w.r.Context(), preconditionFailed, "The sound was changed since.")
	}
	p.write(w.ResponseWriter)
}

func (w *rangeProblems) Write(b []byte) (int, error) {
	if w.instead {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// logo serves a plugin's picture, to everyone.
func (a *API) logo(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("folder") + "/" + r.PathValue("name")
	if !utf8.ValidString(key) || strings.ContainsRune(key, 0) { // not each database takes that
		unknownPath(w, r)
		return
	}
	picture, err := a.App.Logo(r.Context(), key)
	if err != nil {
		p := problem(r.Context(), err)
		note(r.Context(), p)
		p.write(w)
		return
	}
	defer picture.Close()
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Security-Policy", sandbox)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", talkit.Time(0).Std(), picture)
}
