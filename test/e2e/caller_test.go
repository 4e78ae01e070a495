package e2e_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"
)

// checked is an http.RoundTripper that fails its test when an answer is not
// as the server's documents say.
type checked struct {
	t    testing.TB
	site *site
}

// RoundTrip implements http.RoundTripper.
func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	log.hideRequest(r)
	response, err := c.site.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	var body []byte
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "text/event-stream" {
		body, err = io.ReadAll(response.Body)
		response.Body.Close()
		response.Body = io.NopCloser(bytes.NewReader(body))
	}
	for _, document := range c.site.documents {
		if undocumented := document.check(r, response, body); undocumented != nil {
			c.t.Errorf("%s %s answered %d, against OpenAPI %s: %v\n%.500s",
				r.Method, r.URL.Path, response.StatusCode, document.OpenAPI, undocumented, body)
		}
	}
	if response.Header.Get("X-Request-Id") == "" {
		c.t.Errorf("%s %s answered without X-Request-Id", r.Method, r.URL.Path)
	}
	return response, err
}

// caller is someone with a credential, "" for none.
type caller struct {
	t          testing.TB
	site       *site
	credential func() string
	header     http.Header
}

// as makes a caller of a bearer credential.
func (s *site) as(t testing.TB, credential string) caller {
	return caller{t: t, site: s, credential: func() string { return credential }}
}

// with adds a header to each request.
func (c caller) with(name, value string) caller {
	c.header = c.header.Clone()
	if c.header == nil {
		c.header = http.Header{}
	}
	c.header.Add(name, value)
	return c
}

// raw is a body that is sent as it is.
type raw struct {
	contentType string
	content     string
}

// do asks. A body that is not raw goes as JSON.
func (c caller) do(method, path string, body any) answer {
	c.t.Helper()
	a, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// try is do for those that may not run on the test's goroutine, or whose
// request may break off.
func (c caller) try(method, path string, body any) (answer, error) {
	response, err := c.ask(method, path, body)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{c.t, method + " " + path, response.StatusCode, response.Header, content}, err
}

// ask returns an answer that is still to be read.
func (c caller) ask(method, path string, body any) (*http.Response, error) {
	request, err := c.request(method, path, body)
	if err != nil {
		return nil, err
	}
	return checked{c.t, c.site}.RoundTrip(request)
}

func (c caller) request(method, path string, body any) (*http.Request, error) {
	content, contentType, err := encode(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.site.URL()+path, content)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if credential := c.credential(); credential != "" {
		request.Header.Set("Authorization", "Bearer "+credential)
	}
	for name, values := range c.header {
		request.Header[name] = values
	}
	return request, nil
}

func encode(body any) (content io.Reader, contentType string, err error) {
	switch body := body.(type) {
	case nil:
		return nil, "", nil
	case raw:
		return strings.NewReader(body.content), body.contentType, nil
	case io.Reader:
		return nil, "", errors.New("send a raw")
	}
	text, err := json.Marshal(body)
	return bytes.NewReader(text), "application/json", err
}

func (c caller) get(path string) answer { c.t.Helper(); return c.do(http.MethodGet, path, nil) }
func (c caller) post(path string, body any) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, body)
}
func (c caller) put(path string, body any) answer {
	c.t.Helper()
	return c.do(http.MethodPut, path, body)
}
func (c caller) patch(path string, body any) answer {
	c.t.Helper()
	return c.do(http.MethodPatch, path, body)
}
func (c caller) delete(path string) answer { c.t.Helper(); return c.do(http.MethodDelete, path, nil) }

// answer is one that was read whole.
type answer struct {
	t      testing.TB
	asked  string
	status int
	header http.Header
	body   []byte
}

// want ends the test unless the status is as wanted.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s answered %d, want %d: %.1000s", a.asked, a.status, status, a.body)
	}
	return a
}

// problem is an answer that says no.
type problem struct {
	Type, Title, Detail string
	Status              int
	Errors              []struct{ Location, Message string }
	RequestID           string `json:"request_id"`

	unseen bool // HEAD shows none
}

// refused wants a problem of a kind.
func (a answer) refused(status int, kind string) problem {
	a.t.Helper()
	a.want(status)
	if strings.HasPrefix(a.asked, http.MethodHead) {
		return problem{unseen: true}
	}
	if strings.Contains(a.asked, " /v1/") {
		return a.refusedAsOpenAI(kind)
	}
	p := read[problem](a)
	if p.Type != "urn:talkit:problem:"+kind || p.Status != status || p.Detail == "" || p.RequestID != a.header.Get("X-Request-Id") {
		a.t.Errorf("%s answered %s", a.asked, a.body)
	}
	return p
}

// refusedAsOpenAI wants the same in the form that OpenAI's clients know.
func (a answer) refusedAsOpenAI(kind string) problem {
	a.t.Helper()
	shown := read[struct {
		Error struct{ Message, Type, Code string }
	}](a).Error
	codes := map[string]string{"unauthenticated": "invalid_api_key", "invalid": "invalid_value", "unsupported": "invalid_value"}
	want := cmp.Or(codes[kind], kind)
	if kind == "not_found" && shown.Code == "model_not_found" {
		want = shown.Code
	}
	if shown.Code != want || shown.Message == "" || shown.Type == "" {
		a.t.Errorf("%s answered %s", a.asked, a.body)
	}
	return problem{Detail: shown.Message}
}

// names wants the words in the problem's detail.
func (p problem) names(t testing.TB, words string) {
	t.Helper()
	if !p.unseen && !strings.Contains(p.Detail, words) {
		t.Errorf("the problem says %q, want %q in it", p.Detail, words)
	}
}

// read reads the body of an answer.
func read[T any](a answer) T {
	a.t.Helper()
	var value T
	if err := json.Unmarshal(a.body, &value); err != nil {
		a.t.Fatalf("%s answered %.1000s: %v", a.asked, a.body, err)
	}
	return value
}
