// Package door is what the doors to the house share, the API and the pages:
// the way of a request through them, its one log line, and the session cookie.
package door

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"talkit"
	"talkit/internal/telemetry"
)

// AnswerTime is how long a client may take to read on.
const AnswerTime = time.Minute

// Door makes requests exchanges and notes how they ended.
type Door struct {
	Log     *slog.Logger
	Proxies interface{ Trusts(remote string) bool }
}

// Exchange is a request on its way through a door, with what its one log line
// is made from.
type Exchange struct {
	R      *http.Request
	W      http.ResponseWriter
	Caller talkit.Caller
	Err    error
}

type exchangeKey struct{}

// Of is the exchange that ctx belongs to, an empty one outside of any.
func Of(ctx context.Context) *Exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*Exchange); ok {
		return x
	}
	return &Exchange{}
}

// With gives ctx the exchange that it belongs to.
func With(ctx context.Context, x *Exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// Note keeps an error for the request's log line.
func Note(ctx context.Context, err error) { Of(ctx).Err = err }

// Serve takes a request through h. failed answers for an h that panicked
// before it had begun to.
func (d Door) Serve(w http.ResponseWriter, r *http.Request, h http.Handler, failed func(http.ResponseWriter, *http.Request, error)) {
	began := time.Now()
	id := telemetry.NewRequestID()
	seen := newRecorder(w)
	x := &Exchange{W: seen}
	r = r.WithContext(With(telemetry.WithRequestID(r.Context(), id), x))
	if r.Body != nil && r.Body != http.NoBody {
		seen.body = &watchedBody{ReadCloser: r.Body}
		r.Body = seen.body
	}
	x.R = r
	header := w.Header()
	header.Set("X-Request-Id", id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	seen.control.SetWriteDeadline(time.Time{}) // the last request's on this connection
	defer func() {
		recovered(seen, r, recover(), failed)
		seen.end()
		d.logRequest(x, seen, began)
	}()
	h.ServeHTTP(seen, r)
}

func recovered(w *recorder, r *http.Request, v any, failed func(http.ResponseWriter, *http.Request, error)) {
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	err := fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	Note(r.Context(), err)
	if w.status == 0 {
		failed(w, r, err)
	}
}

// logRequest writes the one line of a request. It says nothing of what was
// sent or answered: no header, no query, no text.
func (d Door) logRequest(x *Exchange, w *recorder, began time.Time) {
	r := x.R
	fields := []slog.Attr{
		slog.String("method", r.Method), slog.String("route", route(r)), slog.Int("status", w.status),
		slog.Int64("bytes", w.bytes), slog.String("remote", d.Remote(r)),
	}
	if x.Caller.Kind != "" {
		fields = append(fields, slog.String("caller", string(x.Caller.Kind)), slog.Int64("user_id", x.Caller.UserID))
	}
	if i := x.Caller.Installation; i != nil {
		fields = append(fields, slog.Int64("installation_id", i.ID))
	}
	err := x.Err
	if w.status < 500 && err != nil { // the caller's mistake, not a fault
		fields = append(fields, slog.String("refused", err.Error()))
		err = nil
	}
	telemetry.Wide(r.Context(), d.Log, "request", began, err, fields...)
}

// route is the pattern that matched; a path could hold anything.
func route(r *http.Request) string {
	_, pattern, found := strings.Cut(r.Pattern, " ")
	if !found {
		return "none"
	}
	return pattern
}

// Remote is the address of who asks: the connection's, or what a trusted
// proxy says of it.
func (d Door) Remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && d.Proxies.Trusts(host); i-- {
		hop := net.ParseIP(strings.TrimSpace(hops[i]))
		if hop == nil {
			break
		}
		host = hop.String()
	}
	return host
}
