package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/auth"
	"talkit/internal/door"
	"talkit/internal/store/storetest"
)

// stuttering is a streamed input that breaks off until it is whole.
type stuttering struct {
	Content string
	whole   bool
}

func (s *stuttering) read(context.Context, *API, bool) error {
	if !s.whole {
		s.Content = "a part"
		return readError(errors.New("the connection broke"))
	}
	s.Content = "all of it"
	return nil
}

func (s *stuttering) discard(context.Context, *API) {}

// TestBrokenOffIsNotKept: a request that did not come whole can be sent again
// with its Idempotency-Key, which is what the key is for.
func TestBrokenOffIsNotKept(t *testing.T) {
	t.Parallel()
	sealer, err := auth.NewSealer(strings.Repeat("k", auth.MinSecretKey))
	if err != nil {
		t.Fatal(err)
	}
	a := &API{Options: Options{App: &app.App{DB: storetest.Open(t, storetest.SQLite(t)), Sealer: sealer, Log: slog.New(slog.DiscardHandler)}, Door: door.Door{Log: slog.New(slog.DiscardHandler)}}}
	handled := 0
	h := onceOnly(a, huma.Operation{Method: http.MethodPost}, func(context.Context, talkit.Caller, *stuttering) (*empty, error) {
		handled++
		return &empty{}, nil
	})
	r := httptest.NewRequest(http.MethodPost, "/recordings", nil)
	r.Header.Set("Idempotency-Key", "a key")
	ctx := door.With(t.Context(), &door.Exchange{R: r, W: httptest.NewRecorder()})
	if _, err := h(ctx, talkit.Caller{}, &stuttering{}); talkit.KindOf(err) != talkit.Malformed {
		t.Errorf("broken off: %v", err)
	}
	for range 2 {
		if _, err := h(ctx, talkit.Caller{}, &stuttering{whole: true}); err != nil {
			t.Errorf("sent again, whole: %v", err)
		}
	}
	if handled != 1 {
		t.Errorf("handled %d times", handled)
	}
}
