package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"talkit"
)

func TestStreamsAreFew(t *testing.T) {
	t.Parallel()
	a, who := &API{}, talkit.Caller{Kind: talkit.CallerUser, UserID: 1}
	r := httptest.NewRequest(http.MethodGet, "/recordings/events", nil)
	begin := func(who talkit.Caller) (end func(), status int) {
		w := httptest.NewRecorder()
		end, _ = a.mayStream(w, r, who)
		return end, w.Code
	}
	var ends []func()
	for range maxStreams {
		end, status := begin(who)
		if status != http.StatusOK {
			t.Fatal(status)
		}
		ends = append(ends, end)
	}
	if _, status := begin(who); status != http.StatusTooManyRequests {
		t.Errorf("one more: %d", status)
	}
	other, status := begin(talkit.Caller{Kind: talkit.CallerUser, UserID: 2})
	if status != http.StatusOK {
		t.Errorf("another person's: %d", status)
	}
	ends[0]()
	again, status := begin(who)
	if status != http.StatusOK {
		t.Errorf("after one ended: %d", status)
	}
	for _, end := range append(ends[1:], again, other) {
		end()
	}
	if len(a.streams.open) != 0 {
		t.Errorf("%v are counted still", a.streams.open)
	}
}
