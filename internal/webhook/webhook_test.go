package webhook

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"talkit"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// setup starts a receiver and a Sender that may reach it. The time limit is
// long: only tests of it set one.
func setup(t *testing.T, receive http.HandlerFunc) (*Sender, *httptest.Server) {
	t.Helper()
	server := httptest.NewUnstartedServer(receive)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	sender := NewSender(Options{Allow: loopback, Timeout: time.Minute})
	t.Cleanup(sender.Close)
	return sender, server
}

func request(uri string) Request {
	return Request{URI: uri, Key: "evt_1", Body: []byte(`{"id":"evt_1"}`), Secrets: []string{secret}}
}

func TestSend(t *testing.T) {
	t.Parallel()
	sender, server := setup(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Method, " ", r.URL.RequestURI(), " ", r.Header.Get("Content-Type"), " ", r.UserAgent(), " ",
			r.Header.Get("Accept-Encoding"), r.Header.Get("webhook-id"), " ", r.ContentLength, " ", string(body))
	})
	result := sender.Send(t.Context(), request(server.URL+"/hook?a=b"))
	want := `POST /hook?a=b application/json Talkit/1 evt_1 14 {"id":"evt_1"}`
	if !result.OK() || result.StatusCode != 200 || result.ResponseBody != want || result.Duration <= 0 {
		t.Errorf("got %+v, want 200 %s", result, want)
	}
}

func TestSendFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		receive    http.HandlerFunc
		status     int
		says       string
		retryAfter time.Duration
	}{
		{"gone", answer(410, nil), 410, "410 Gone", 0},
		{"too many", answer(429, http.Header{"Retry-After": {"120"}}), 429, "429 Too Many Requests", 2 * time.Minute},
		{"away", answer(503, http.Header{"Retry-After": {"99999999999999999999"}}), 503, "503", MaxRetryAfter},
		{"too large", answer(413, nil), 413, "413 Request Entity Too Large", 0},
		{"of its own", answer(599, nil), 599, "answered 599;", 0},
		{"redirect", answer(307, http.Header{"Location": {"http://169.254.169.254/"}}), 307, "redirect (307 Temporary Redirect), which is not followed", 0},
		{"redirect without a place", answer(304, nil), 304, "redirect", 0},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "closed before an answer", 0},
		{"speaks something else", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "220 mail.example ESMTP\r\n") }, 0, "failed before an answer", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sender, server := setup(t, c.receive)
			got := sender.Send(t.Context(), request(server.URL))
			if got.OK() || got.StatusCode != c.status || !strings.Contains(got.Error, c.says) || got.RetryAfter != c.retryAfter {
				t.Errorf("got %+v, want %d, %q, %v", got, c.status, c.says, c.retryAfter)
			}
		})
	}
}

func answer(status int, header http.Header) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
	}
}

func hijack(w http.ResponseWriter, say string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		io.WriteString(conn, say)
		conn.Close()
	}
}

func TestSendRefusals(t *testing.T) {
	t.Parallel()
	sender := NewSender(Options{Timeout: time.Minute})
	for uri, says := range map[string]string{
		"https://127.0.0.1:1/":       "resolves to an internal network address, which webhooks may not reach",
		"https://localhost:1/":       "resolves to an internal network address",
		"https://[::1]:1/":           "resolves to an internal network address",
		"https://169.254.169.254/":   "resolves to an internal network address",
		"http://127.0.0.1:1/":        "plain http is not allowed",
		"https://2130706433/":        "unusual form",
		"https://a b/":               "cannot be read",
		"https://[::1/":              "cannot be read",
		"https://hook.invalid.:80a/": "cannot be read",
	} {
		got := sender.Send(t.Context(), request(uri))
		if got.OK() || got.StatusCode != 0 || !strings.Contains(got.Error, says) || strings.Contains(got.Error, "127.") {
			t.Errorf("%s: %+v, want %q", uri, got, says)
		}
	}
	unsigned := request("https://127.0.0.1/")
	unsigned.Secrets = []string{"whsec_?"}
	if got := sender.Send(t.Context(), unsigned); !strings.Contains(got.Error, "secret cannot sign") {
		t.Errorf("a damaged secret: %+v", got)
	}
}

func TestNothingListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	sender := NewSender(Options{Allow: loopback})
	got := sender.Send(t.Context(), request("http://"+listener.Addr().String()))
	if got.OK() || !strings.Contains(got.Error, "refused: nothing listens") {
		t.Errorf("got %+v", got)
	}
}

func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	_, server := setup(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	sender := NewSender(Options{Allow: loopback, Timeout: 50 * time.Millisecond})
	if got := sender.Send(t.Context(), request(server.URL)); got.OK() || got.Error != "No answer came in time." {
		t.Errorf("too slow: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := sender.Send(ctx, request(server.URL)); got.OK() || !strings.Contains(got.Error, "interrupted on our side") {
		t.Errorf("stopped: %+v", got)
	}
}

// TestAnswersOfAnyLength: neither a flood nor a body that never ends holds
// memory, fails a delivery that was answered, or lasts past the limit.
func TestAnswersOfAnyLength(t *testing.T) {
	t.Parallel()
	var flooded atomic.Int64
	_, server := setup(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "thanks")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/stops" {
			<-r.Context().Done()
		}
		for part := make([]byte, 32<<10); r.Context().Err() == nil; flooded.Add(int64(len(part))) {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	})
	sender := NewSender(Options{Allow: loopback, Timeout: 2 * time.Second})
	t.Cleanup(sender.Close)
	for _, path := range []string{"/stops", "/floods"} {
		got := sender.Send(t.Context(), request(server.URL+path))
		if !got.OK() || !strings.HasPrefix(got.ResponseBody, "thanks") || len(got.ResponseBody) > talkit.MaxLoggedBody {
			t.Errorf("%s: %d bytes, %+v", path, len(got.ResponseBody), got.Error)
		}
	}
	server.Close() // waits for the receiver to notice
	if flooded.Load() > 64<<20 {
		t.Errorf("the receiver got rid of %d bytes", flooded.Load())
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	var peers sync.Map
	sender, server := setup(t, func(w http.ResponseWriter, r *http.Request) {
		peers.Store(r.RemoteAddr, true)
		fmt.Fprintf(w, "%040000d", 1)
	})
	for range 30 {
		if got := sender.Send(t.Context(), request(server.URL)); !got.OK() {
			t.Fatalf("got %+v", got)
		}
	}
	connections := 0
	peers.Range(func(any, any) bool { connections++; return true })
	if connections != 1 {
		t.Errorf("30 deliveries took %d connections, want 1", connections)
	}
}

func TestTLSReceiver(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(answer(204, nil))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := NewSender(Options{Allow: loopback, RootCAs: roots, Timeout: time.Minute})
	defer trusting.Close()
	if got := trusting.Send(t.Context(), request(server.URL)); !got.OK() || got.StatusCode != 204 {
		t.Errorf("trusted: %+v", got)
	}
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	for _, c := range []struct {
		sender *Sender
		uri    string
		says   string
	}{
		{trusting, "https://localhost" + port, "for another host name"},
		{NewSender(Options{Allow: loopback}), server.URL, "authority we do not know"},
		{trusting, "http://127.0.0.1" + port, "400 Bad Request"},
	} {
		if got := c.sender.Send(t.Context(), request(c.uri)); got.OK() || !strings.Contains(got.Error, c.says) {
			t.Errorf("%s: %+v, want %q", c.uri, got, c.says)
		}
	}
	_, plain := setup(t, answer(200, nil))
	if got := trusting.Send(t.Context(), request("https"+strings.TrimPrefix(plain.URL, "http"))); !strings.Contains(got.Error, "answers without TLS") {
		t.Errorf("plain: %+v", got)
	}
}

func BenchmarkSend(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	sender := NewSender(Options{Allow: loopback})
	defer sender.Close()
	body := []byte(`{"id":"evt_1","data":{"text":"` + strings.Repeat("one hundred words ", 40) + `"}}`)
	b.SetParallelism(64)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			got := sender.Send(b.Context(), Request{URI: server.URL, Key: "evt_1", Body: body, Secrets: []string{secret}})
			if !got.OK() {
				b.Error(got.Error)
			}
		}
	})
}
