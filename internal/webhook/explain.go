package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"talkit/internal/webhook/safehttp"
)

// explain says why nothing answered, in words for the developer who owns the
// address. The errors themselves name our resolver and our own address, and
// are not shown.
func explain(err error) string {
	if refused, ok := errors.AsType[safehttp.Refused](err); ok {
		return string(refused)
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return explainCertificate(certificate)
	}
	for _, c := range causes {
		if c.is(err) {
			return c.words
		}
	}
	return "The request failed before an answer came."
}

// causes stand in order: the first that fits is told.
var causes = []struct {
	is    func(error) bool
	words string
}{
	{one(context.Canceled), "The attempt was interrupted on our side."},
	{notFound, "The host name does not exist."},
	{timedOut, "No answer came in time."},
	{a[*net.DNSError], "The host name could not be looked up."},
	{one(http.ErrSchemeMismatch), "The address answers without TLS, although it begins with https://."},
	{a[tls.RecordHeaderError], "The address answers with something other than TLS."},
	{a[tls.AlertError], "The TLS handshake failed."},
	{one(syscall.ECONNREFUSED), "The connection was refused: nothing listens at that address."},
	{one(syscall.EHOSTUNREACH, syscall.ENETUNREACH), "The host cannot be reached."},
	{one(io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE), "The connection was closed before an answer came."},
}

func one(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

func a[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func notFound(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func explainCertificate(err error) string {
	if a[x509.HostnameError](err) {
		return "The TLS certificate is for another host name."
	}
	if a[x509.UnknownAuthorityError](err) {
		return "The TLS certificate is from an authority we do not know: it is self-signed, or the intermediate certificate is not sent along."
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "The TLS certificate has expired or is not valid yet."
	}
	return "The TLS certificate is not valid."
}
