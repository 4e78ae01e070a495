package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"talkit/client"
	"talkit/wire"
)

// killAnswer is what the server answered.
type killAnswer struct {
	Status int
	Header http.Header
	Body   []byte
}

// problem is the kind of an RFC 9457 problem, "" where it is none.
func (a killAnswer) problem(t *testing.T) string {
	t.Helper()
	if a.Header.Get("Content-Type") != "application/problem+json" {
		return ""
	}
	p := killJSON[struct{ Type, Detail string }](t, a.Body)
	if p.Detail == "" {
		t.Errorf("a problem without a word: %s", a.Body)
	}
	return strings.TrimPrefix(p.Type, "urn:talkit:problem:")
}

// ask makes a request with JSON; an error says that nobody answered.
func (s *killServer) ask(ctx context.Context, method, path, key, body string) (killAnswer, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return killAnswer{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return killDo(request, key)
}

func killDo(request *http.Request, key string) (killAnswer, error) {
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return killAnswer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return killAnswer{response.StatusCode, response.Header, content}, err
}

// call is ask for what must go well.
func (s *killServer) call(method, path, key, body string) []byte {
	s.t.Helper()
	answer, err := s.ask(s.t.Context(), method, path, key, body)
	if err != nil || answer.Status >= 300 {
		s.t.Fatalf("%s %s: %v, %d %s", method, path, err, answer.Status, answer.Body)
	}
	return answer.Body
}

// user makes a person and returns their key.
func (s *killServer) user(email string) (key string) {
	s.t.Helper()
	s.talkit("user", "create", "--email", email, "--first-name", "Ada", "--last-name", "Byron", "--developer")
	return s.talkit("key", "create", "--user", email, "--kind", "user")
}

// recording is how far one has come.
func (s *killServer) recording(key string, id int64) wire.Recording {
	s.t.Helper()
	return killJSON[wire.Recording](s.t, s.call("GET", "/recordings/"+strconv.FormatInt(id, 10), key, ""))
}

// settled waits until a recording is completed, failed or in review.
func (s *killServer) settled(key string, id int64) (r wire.Recording) {
	s.t.Helper()
	killUntil(s.t, 3*time.Minute, fmt.Sprintf("recording %d is done with", id), func() bool {
		r = s.recording(key, id)
		return r.Status == "completed" || r.Status == "failed" || r.Status == "review"
	})
	return r
}

// text is the person's own view of what was recognised.
func (s *killServer) text(key string, id int64) wire.Transcript {
	s.t.Helper()
	return killJSON[wire.Transcript](s.t, s.call("GET", fmt.Sprintf("/recordings/%d/transcript", id), key, ""))
}

// submitted is the recording that an upload became.
func (s *killServer) submitted(key string, u killUpload) int64 {
	s.t.Helper()
	answer, err := s.submit(s.t.Context(), key, u)
	if err != nil || answer.Status != http.StatusAccepted {
		s.t.Fatalf("POST /recordings: %v, %d %s", err, answer.Status, answer.Body)
	}
	return killJSON[wire.Recording](s.t, answer.Body).ID
}

// killPlugin is a plugin with a webhook, installed for one person.
type killPlugin struct {
	client *client.Client // with a token of the installation
	secret string         // of its webhook
}

// plugin makes one for a person, who builds it and installs it too.
func (s *killServer) plugin(email, webhook string) killPlugin {
	s.t.Helper()
	key := s.talkit("key", "create", "--user", email, "--kind", "developer")
	made := killJSON[wire.Plugin](s.t, s.call("POST", "/plugins", key, `{"name":"Notes","description":"","permissions":{"transcript":"read"}}`))
	secretKey := killJSON[wire.PluginSecretKey](s.t, s.call("POST", fmt.Sprintf("/plugins/%d/secret_keys", made.ID), key, ""))
	hook := killJSON[wire.PluginWebhookWithSecret](s.t,
		s.call("POST", fmt.Sprintf("/plugins/%d/webhooks", made.ID), key, fmt.Sprintf(`{"uri":%q}`, webhook)))
	uuid := s.talkit("plugin", "install", "--plugin", strconv.FormatInt(made.ID, 10), "--user", email)
	return killPlugin{client.New(s.url, client.Installation(uuid, secretKey.Value)), hook.Secret}
}

// killReceiver starts a server of the test's own.
func killReceiver(t *testing.T, handle http.HandlerFunc) (url string) {
	receiver := httptest.NewServer(handle)
	t.Cleanup(receiver.Close)
	return receiver.URL
}

// killUpload is a recording to submit.
type killUpload struct {
	sound    io.Reader
	fields   map[string]string
	progress func(sent int) // told after each portion
}

// submit posts a recording, in portions.
func (s *killServer) submit(ctx context.Context, key string, u killUpload) (killAnswer, error) {
	var head bytes.Buffer
	const boundary = "a-boundary-of-the-test"
	for name, value := range u.fields {
		fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", boundary, name, value)
	}
	fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"note.wav\"\r\nContent-Type: audio/wav\r\n\r\n", boundary)
	body := io.MultiReader(&head, &killMeter{u.sound, 0, u.progress}, strings.NewReader("\r\n--"+boundary+"--\r\n"))
	request, err := http.NewRequestWithContext(ctx, "POST", s.url+"/recordings", body)
	if err != nil {
		return killAnswer{}, err
	}
	request.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	return killDo(request, key)
}

// killMeter tells how much was read.
type killMeter struct {
	io.Reader
	sent     int
	progress func(int)
}

func (m *killMeter) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p[:min(len(p), 16<<10)])
	m.sent += n
	if m.progress != nil {
		m.progress(m.sent)
	}
	return n, err
}
