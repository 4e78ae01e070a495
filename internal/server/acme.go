package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/idna"

	"talkit/internal/config"
)

// acmeProtocol is what a certificate authority speaks that looks whether the
// host is ours, on the same port as everybody (RFC 8737).
const acmeProtocol = acme.ALPNProto

// acmeCertificates are those that are got and renewed by ACME.
type acmeCertificates struct {
	manager *autocert.Manager
	host    string
	log     *slog.Logger

	// missing says why there is no certificate, until the next try.
	missing atomic.Pointer[error]
}

// How long after a failure the next try is. Authorities bear few of them: for
// Let's Encrypt five an hour.
const (
	firstACMEWait = 2 * time.Minute
	maxACMEWait   = time.Hour
)

func newACME(c config.Config, log *slog.Logger) (*acmeCertificates, error) {
	host, err := acmeHost(c)
	if err != nil {
		return nil, err
	}
	return &acmeCertificates{host: host, log: log, manager: &autocert.Manager{
		Prompt:     autocert.AcceptTOS, // by setting TALKIT_TLS=auto, as its help says
		Cache:      acmeCache(c),
		HostPolicy: autocert.HostWhitelist(host),
		Client:     &acme.Client{DirectoryURL: c.ACMEDirectory, UserAgent: "talkit"},
	}}, nil
}

// acmeHost is the name of the certificate, as it stands in one.
func acmeHost(c config.Config) (string, error) {
	host, err := idna.Lookup.ToASCII(c.Host())
	if err != nil {
		return "", fmt.Errorf("%s in TALKIT_URL is no name of a host: %w", c.Host(), err)
	}
	return host, nil
}

// acmeCache keeps the account, its key and certificates.
func acmeCache(c config.Config) autocert.DirCache {
	return autocert.DirCache(filepath.Join(c.Data, "certificates"))
}

// get is the certificate for a handshake. One without a host's name is taken
// to mean ours: so ask programs that know only an address. After a failure
// visitors cause no further tries.
func (a *acmeCertificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if why := a.missing.Load(); why != nil && !slices.Contains(hello.SupportedProtos, acmeProtocol) {
		return nil, *why
	}
	if hello.ServerName == "" {
		named := *hello
		named.ServerName = a.host
		hello = &named
	}
	return a.manager.GetCertificate(hello)
}

// run gets a certificate before somebody asks for the first page, and goes on
// trying. Later ones the manager gets by itself.
func (a *acmeCertificates) run(ctx context.Context) {
	for wait := firstACMEWait; ; wait = min(2*wait, maxACMEWait) {
		err := a.first(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		a.log.Warn("no certificate could be got: port 443 of the host must reach this server, and this server the authority",
			"host", a.host, "error", err, "again_in", wait.String())
		a.missing.Store(&err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			a.missing.Store(nil)
		}
	}
}

// first gets the certificate that most clients want, of an elliptic curve.
func (a *acmeCertificates) first(ctx context.Context) error {
	began, got := time.Now(), make(chan error, 1)
	go func() { // the manager knows no stop
		certificate, err := a.manager.GetCertificate(&tls.ClientHelloInfo{ServerName: a.host,
			CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}})
		if err == nil {
			a.log.Info("the certificate is there", "host", a.host, "not_after", certificate.Leaf.NotAfter, "duration_ms", time.Since(began).Milliseconds())
		}
		got <- err
	}()
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
