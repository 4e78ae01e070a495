// Package telemetry says what happens: one wide log line for each request, job
// and delivery attempt, with every field.
package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"talkit"
)

// NewLogger writes log lines to w: format is "text" or "json", and "" chooses
// text for a terminal and JSON for all else.
func NewLogger(w io.Writer, format string) *slog.Logger {
	if format == "text" || (format == "" && isTerminal(w)) {
		return slog.New(slog.NewTextHandler(w, nil))
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// NewRequestID names one request, in its answer and in every line about it:
// "req_" and 128 random bits.
func NewRequestID() string { return "req_" + strings.ToLower(rand.Text()) }

type requestIDKey struct{}

// WithRequestID gives ctx the request's name, which Wide adds to its line.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID is the name that WithRequestID gave, "" outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Wide writes the one line about a piece of work that has just ended, what and
// how it ended last: fields, the time since began, and err with its kind. The
// level is Error for a fault of ours, Warn for what an operator can mend, else
// Info. Fields and errors must hold no credential, query string or text of a
// transcript.
func Wide(ctx context.Context, log *slog.Logger, what string, began time.Time, err error, fields ...slog.Attr) {
	if id := RequestID(ctx); id != "" {
		fields = append(fields, slog.String("request_id", id))
	}
	fields = append(fields, slog.Float64("duration_ms", float64(time.Since(began).Microseconds())/1000))
	if err != nil {
		fields = append(fields, slog.String("kind", string(talkit.KindOf(err))), slog.String("error", err.Error()))
	}
	log.LogAttrs(ctx, levelOf(err), what, fields...)
}

func levelOf(err error) slog.Level {
	if err == nil || errors.Is(err, context.Canceled) { // nobody waits for it any more
		return slog.LevelInfo
	}
	switch talkit.KindOf(err) {
	case talkit.Internal:
		return slog.LevelError
	case talkit.StorageFull, talkit.Unavailable:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
