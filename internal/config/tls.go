package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// The values of Config.TLS that name no files.
const (
	tlsOff  = "off"
	tlsAuto = "auto"
)

// HasTLS tells whether the server speaks TLS itself.
func (c *Config) HasTLS() bool { return c.TLS != "" && c.TLS != tlsOff }

// TLSFiles are the certificate's file and the key's; ok is false when there
// are none, because TLS is off or its certificate comes by ACME.
func (c *Config) TLSFiles() (cert, key string, ok bool) {
	cert, key, ok = strings.Cut(c.TLS, ",")
	return strings.TrimSpace(cert), strings.TrimSpace(key), ok
}

// Host is the name in TALKIT_URL, without its port.
func (c *Config) Host() string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

func (c *Config) checkTLS() error {
	if !c.HasTLS() {
		return nil
	}
	cert, key, files := c.TLSFiles()
	if c.TLS != tlsAuto && (!files || cert == "" || key == "" || strings.Contains(key, ",")) {
		return errors.New("must be off, auto, or two files with a comma between: CERT.pem,KEY.pem")
	}
	if c.URL != "" && !strings.HasPrefix(c.URL, "https://") {
		return errors.New("is on, so TALKIT_URL must begin with https://")
	}
	if c.TLS == tlsAuto {
		return c.checkAuto()
	}
	return nil
}

// checkAuto wants a name that a certificate authority can look up.
func (c *Config) checkAuto() error {
	if c.URL == "" {
		return errors.New("is auto, so TALKIT_URL must name the host that the certificate is for, like https://talkit.example.com")
	}
	host := c.Host()
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(strings.Trim(host, "."), ".") {
		return fmt.Errorf("can be auto only for a name that all can look up, like talkit.example.com, and TALKIT_URL has %s: "+
			"give it a certificate in files instead", host)
	}
	return nil
}

func checkACME(directory string) error {
	u, err := url.Parse(directory)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return errors.New("must be the https:// address of an ACME directory, without user name")
	}
	return nil
}
