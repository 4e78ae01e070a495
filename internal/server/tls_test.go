package server

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"talkit/internal/certtest"
	"talkit/internal/telemetry"
)

const testHost = "talkit.test"

func TestHTTPS(t *testing.T) {
	t.Parallel()
	cert, key := certtest.Files(t, t.TempDir(), time.Hour, testHost)
	s := serve(t, "--tls="+cert+","+key, "--url=https://"+testHost)
	for wanted, client := range map[string]*http.Client{"HTTP/2.0": s.client(nil), "HTTP/1.1": s.client(nil, "http/1.1")} {
		r, err := client.Get(s.URL() + "/healthz")
		body(t, r, err)
		if r.StatusCode != http.StatusOK || r.Proto != wanted {
			t.Errorf("%s, %s, want %s", r.Status, r.Proto, wanted)
		}
		if got := r.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("Strict-Transport-Security: %q", got)
		}
	}
	if _, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{ServerName: testHost, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was taken")
	}
	plain, err := http.Get("http://" + s.Addr().String() + "/healthz")
	if words := body(t, plain, err); plain.StatusCode != http.StatusBadRequest || !strings.Contains(words, "HTTPS") {
		t.Errorf("plain http: %s %s", plain.Status, words)
	}
	if s.log.has(`"level":"WARN"`) {
		t.Error("what strangers do wrong was warned of")
	}
}

// A browser that remembers localhost for https would refuse everything else
// that is ever served there by plain http.
func TestLocalhostIsNotRemembered(t *testing.T) {
	t.Parallel()
	cert, key := certtest.Files(t, t.TempDir(), time.Hour, "localhost", "127.0.0.1")
	s := serve(t, "--tls="+cert+","+key)
	if !strings.HasPrefix(s.URL(), "https://127.0.0.1:") {
		t.Errorf("URL %s", s.URL())
	}
	r, err := s.client(nil).Get(s.URL() + "/healthz")
	body(t, r, err)
	if got := r.Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("Strict-Transport-Security: %q", got)
	}
}

func TestCertificateFilesAreReadAnew(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, key := certtest.Files(t, folder, time.Hour, testHost)
	s := serve(t, "--tls="+cert+","+key, "--url=https://"+testHost)
	first := s.served(testHost)

	certtest.Files(t, folder, time.Hour, testHost)
	second := first
	until(t, "the new certificate is served", func() bool {
		second = s.served(testHost)
		return !second.Equal(first)
	})

	for faults, spoil := range []func(){
		func() { write(t, cert, "no certificate") },
		func() { os.Remove(cert) },
	} {
		spoil()
		until(t, "the broken file is noticed", func() bool {
			if !s.served(testHost).Equal(second) {
				t.Fatal("a broken file changed what is served")
			}
			return strings.Count(s.log.String(), "the old one goes on") == faults+1
		})
	}
	certtest.Files(t, folder, time.Hour, testHost)
	until(t, "the mended file is served", func() bool { return !s.served(testHost).Equal(second) })
}

func TestACertificateThatEndsSoonIsWarnedOf(t *testing.T) {
	t.Parallel()
	cert, key := certtest.OldFiles(t, t.TempDir(), 24*time.Hour, time.Hour, testHost)
	s := serve(t, "--tls="+cert+","+key, "--url=https://"+testHost)
	for range 2 {
		if conn, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{ServerName: testHost}); err == nil {
			conn.Close()
		}
	}
	until(t, "the warning comes", func() bool { return s.log.has(`"level":"WARN"`, "ends soon") })
	if n := strings.Count(s.log.String(), "ends soon"); n != 1 {
		t.Errorf("warned %d times", n)
	}
}

func TestNoStartWithoutACertificate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, key := certtest.Files(t, folder, time.Hour, testHost)
	write(t, key, "no key")
	for _, files := range []string{cert + "," + key, cert + "," + folder + "/missing.pem"} {
		s, err := New(t.Context(), settings(t, "--tls="+files, "--url=https://"+testHost), Role{Serve: true}, quiet())
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "TALKIT_TLS") {
			t.Errorf("%s: %v", files, err)
		}
	}
}

func quiet() *slog.Logger { return telemetry.NewLogger(io.Discard, "json") }

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
