package api

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"talkit"
	"talkit/internal/telemetry"
)

// exchange is a request on its way through the API, with what its one log
// line is made from.
type exchange struct {
	r      *http.Request
	w      http.ResponseWriter
	caller talkit.Caller
	err    error
}

type exchangeKey struct{}

// exchangeOf is the exchange that ctx belongs to, an empty one outside of any.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// note keeps an error for the request's log line.
func note(ctx context.Context, err error) { exchangeOf(ctx).err = err }

func requestID(ctx context.Context) string { return telemetry.RequestID(ctx) }

const (
	bodyTime   = 30 * time.Second // how long a body may take that is not a stream
	answerTime = time.Minute      // how long a client may take to read on
)

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	id := telemetry.NewRequestID()
	seen := newRecorder(w)
	x := &exchange{w: seen}
	r = r.WithContext(context.WithValue(telemetry.WithRequestID(r.Context(), id), exchangeKey{}, x))
	x.r = r
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	seen.control.SetWriteDeadline(time.Time{}) // the last request's on this connection
	defer func() {
		a.recovered(seen, r, recover())
		seen.end()
		a.logRequest(x, seen, began)
	}()
	if r.URL.Path != path.Clean(r.URL.Path) { // ServeMux would redirect, with a page of its own
		unknownPath(seen, r)
		return
	}
	a.mux.ServeHTTP(seen, r)
}

// recovered answers for a handler that panicked, if it had not begun to.
func (a *API) recovered(w *recorder, r *http.Request, v any) {
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	err := fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	note(r.Context(), err)
	if w.status == 0 {
		problem(r.Context(), err).write(w)
	}
}

// logRequest writes the one line of a request. It says nothing of what was
// sent or answered: no header, no query, no text.
func (a *API) logRequest(x *exchange, w *recorder, began time.Time) {
	r := x.r
	fields := []slog.Attr{
		slog.String("method", r.Method), slog.String("route", route(r)), slog.Int("status", w.status),
		slog.Int64("bytes", w.bytes), slog.String("remote", a.remote(r)),
	}
	if x.caller.Kind != "" {
		fields = append(fields, slog.String("caller", string(x.caller.Kind)), slog.Int64("user_id", x.caller.UserID))
	}
	if i := x.caller.Installation; i != nil {
		fields = append(fields, slog.Int64("installation_id", i.ID))
	}
	err := x.err
	if w.status < 500 && err != nil { // the caller's mistake, not a fault
		fields = append(fields, slog.String("refused", err.Error()))
		err = nil
	}
	telemetry.Wide(r.Context(), a.Log, "request", began, err, fields...)
}

// route is the pattern that matched; a path could hold anything.
func route(r *http.Request) string {
	_, pattern, found := strings.Cut(r.Pattern, " ")
	if !found {
		return "none"
	}
	return pattern
}

// remote is the address of who asks: the connection's, or what a trusted
// proxy says of it.
func (a *API) remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.TrustedProxies.Trusts(host); i-- {
		hop := net.ParseIP(strings.TrimSpace(hops[i]))
		if hop == nil {
			break
		}
		host = hop.String()
	}
	return host
}
