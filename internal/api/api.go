// Package api is the REST API: the routes in one list, credentials, and one
// file per tag of the published reference page. Its OpenAPI document is made
// from the handlers and their types.
package api

import (
	"context"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	tus "github.com/tus/tusd/v2/pkg/handler"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
	"talkit/internal/live"
)

// Options are what the API needs.
type Options struct {
	App       *app.App
	Door      door.Door
	MaxUpload int64                           // bytes of sound in one recording
	Ready     func(ctx context.Context) error // for /healthz
	Live      *live.Room                      // for words while they are spoken; nil for none
}

// API answers requests.
type API struct {
	Options
	huma       huma.API
	mux        *http.ServeMux
	closed     map[string]bool // patterns of the mux that nothing is at
	tus        *tus.UnroutedHandler
	sameOrigin *http.CrossOriginProtection // for requests that show a session
	streams    streams
	lives      *lives
}

// maxJSON is the largest JSON body that is taken, but for a person's text.
const (
	maxJSON     = 1 << 20
	maxTextJSON = 16 << 20
)

var setProblems sync.Once // huma.NewError is a global

// New makes the API with all its routes.
func New(options Options) (*API, error) {
	setProblems.Do(func() {
		huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
			return humaProblem(ctx.Context(), status, message, errs...)
		}
		huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
			return humaProblem(context.Background(), status, message, errs...)
		}
	})
	a := &API{Options: options, mux: http.NewServeMux(), closed: map[string]bool{}, sameOrigin: http.NewCrossOriginProtection(), lives: newLives()}
	if options.App.Wire.URL != "" {
		if err := a.sameOrigin.AddTrustedOrigin(options.App.Wire.URL); err != nil {
			return nil, err
		}
	}
	var err error
	if a.tus, err = newTus(); err != nil {
		return nil, err
	}
	a.huma = humago.New(a.mux, document())
	a.huma.UseMiddleware(a.authenticate, a.checkBody)
	a.routes()
	if err := a.serveDocuments(); err != nil {
		return nil, err
	}
	a.mux.HandleFunc("GET /healthz", a.health)
	a.mux.HandleFunc("GET /logos/{folder}/{name}", a.logo)
	a.mux.HandleFunc("/", a.nothingHere)
	return a, nil
}

// routes is every operation of the API.
func (a *API) routes() {
	a.userRoutes()
	a.transcriptRoutes()
	a.pluginRoutes()
	a.installationRoutes()
	a.webhookRoutes()
	a.recordingRoutes()
	a.documentUploads()
	a.liveRoute()
	a.crmRoutes()
	a.openAIRoutes()
	a.vocabularyRoutes()
	a.settingsRoutes()
}

// handler is an operation: who asks, with what.
type handler[I, O any] func(ctx context.Context, who talkit.Caller, in *I) (*O, error)

// register adds an operation to the API and its document.
func register[I, O any](a *API, op huma.Operation, h handler[I, O]) {
	if op.Method == http.MethodPost {
		h = onceOnly(a, op, h)
	}
	huma.Register(a.huma, complete(op), func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, door.Of(ctx).Caller, in)
		if err != nil {
			p := problem(ctx, err)
			note(ctx, p)
			return nil, p.answer()
		}
		return out, nil
	})
	finish(a.huma.OpenAPI(), op)
}

// methods are those of operations.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// getOnly keeps the other methods of a path from being taken for those of one
// with a parameter: events is no id of a recording.
func (a *API) getOnly(path string) {
	for _, method := range methods[1:] {
		a.closed[method+" "+path] = true
		a.mux.HandleFunc(method+" "+path, a.nothingHere)
	}
}

// nothingHere answers for paths and methods that are not there.
func (a *API) nothingHere(w http.ResponseWriter, r *http.Request) {
	var allowed string
	for _, method := range methods {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "/" && pattern != "" && !a.closed[pattern] {
			allowed += ", " + method
		}
	}
	if allowed == "" {
		unknownPath(w, r)
		return
	}
	w.Header().Set("Allow", allowed[2:])
	newProblem(r.Context(), methodNotAllowed, "This address takes "+allowed[2:]+".").write(w)
}

func unknownPath(w http.ResponseWriter, r *http.Request) {
	newProblem(r.Context(), talkit.NotFound, "There is nothing at this address. The operations are at /docs.").write(w)
}

func (a *API) health(w http.ResponseWriter, r *http.Request) {
	if err := a.Ready(r.Context()); err != nil {
		p := problem(r.Context(), err)
		note(r.Context(), p)
		p.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`{"status":"ok"}`))
}
