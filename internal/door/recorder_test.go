package door

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// answered is what a client gets from a handler behind a recorder.
func answered(t *testing.T, handle http.HandlerFunc) (*http.Response, []byte) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := newRecorder(w)
		handle(seen, r)
		seen.end()
	}))
	t.Cleanup(server.Close)
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func TestAnAnswerGoesOutWhole(t *testing.T) {
	t.Parallel()
	response, body := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.Write(bytes.Repeat([]byte("a"), 30_000))
		w.Header().Set("Late", "but not too late")
		w.Write([]byte("b"))
	})
	if response.StatusCode != http.StatusAccepted || response.ContentLength != 30_001 || len(body) != 30_001 || body[30_000] != 'b' || response.Header.Get("Late") == "" {
		t.Errorf("%d, %d of %d bytes", response.StatusCode, len(body), response.ContentLength)
	}
}

func TestALongAnswerGoesOutAsItComes(t *testing.T) {
	t.Parallel()
	part := bytes.Repeat([]byte("0123456789"), 10_000)
	response, body := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 5 {
			w.Write(part)
		}
	})
	if response.StatusCode != http.StatusOK || response.ContentLength != -1 || !bytes.Equal(body, bytes.Repeat(part, 5)) {
		t.Errorf("%d, %d of %d bytes", response.StatusCode, len(body), response.ContentLength)
	}
}

func TestAFlushedAnswerGoesOutAtOnce(t *testing.T) {
	t.Parallel()
	response, body := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		control := http.NewResponseController(w)
		for range 2 {
			w.Write([]byte("event"))
			if err := control.Flush(); err != nil {
				t.Error(err)
			}
		}
		if held := w.(*recorder).held; held != nil {
			t.Error("something is held back after a flush")
		}
	})
	if response.ContentLength != -1 || string(body) != "eventevent" {
		t.Errorf("%d bytes: %s", response.ContentLength, body)
	}
}

func TestAnAnswerWithoutABody(t *testing.T) {
	t.Parallel()
	response, body := answered(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if response.StatusCode != http.StatusNoContent || len(body) != 0 {
		t.Errorf("%d with %d bytes", response.StatusCode, len(body))
	}
}
