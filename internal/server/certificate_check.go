package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"talkit/internal/config"
)

// checkCertificate looks whether the certificate of the settings is fit, and
// tells in words of what is good and of what is to be mended.
func checkCertificate(ctx context.Context, c config.Config) (string, error) {
	pair, err := currentCertificate(ctx, c)
	if err != nil {
		return "", err
	}
	leaf := pair.Leaf
	left := time.Until(leaf.NotAfter)
	switch {
	case left <= 0:
		return "", fmt.Errorf("the certificate ended on %s: %s", day(leaf.NotAfter), howToRenew(c))
	case time.Now().Before(leaf.NotBefore):
		return "", fmt.Errorf("the certificate begins on %s only: wait, or set the clock", day(leaf.NotBefore))
	case leaf.VerifyHostname(c.Host()) != nil:
		return "", fmt.Errorf("the certificate is for %s, and TALKIT_URL has %s: change one of them", names(leaf), c.Host())
	case endsSoon(leaf):
		return "", fmt.Errorf("the certificate ends in %s and was not renewed: %s", remaining(left), howToRenew(c))
	}
	return fmt.Sprintf("the certificate for %s lasts %s, until %s%s", c.Host(), remaining(left), day(leaf.NotAfter), unknown(pair)), nil
}

func currentCertificate(ctx context.Context, c config.Config) (*tls.Certificate, error) {
	if cert, key, ok := c.TLSFiles(); ok {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("TALKIT_TLS: %w: name a certificate and the key it was made with, both PEM", err)
		}
		return &pair, nil
	}
	host, err := acmeHost(c)
	if err != nil {
		return nil, err
	}
	kept, err := acmeCache(c).Get(ctx, host)
	if errors.Is(err, autocert.ErrCacheMiss) {
		return nil, noCertificate(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(kept, kept)
	if err != nil {
		return nil, fmt.Errorf("what is kept of the certificate cannot be read (%w): delete the folder certificates in TALKIT_DATA", err)
	}
	return &pair, nil
}

// noCertificate looks whether there could be one.
func noCertificate(ctx context.Context, c config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := (&acme.Client{DirectoryURL: c.ACMEDirectory}).Discover(ctx); err != nil {
		return fmt.Errorf("there is no certificate yet, and %s does not answer (%w): check TALKIT_ACME_DIRECTORY and the way there", c.ACMEDirectory, err)
	}
	return fmt.Errorf("there is no certificate yet: talkit serve gets it, if port 443 of %s reaches it; its log says why not", c.Host())
}

func howToRenew(c config.Config) string {
	if _, _, ok := c.TLSFiles(); ok {
		return "put a new one into the files of TALKIT_TLS"
	}
	return "see that talkit serve runs, and that port 443 of " + c.Host() + " reaches it"
}

func names(leaf *x509.Certificate) string {
	all := append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "no host at all"
	}
	return strings.Join(all, ", ")
}

// unknown adds a doubt where this machine does not know who signed: others may.
func unknown(pair *tls.Certificate) string {
	between := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(certificate)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Intermediates: between}); err != nil {
		return "; this machine does not trust who signed it, and browsers must: the certificates of the authorities between belong into the file, too"
	}
	return ""
}

func remaining(left time.Duration) string {
	if days := int(left.Hours() / 24); days > 1 {
		return fmt.Sprintf("%d days", days)
	}
	return left.Round(time.Minute).String()
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }
