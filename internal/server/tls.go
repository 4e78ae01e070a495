package server

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"talkit"
	"talkit/internal/config"
)

// prepareTLS gives the server its certificates, where it speaks TLS itself.
func (s *Server) prepareTLS() error {
	c := s.Config
	if !c.HasTLS() {
		return nil
	}
	get, err := s.certificates(c)
	if err != nil {
		return fmt.Errorf("the certificate (TALKIT_TLS): %w", err)
	}
	ending := &endWarning{log: s.Log}
	s.http.TLSConfig = &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1", acmeProtocol},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate, err := get(hello)
			if err == nil {
				ending.look(certificate)
			}
			return certificate, err
		},
	}
	if canRemember(c.Host()) {
		s.http.Handler = onlyTLS(s.http.Handler)
	}
	return nil
}

// certificates finds the certificate for a handshake.
func (s *Server) certificates(c config.Config) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if cert, key, ok := c.TLSFiles(); ok {
		files, err := newCertificateFiles(cert, key, s.Log)
		if err != nil {
			return nil, err
		}
		return files.get, nil
	}
	var err error
	if s.acme, err = newACME(c, s.Log); err != nil {
		return nil, err
	}
	return s.acme.get, nil
}

// onlyTLS tells browsers to come by https alone, for a year (RFC 6797).
func onlyTLS(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		h.ServeHTTP(w, r)
	})
}

// canRemember leaves localhost out of that: what a browser remembers of it
// holds for all that is ever served there, on any port.
func canRemember(host string) bool { return host != "localhost" && net.ParseIP(host) == nil }

// endWarning tells of a certificate that nobody renews.
type endWarning struct {
	log  *slog.Logger
	said atomic.Int64 // talkit.Time
}

// endsSoon tells that less than a sixth of a certificate's life is left: by
// ACME, half of the time for renewing it is over then.
func endsSoon(leaf *x509.Certificate) bool {
	return time.Until(leaf.NotAfter) <= leaf.NotAfter.Sub(leaf.NotBefore)/6
}

// look warns of that once a day.
func (e *endWarning) look(certificate *tls.Certificate) {
	leaf := certificate.Leaf
	if leaf == nil || !endsSoon(leaf) {
		return
	}
	now, said := talkit.Now(), e.said.Load()
	if now.Sub(talkit.Time(said)) < 24*time.Hour || !e.said.CompareAndSwap(said, int64(now)) {
		return
	}
	e.log.Warn("the certificate ends soon and was not renewed; talkit doctor says more", "not_after", leaf.NotAfter, "left", remaining(time.Until(leaf.NotAfter)))
}

// errorLog is for what net/http has to say. That a handshake failed is mostly
// a stranger's doing, and no warning.
func errorLog(to *slog.Logger) *log.Logger { return log.New(httpErrors{to}, "", 0) }

type httpErrors struct{ log *slog.Logger }

var _ io.Writer = httpErrors{}

// Write implements io.Writer.
func (e httpErrors) Write(line []byte) (int, error) {
	words := string(bytes.TrimSpace(line))
	if bytes.Contains(line, []byte("TLS handshake error")) {
		e.log.Debug(words)
	} else {
		e.log.Warn(words)
	}
	return len(line), nil
}
