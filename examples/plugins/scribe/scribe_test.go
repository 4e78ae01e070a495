package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"talkit/internal/auth"
	"talkit/internal/webhook"
	"talkit/wire"
)

const uuid = "0b8f6f0e-8f0a-4c37-9a55-1d5f4f1f5c11"

// setup makes a scribe of a server that has so many transcripts, and counts
// the lists it asks for.
func setup(t *testing.T, transcripts int) (s *scribe, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.FormValue("after_id"))
		after, _ := strconv.Atoi(r.FormValue("after_id"))
		list := wire.List[wire.Transcript]{Data: []wire.Transcript{}}
		for id := after + 1; id <= transcripts; id++ {
			list.Data = append(list.Data, wire.Transcript{ID: strconv.Itoa(id)})
		}
		json.NewEncoder(w).Encode(list)
	}))
	t.Cleanup(server.Close)
	seen, err := openCursors(filepath.Join(t.TempDir(), "scribe.json"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &scribe{server.URL, "tk_secret_x", auth.NewWebhookSecret(), seen, make(chan string, 1)}, asked
}

func TestReadKeepsItsPlace(t *testing.T) {
	t.Parallel()
	s, asked := setup(t, 3)
	s.read(t.Context(), uuid)
	again, err := openCursors(s.seen.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.seen = again // as after a restart
	s.readAll(t.Context())
	if got := strings.Join(*asked, " "); got != " 3" {
		t.Errorf("asked for what is after %q, want the beginning, then 3", got)
	}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	s, _ := setup(t, 0)
	body := `{"id":"evt_1","type":"transcript.completed","plugin_installation_uuid":"` + uuid + `","data":{}}`
	for _, c := range []struct {
		secret string
		want   int
	}{
		{auth.NewWebhookSecret(), http.StatusUnauthorized},
		{s.webhookSecret, http.StatusOK},
		{s.webhookSecret, http.StatusServiceUnavailable}, // nobody has looked yet
	} {
		request := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
		header, err := webhook.Signature("evt_1", time.Now(), []byte(body), c.secret)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		answer := httptest.NewRecorder()
		s.receive(answer, request)
		if answer.Code != c.want {
			t.Errorf("answered %d, want %d", answer.Code, c.want)
		}
	}
	if got := <-s.look; got != uuid {
		t.Errorf("looks at %s", got)
	}
}
