// Package receiver tests the plugin in Node, and the code of the guide for
// plugin authors, against what the server really signs and accepts.
package receiver

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"talkit/internal/auth"
	"talkit/internal/webhook"
)

const (
	uuid = "0b8f6f0e-8f0a-4c37-9a55-1d5f4f1f5c11"
	body = `{"id":"evt_1","type":"transcript.completed","created_on":"2026-01-01T00:00:00.000Z","plugin_installation_uuid":"` + uuid +
		`","data":{"id":"7","text":"Grüße – 𝄞"}}`
)

// program returns a program's path, or leaves the test out.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatalf("%s is missing: scripts/need installs it", name)
	} else if err != nil {
		t.Skipf("left out: needs %s (make test installs it)", name)
	}
	return path
}

// signed is a webhook of the server's making.
func signed(t *testing.T, uri, secret string, at time.Time) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, uri, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if request.Header, err = webhook.Signature("evt_1", at, []byte(body), secret); err != nil {
		t.Fatal(err)
	}
	return request
}

// TestReceiver sends webhooks to the running example and waits for what it
// says of them.
func TestReceiver(t *testing.T) {
	t.Parallel()
	node := program(t, "node")
	secretKey, _, _ := auth.NewKey(auth.SecretKeyPrefix)
	secret := auth.NewWebhookSecret()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := auth.ParseToken(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if err == nil {
			err = token.Verify([][]byte{[]byte(secretKey)}, time.Now())
		}
		if err != nil || token.InstallationUUID != uuid || r.URL.Path != "/transcripts/7" {
			t.Errorf("asked for %s with %v: %v", r.URL.Path, token.InstallationUUID, err)
		}
		io.WriteString(w, `{"id":"7","text":"Grüße – 𝄞"}`)
	}))
	defer api.Close()
	address := freeAddress(t)
	lines := start(t, exec.CommandContext(t.Context(), node, "receiver.mjs"),
		"TALKIT_URL="+api.URL, "PORT="+port(address), "SECRET_KEY="+secretKey, "WEBHOOK_SECRET="+secret)

	for _, attempt := range []struct {
		request *http.Request
		want    int
	}{
		{signed(t, address, auth.NewWebhookSecret(), time.Now()), http.StatusUnauthorized},
		{signed(t, address, secret, time.Now().Add(-time.Hour)), http.StatusUnauthorized},
		{signed(t, address, secret, time.Now()), http.StatusNoContent},
		{signed(t, address, secret, time.Now()), http.StatusNoContent}, // again: nothing more is said
	} {
		if got := send(t, attempt.request); got != attempt.want {
			t.Errorf("answered %d, want %d", got, attempt.want)
		}
	}
	for _, want := range []string{"verified webhook evt_1 transcript.completed", "transcript 7  Grüße – 𝄞"} {
		if got := <-lines; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "http://" + listener.Addr().String()
}

func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }

// start runs a program until the test ends, and gives the lines it prints.
func start(t *testing.T, command *exec.Cmd, env ...string) <-chan string {
	t.Helper()
	command.Env = append(os.Environ(), env...)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Wait() }) // the test's context, which has ended by then, kills it
	lines := make(chan string, 10)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}

// send tries until the receiver listens.
func send(t *testing.T, request *http.Request) int {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		request.Body = io.NopCloser(bytes.NewReader([]byte(body)))
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			return response.StatusCode
		}
		if time.Now().After(deadline) {
			t.Fatalf("the receiver does not listen: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
