// Package safehttp is the only way to an address that a stranger gave us.
//
// Where a request may go is decided on the address that is really dialled,
// after all name resolution, so neither a DNS answer that changes nor a
// redirect nor an odd spelling gets past it. Public addresses are reached by
// https alone, on any port: the request is one line of JSON inside TLS, which
// no other protocol takes for its own. Internal addresses are reached only
// where the operator listed them, by http as well.
package safehttp

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Options of a client.
type Options struct {
	// Allow lists internal networks that may be reached all the same, and
	// without TLS.
	Allow []netip.Prefix
	// RootCAs are the authorities to trust; nil means those of the system.
	RootCAs *x509.CertPool
}

const (
	dialTimeout = 10 * time.Second // for the connection, and again for the TLS handshake

	// Hundreds of requests to one host at once find their connections again.
	// We let go of one before its server does (node after 5 s): a server that
	// closes it just as a POST goes out would make that fail.
	idleConns        = 2048
	idleConnsPerHost = 512
	idleTimeout      = 4 * time.Second

	// What a receiver can make us hold in memory.
	maxHeaderBytes = 64 << 10
	maxStreamBytes = 64 << 10
	maxConnBytes   = 1 << 20
)

// New returns a client that follows no redirects, uses no proxy (one would
// dial for us, unseen) and asks for no compression (a small answer could
// unfold into a huge one). Refusals are found in its errors as Refused, with
// errors.As. The caller sets time limits by context.
func New(o Options) *http.Client {
	return &http.Client{
		Transport:     &transport{https: newTransport(o, false), http: newTransport(o, true), plain: len(o.Allow) > 0},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// transport keeps connections with and without TLS apart, because whoever
// dials is not told which of them it dials for.
type transport struct {
	https, http *http.Transport
	plain       bool // whether http can be allowed at all
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := t.check(request); err != nil {
		if request.Body != nil {
			request.Body.Close()
		}
		return nil, err
	}
	if request.URL.Scheme == "http" {
		return t.http.RoundTrip(request)
	}
	return t.https.RoundTrip(request)
}

// check refuses what needs no dialling, nor a question to a name server.
func (t *transport) check(request *http.Request) error {
	switch scheme := request.URL.Scheme; {
	case scheme != "https" && scheme != "http":
		return RefusedScheme
	case scheme == "http" && !t.plain:
		return RefusedPlain
	case oddNumber(request.URL.Hostname()):
		return RefusedForm
	}
	return nil
}

// CloseIdleConnections is called by the method of http.Client.
func (t *transport) CloseIdleConnections() {
	t.https.CloseIdleConnections()
	t.http.CloseIdleConnections()
}

func newTransport(o Options, plain bool) *http.Transport {
	dialer := net.Dialer{Timeout: dialTimeout, Control: newGuard(o.Allow, plain).control}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{MaxReceiveBufferPerStream: maxStreamBytes, MaxReceiveBufferPerConnection: maxConnBytes, SendPingTimeout: dialTimeout},
		DisableCompression:     true,
		MaxIdleConns:           idleConns,
		MaxIdleConnsPerHost:    idleConnsPerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}
