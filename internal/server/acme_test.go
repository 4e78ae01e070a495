package server

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"talkit/internal/certtest"
)

// ACME is tested against Pebble, the certificate authority that Let's Encrypt
// makes for tests.
func TestACME(t *testing.T) {
	t.Parallel()
	address, management := freeAddress(t), freeAddress(t)
	data := t.TempDir()
	flags := []string{"--tls=auto", "--url=https://" + testHost, "--acme-directory=https://" + address + "/dir", "--data=" + data}
	s := listen(t, flags...)
	stopPebble := startPebble(t, address, management, s.Addr().(*net.TCPAddr).Port)
	roots := pebbleRoots(t, management)
	if _, err := checkCertificate(t.Context(), s.Config); err == nil || !strings.Contains(err.Error(), "port 443 of talkit.test") {
		t.Errorf("checked before there is any: %v", err)
	}
	stop := s.run()

	until(t, "the certificate is there", func() bool { return s.log.has("the certificate is there", testHost) })
	r, err := s.client(roots).Get(s.URL() + "/healthz")
	if body(t, r, err); r.StatusCode != http.StatusOK || r.ProtoMajor != 2 {
		t.Errorf("%s %s", r.Proto, r.Status)
	}
	first := r.TLS.PeerCertificates[0]
	bare, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Errorf("without a name: %v", err)
	} else {
		bare.Close()
	}
	if _, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{ServerName: "other.test", InsecureSkipVerify: true}); err == nil {
		t.Error("a handshake for another name went well")
	}
	if words, err := checkCertificate(t.Context(), s.Config); err != nil || !strings.Contains(words, " days, until ") || !strings.Contains(words, "does not trust") {
		t.Errorf("checked: %q, %v", words, err)
	}
	checkPrivate(t, filepath.Join(data, "certificates"))

	stop()
	stopPebble()
	again := serve(t, flags...)
	r, err = again.client(roots).Get(again.URL() + "/healthz")
	if body(t, r, err); !r.TLS.PeerCertificates[0].Equal(first) {
		t.Error("after a restart there was another certificate")
	}
}

func TestNoCertificateByACME(t *testing.T) {
	t.Parallel()
	s := serve(t, "--tls=auto", "--url=https://"+testHost, "--acme-directory=https://"+freeAddress(t)+"/dir")
	until(t, "the failure is warned of", func() bool { return s.log.has(`"level":"WARN"`, "no certificate could be got", "port 443") })
	_, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{ServerName: testHost})
	if err == nil {
		t.Error("a handshake without a certificate went well")
	}
}

func checkPrivate(t testing.TB, folder string) {
	t.Helper()
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// freeAddress is one that nobody listens on, for a program that must be told.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// findPebble gives the path of pebble, or leaves the test out.
func findPebble(t testing.TB) string {
	t.Helper()
	if tools := os.Getenv("TALKIT_TOOLS"); tools != "" {
		if path := filepath.Join(tools, "pebble"); exec.Command(path, "-version").Run() == nil {
			return path
		}
	}
	path, err := exec.LookPath("pebble")
	if err == nil {
		return path
	}
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatal("pebble is missing in TALKIT_TOOLS and PATH: go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1")
	}
	t.Skip("left out: needs pebble (make test installs it)")
	return ""
}

// startPebble runs an authority that finds every host on this machine, at a
// port, until it is stopped or the test ends.
func startPebble(t testing.TB, address, management string, port int) (stop func()) {
	t.Helper()
	folder := t.TempDir()
	cert, key := certtest.Files(t, folder, time.Hour, "127.0.0.1")
	settings, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": address, "managementListenAddress": management, "certificate": cert, "privateKey": key, "tlsPort": port, "httpPort": 1,
		"retryAfter": map[string]int{"authz": 1, "order": 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "pebble.json"), string(settings))
	var output bytes.Buffer
	pebble := exec.Command(findPebble(t), "-config", filepath.Join(folder, "pebble.json"), "-dnsserver", serveNames(t))
	pebble.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	pebble.Stdout, pebble.Stderr = &output, &output
	if err := pebble.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		if pebble.ProcessState == nil {
			pebble.Process.Kill()
			pebble.Wait()
		}
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("pebble: %s", output.String())
		}
	})
	return stop
}

// pebbleRoots is what Pebble's certificates go back to, made at its start.
func pebbleRoots(t testing.TB, management string) *x509.CertPool {
	t.Helper()
	var root []byte
	until(t, "pebble answers", func() bool {
		r, err := http.Get("https://" + management + "/roots/0")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		root, err = io.ReadAll(r.Body)
		return err == nil && r.StatusCode == http.StatusOK
	})
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(root) {
		t.Fatalf("no certificate: %s", root)
	}
	return roots
}

// serveNames is a name server, over TCP as Pebble asks, that says of every host
// that it is this machine.
func serveNames(t testing.TB) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerNames(conn)
		}
	}()
	return listener.Addr().String()
}

// answerNames answers the questions of one connection, each behind its length.
func answerNames(conn net.Conn) {
	defer conn.Close()
	for {
		var length uint16
		if binary.Read(conn, binary.BigEndian, &length) != nil {
			return
		}
		packet := make([]byte, length)
		if _, err := io.ReadFull(conn, packet); err != nil {
			return
		}
		answer, err := nameAnswer(packet)
		if err != nil {
			return
		}
		conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}

func nameAnswer(packet []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(packet); err != nil || len(m.Questions) != 1 {
		return nil, fmt.Errorf("no question: %w", err)
	}
	m.Response, m.Additionals = true, nil
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA && strings.HasSuffix(q.Name.String(), ".test.") {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
			Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
	}
	return m.Pack()
}
