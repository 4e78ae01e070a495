package safehttp

import (
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		refusal   Refused // "" for none
		addresses string
	}{
		{"", "8.8.8.8 1.1.1.1 172.15.0.1 172.32.0.1 100.63.255.255 100.128.0.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8"},
		{RefusedInternal, "127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 ::1 :: ::ffff:127.0.0.1 ::127.0.0.1"},                  // this machine
		{RefusedInternal, "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 ::ffff:10.0.0.1 fc00::1 fd12:3456::1 fec0::1"},    // private
		{RefusedInternal, "169.254.1.1 169.254.169.254 fe80::1 fe80::1%eth0 fd00:ec2::254 100.100.100.200 192.0.0.192"},     // link-local, metadata
		{RefusedInternal, "168.63.129.16 ::ffff:168.63.129.16 100.64.0.1 100.127.255.255 198.18.0.1"},                       // providers' own
		{RefusedInternal, "64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1:: 2002:808:808:: 2001::1 192.88.99.1"}, // leading on to others
		{RefusedInternal, "224.0.0.1 239.255.255.250 255.255.255.255 240.0.0.1 ff02::1 192.0.2.1 203.0.113.9 2001:db8::1"},  // no one host
		{RefusedInternal, "5f00::1 100::1 3fff::1"},
	} {
		for address := range strings.FieldsSeq(c.addresses) {
			ip := netip.MustParseAddr(address)
			if err := newGuard(nil, false).check(ip); !same(err, c.refusal) {
				t.Errorf("%s with TLS: %v, want %q", address, err, c.refusal)
			}
			want := c.refusal
			if want == "" {
				want = RefusedPlain
			}
			if err := newGuard(loopback, true).check(ip); !same(err, want) && !ip.Unmap().IsLoopback() {
				t.Errorf("%s without TLS: %v, want %q", address, err, want)
			}
		}
	}
}

func same(err error, want Refused) bool {
	got, _ := errors.AsType[Refused](err)
	return got == want && (err == nil) == (want == "")
}

func TestAllowOpensWhatIsListedAlone(t *testing.T) {
	t.Parallel()
	allow := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fe80::/10")}
	for _, plain := range []bool{false, true} {
		guard := newGuard(allow, plain)
		for _, address := range []string{"10.1.2.3", "::ffff:10.1.2.3", "fe80::1%eth0"} {
			if err := guard.check(netip.MustParseAddr(address)); err != nil {
				t.Errorf("%s: %v, want none", address, err)
			}
		}
		for _, address := range []string{"10.2.0.1", "127.0.0.1", "::1", "fc00::1"} {
			if err := guard.check(netip.MustParseAddr(address)); !same(err, RefusedInternal) {
				t.Errorf("%s: %v, want %q", address, err, RefusedInternal)
			}
		}
	}
}

// TestLoopback calls a server that is really there, by every way to say so.
func TestLoopback(t *testing.T) {
	t.Parallel()
	server, calls := listen(t)
	port := server.Port()
	hosts := []string{"127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"0.0.0.0", "[::]", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.0.1.", "１２７.０.０.１", "127。0。0。1"}
	for _, scheme := range []string{"http", "https"} {
		for _, host := range hosts {
			_, err := New(Options{}).Get(scheme + "://" + host + ":" + port + "/")
			if refused, ok := errors.AsType[Refused](err); !ok || (refused == RefusedPlain) != (scheme == "http") {
				t.Errorf("%s://%s: %v, want a refusal", scheme, host, err)
			}
		}
	}
	// Opened for another network, http is possible, and decided when dialled.
	elsewhere := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, host := range hosts {
		_, err := elsewhere.Get("http://" + host + ":" + port + "/")
		if refused, ok := errors.AsType[Refused](err); !ok || (refused != RefusedInternal && refused != RefusedForm) {
			t.Errorf("%s: %v, want a refusal", host, err)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("the server was reached %d times", n)
	}
}

func TestAllowedLoopbackIsReached(t *testing.T) {
	t.Parallel()
	server, calls := listen(t)
	client := New(Options{Allow: loopback})
	defer client.CloseIdleConnections()
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		response, err := client.Get("http://" + host + ":" + server.Port() + "/")
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		response.Body.Close()
	}
	if calls.Load() != 3 {
		t.Errorf("the server was reached %d times, want 3", calls.Load())
	}
}

// TestPublicNeedsTLS dials nothing: the guard speaks before the first packet.
func TestPublicNeedsTLS(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {Allow: loopback}} {
		if _, err := New(o).Get("http://8.8.8.8/"); !same(err, RefusedPlain) {
			t.Errorf("%v: %v, want %q", o.Allow, err, RefusedPlain)
		}
	}
	for _, uri := range []string{"ftp://8.8.8.8/", "file:///etc/passwd", "gopher://127.0.0.1/"} {
		if _, err := New(Options{Allow: loopback}).Get(uri); !same(err, RefusedScheme) {
			t.Errorf("%s: %v, want %q", uri, err, RefusedScheme)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	inner, calls := listen(t)
	outer := httptest.NewServer(http.RedirectHandler(inner.String(), http.StatusTemporaryRedirect))
	defer outer.Close()
	response, err := New(Options{Allow: loopback}).Post(outer.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusTemporaryRedirect || calls.Load() != 0 {
		t.Errorf("status %d, followed %d times", response.StatusCode, calls.Load())
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := New(Options{Allow: loopback, RootCAs: roots})
	defer client.CloseIdleConnections()
	response, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if said, _ := io.ReadAll(response.Body); string(said) != "HTTP/2.0" {
		t.Errorf("spoke %s", said)
	}
	_, err = New(Options{Allow: loopback}).Get(server.URL)
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("without the authority: %v", err)
	}
	if _, err = New(Options{RootCAs: roots}).Get(server.URL); !same(err, RefusedInternal) {
		t.Errorf("without leave: %v", err)
	}
}

// listen starts a server on loopback and counts who reaches it, with a request
// or with a mere connection.
func listen(t *testing.T) (*url.URL, *atomic.Int64) {
	t.Helper()
	calls := new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			calls.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	uri, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return uri, calls
}
