package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"talkit/wire"
)

// setup starts a server that answers with handle, and a client of it.
func setup(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return New(server.URL+"/", DeveloperKey("dev_1"))
}

// echo answers every request with an object that says what was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	asked := strings.TrimSpace(r.Method + " " + r.RequestURI + " " + r.Header.Get("Content-Type") + " " + string(body))
	if r.Header.Get("Authorization") != "Bearer dev_1" {
		asked = "without its credential"
	}
	json.NewEncoder(w).Encode(map[string]any{"first_name": asked, "name": asked, "uuid": asked, "value": asked, "data": []map[string]string{
		{"name": asked, "uuid": asked, "uri": asked, "text": asked},
	}})
}

func TestOperations(t *testing.T) {
	t.Parallel()
	c, ctx := setup(t, echo), t.Context()
	page := Page{Limit: 5, AfterID: "7"}
	for want, ask := range map[string]func() (any, error){
		"GET /users/3":                                func() (any, error) { v, err := c.User(ctx, 3); return v.FirstName, err },
		"GET /installation":                           func() (any, error) { v, err := c.Installation(ctx); return v.UUID, err },
		"GET /transcripts?after_id=7&limit=5":         func() (any, error) { v, err := c.Transcripts(ctx, page); return v.Data[0].Name, err },
		"GET /transcripts":                            func() (any, error) { v, err := c.Transcripts(ctx, Page{}); return v.Data[0].Name, err },
		"GET /transcripts/4":                          func() (any, error) { v, err := c.Transcript(ctx, "4"); return v.Name, err },
		"GET /transcripts/..%2Fplugins":               func() (any, error) { v, err := c.Transcript(ctx, "../plugins"); return v.Name, err },
		"GET /transcripts/4/segments":                 func() (any, error) { v, err := c.Segments(ctx, "4"); return v[0].Text, err },
		"GET /plugins?after_id=7&limit=5":             func() (any, error) { v, err := c.Plugins(ctx, page); return v.Data[0].Name, err },
		"GET /plugins/2":                              func() (any, error) { v, err := c.Plugin(ctx, 2); return v.Name, err },
		"GET /plugins/2/installations?limit=1":        func() (any, error) { v, err := c.Installations(ctx, 2, Page{Limit: 1}); return v.Data[0].UUID, err },
		"GET /plugins/2/webhooks?after_id=7&limit=5":  func() (any, error) { v, err := c.Webhooks(ctx, 2, page); return v.Data[0].URI, err },
		secretKeyAsked("/plugins/2/secret_keys", "k"): func() (any, error) { v, err := c.CreateSecretKey(ctx, 2, "k"); return v.Value, err },
	} {
		if got, err := ask(); err != nil || got != want {
			t.Errorf("asked %v, %v; want %s", got, err, want)
		}
	}
}

func secretKeyAsked(path, description string) string {
	return "POST " + path + ` application/json {"description":"` + description + `"}`
}

// numbers serves a list of the ids 1 to total at any path.
func numbers(total int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.Atoi(r.FormValue("limit"))
		after, _ := strconv.Atoi(r.FormValue("after_id"))
		var items []any
		for id := after + 1; id <= min(after+limit, total); id++ {
			if r.URL.Path == "/transcripts" {
				items = append(items, wire.Transcript{ID: strconv.Itoa(id)})
			} else {
				items = append(items, wire.User{ID: int64(id)})
			}
		}
		json.NewEncoder(w).Encode(wire.List[any]{HasMore: after+limit < total, TotalCount: int64(total), Data: items})
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	c, ctx := setup(t, numbers(250)), t.Context()
	var seen []string
	for transcript, err := range c.AllTranscripts(ctx, "10") {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, transcript.ID)
	}
	if len(seen) != 240 || seen[0] != "11" || seen[239] != "250" {
		t.Errorf("saw %d: %v", len(seen), seen)
	}
	count := 0
	for range c.AllPlugins(ctx) {
		count++
	}
	for range c.AllInstallations(ctx, 1) {
		count++
	}
	for range c.AllWebhooks(ctx, 1) {
		count++
	}
	if count != 750 {
		t.Errorf("saw %d, want 3 times 250", count)
	}
	for transcript := range c.AllTranscripts(ctx, "") {
		if transcript.ID == "3" {
			break
		}
	}
}

func TestAllEndsWithItsError(t *testing.T) {
	t.Parallel()
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("after_id") == "" {
			numbers(250)(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	count, failures := 0, 0
	for _, err := range c.AllPlugins(t.Context()) {
		if err != nil {
			failures++
			continue
		}
		count++
	}
	if count != 100 || failures != 1 {
		t.Errorf("%d items and %d errors, want 100 and 1", count, failures)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body  string
		want  Error
		words string
	}{
		{`{"type":"/problems/invalid","title":"Unprocessable","status":422,"detail":"A value is not acceptable.","errors":[{"location":"query.limit","message":"must be 1 to 100"}]}`,
			Error{Type: "/problems/invalid", Title: "Unprocessable", Status: 422, Detail: "A value is not acceptable.",
				Errors: []FieldError{{"query.limit", "must be 1 to 100"}}},
			"talkit: 422 Unprocessable: A value is not acceptable."},
		{`<html>Bad Gateway</html>`, Error{Type: "about:blank", Title: "Bad Gateway", Status: 502}, "talkit: 502 Bad Gateway"},
		{``, Error{Type: "about:blank", Title: "Too Many Requests", Status: 429, RetryAfter: 7 * time.Second}, "talkit: 429 Too Many Requests"},
		{`{"status":200,"title":7}`, Error{Type: "about:blank", Title: "Not Found", Status: 404}, "talkit: 404 Not Found"},
	} {
		client := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.want.RetryAfter > 0 {
				w.Header().Set("Retry-After", fmt.Sprint(c.want.RetryAfter.Seconds()))
			}
			w.WriteHeader(c.want.Status)
			io.WriteString(w, c.body)
		})
		_, err := client.Plugin(t.Context(), 1)
		problem, ok := errors.AsType[*Error](err)
		if !ok || !reflect.DeepEqual(*problem, c.want) || err.Error() != c.words {
			t.Errorf("got %+v (%v), want %+v", problem, err, c.want)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	c := setup(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"id":`) })
	if _, err := c.Plugin(t.Context(), 1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half an answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Plugin(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if _, err := New("https://a b", DeveloperKey("")).Plugin(t.Context(), 1); err == nil {
		t.Error("an address that is none: no error")
	}
}
