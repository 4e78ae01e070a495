package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// authenticate makes a Caller of the request's credential, of a scheme that
// the operation accepts.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	who, err := a.caller(r, schemesOf(ctx.Operation()))
	if err != nil {
		p := problem(r.Context(), err)
		note(r.Context(), p)
		p.write(w)
		return
	}
	door.Of(r.Context()).Caller = who
	next(ctx)
}

// caller makes a Caller of a bearer credential. Where a person's own key is
// accepted, so is the session of a browser, from our own pages alone.
func (a *API) caller(r *http.Request, accepted []app.Scheme) (talkit.Caller, error) {
	session := door.Session(r, a.App.Wire.URL)
	if session != "" && r.Header.Get("Authorization") == "" && slices.Contains(accepted, app.UserKey) {
		if err := a.sameOrigin.Check(r); err != nil {
			return talkit.Caller{}, talkit.Errorf(talkit.Forbidden, "A session is for our own pages alone. Use a user key elsewhere.").Because(err)
		}
		return a.App.SessionCaller(r.Context(), session, a.Door.Remote(r))
	}
	credential, err := bearer(r)
	if err != nil {
		return talkit.Caller{}, err
	}
	return a.App.Authenticate(r.Context(), credential, accepted, a.Door.Remote(r))
}

// bearer reads the one Authorization header (RFC 6750, section 2.1).
func bearer(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 1 {
		scheme, credential, found := strings.Cut(headers[0], " ")
		credential = strings.TrimLeft(credential, " ")
		if found && strings.EqualFold(scheme, "Bearer") && credential != "" {
			return credential, nil
		}
	}
	p := newProblem(r.Context(), talkit.Unauthenticated, "This operation needs a credential: send Authorization: Bearer with it.")
	p.header.Set("WWW-Authenticate", `Bearer realm="talkit"`)
	return "", p
}

func schemesOf(op *huma.Operation) []app.Scheme {
	var schemes []app.Scheme
	for _, alternative := range op.Security {
		for name := range alternative {
			schemes = append(schemes, app.Scheme(name))
		}
	}
	return schemes
}

// stillCaller looks at a stream's credential again: who asks, with what is
// granted to them now.
func (a *API) stillCaller(ctx context.Context, r *http.Request, op *huma.Operation) (talkit.Caller, error) {
	return a.caller(r.WithContext(ctx), schemesOf(op))
}
