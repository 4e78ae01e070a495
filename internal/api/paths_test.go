package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"talkit/internal/app"
	"talkit/internal/door"
)

// TestUncleanPaths are answered as unknown ones: net/http would redirect them.
func TestUncleanPaths(t *testing.T) {
	t.Parallel()
	a, err := New(Options{App: &app.App{}, Door: door.Door{Log: slog.New(slog.DiscardHandler), Proxies: nobody{}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"//plugins", "/plugins/../transcripts", "/plugins/", "/./plugins", "/logos/%00/x", "/logos/x/%ff"} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://talkit.test"+path, nil))
		if w.Code != http.StatusNotFound || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s", path, w.Code, w.Header())
		}
	}
}

type nobody struct{}

func (nobody) Trusts(string) bool { return false }
