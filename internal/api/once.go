package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// permitted is met by inputs of operations on a thing: whether the caller may
// see it is looked at before an answer is repeated.
type permitted interface {
	permitted(ctx context.Context, a *app.App, who talkit.Caller) error
}

// streamed is met by inputs whose content is read by the handler: read reads
// it all, storing it only for the first request.
type streamed interface {
	read(ctx context.Context, a *API, store bool) error
	discard(ctx context.Context, a *API)
}

// onceOnly honours Idempotency-Key: the first request's answer is given to
// every later one with the same key and content.
func onceOnly[I, O any](a *API, op huma.Operation, h handler[I, O]) handler[I, O] {
	return func(ctx context.Context, who talkit.Caller, in *I) (*O, error) {
		key := door.Of(ctx).R.Header.Get("Idempotency-Key")
		if key == "" {
			return readThen(ctx, a, who, in, h)
		}
		if p, ok := any(in).(permitted); ok {
			if err := p.permitted(ctx, a.App, who); err != nil {
				return nil, err
			}
		}
		once, err := a.App.Once(ctx, who, op.Method, door.Of(ctx).R.URL.Path, key)
		if err != nil {
			return nil, err
		}
		if once.Answered() {
			return repeat[I, O](ctx, a, once, in)
		}
		settled := false
		defer func() { // a body that broke off or a handler that panicked must not hold the key
			if !settled {
				once.Drop(context.WithoutCancel(ctx))
			}
		}()
		if err := readFirst(ctx, a, in); err != nil {
			return nil, err // what broke off may come whole with the same key
		}
		within := once.Within(ctx, fingerprint(in), func(result any) (app.KeptAnswer, error) { return keptAnswer(op, shape[O](a, result)) })
		out, err := handle(within, a, who, in, h)
		out, err = keep(ctx, once, op, in, out, err)
		settled = true
		return out, err
	}
}

func readThen[I, O any](ctx context.Context, a *API, who talkit.Caller, in *I, h handler[I, O]) (*O, error) {
	if err := readFirst(ctx, a, in); err != nil {
		return nil, err
	}
	return handle(ctx, a, who, in, h)
}

// readFirst reads and stores what an input streams.
func readFirst[I any](ctx context.Context, a *API, in *I) error {
	if s, ok := any(in).(streamed); ok {
		return s.read(ctx, a, true)
	}
	return nil
}

// handle runs h, and discards what was stored for it if it fails.
func handle[I, O any](ctx context.Context, a *API, who talkit.Caller, in *I, h handler[I, O]) (*O, error) {
	out, err := h(ctx, who, in)
	if s, ok := any(in).(streamed); ok && err != nil {
		s.discard(context.WithoutCancel(ctx), a)
	}
	return out, err
}

func repeat[I, O any](ctx context.Context, a *API, once *app.OnceOnly, in *I) (*O, error) {
	if s, ok := any(in).(streamed); ok {
		if err := s.read(ctx, a, false); err != nil {
			return nil, err
		}
	}
	answer, err := once.Repeat(fingerprint(in))
	if err != nil {
		return nil, err
	}
	door.Of(ctx).W.Header().Set("Idempotency-Replayed", "true")
	if answer.Status >= 400 {
		p := newProblem(ctx, talkit.Internal, "")
		err := json.Unmarshal(answer.Body, p)
		p.RequestID = requestID(ctx)
		if err != nil {
			return nil, err
		}
		return nil, p
	}
	out := new(O)
	return out, json.Unmarshal(answer.Body, out)
}

// keep ends the first request. A fault of the server is nobody's answer.
func keep[I, O any](ctx context.Context, once *app.OnceOnly, op huma.Operation, in *I, out *O, failed error) (*O, error) {
	ctx = context.WithoutCancel(ctx)
	answer, err := keptAnswer(op, out)
	if failed != nil {
		p := problem(ctx, failed)
		if answer.Status = p.Status; p.Status >= 500 {
			return out, firstError(failed, once.Drop(ctx))
		}
		answer.Body, err = json.Marshal(p)
	}
	if err == nil {
		err = once.Keep(ctx, fingerprint(in), answer)
	}
	return out, firstError(failed, err)
}

func keptAnswer[O any](op huma.Operation, out *O) (app.KeptAnswer, error) {
	body, err := json.Marshal(out)
	return app.KeptAnswer{Status: max(op.DefaultStatus, http.StatusOK), Body: body}, err
}

// located is met by answers that say where the thing is.
type located interface{ locate(a *API) }

// shape makes an operation's answer of what its use case returns.
func shape[O any](a *API, result any) *O {
	out := new(O)
	reflect.ValueOf(out).Elem().FieldByName("Body").Set(reflect.ValueOf(result))
	if l, ok := any(out).(located); ok {
		l.locate(a)
	}
	return out
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fingerprint tells requests of other content apart, however they were written.
func fingerprint(in any) []byte {
	content, err := json.Marshal(in)
	if err != nil {
		panic(err) // inputs are plain structs
	}
	sum := sha256.Sum256(content)
	return sum[:]
}
