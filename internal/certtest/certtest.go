// Package certtest is a certificate authority for tests, which the process of
// the test trusts as it trusts those of the system.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var (
	authority *x509.Certificate
	signer    *ecdsa.PrivateKey
)

// Trust makes the authority. TestMain calls it first: what the system trusts
// is read once. It returns what removes its file.
func Trust() (forget func()) {
	signer = newKey()
	template := certificate("Test authority", time.Hour)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	must(err)
	authority, err = x509.ParseCertificate(der)
	must(err)
	folder, err := os.MkdirTemp("", "talkit-certtest-")
	must(err)
	file := filepath.Join(folder, "authority.pem")
	must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(os.Setenv("SSL_CERT_FILE", file))
	return func() { os.RemoveAll(folder) }
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

func certificate(name string, life time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	must(err)
	now := time.Now()
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(life)}
}

// issue makes a certificate with its key, as PEM, of an age and with so much
// life left, which is negative for one that has ended.
func issue(t testing.TB, age, life time.Duration, names []string) (cert, key []byte) {
	t.Helper()
	template := certificate(names[0], life)
	template.NotBefore = time.Now().Add(-age)
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	own := newKey()
	der, err := x509.CreateCertificate(rand.Reader, template, authority, own.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// Files writes a new certificate, good for so long, and its key into a folder;
// their names do not change.
func Files(t testing.TB, folder string, life time.Duration, names ...string) (cert, key string) {
	t.Helper()
	return OldFiles(t, folder, time.Minute, life, names...)
}

// OldFiles is Files for a certificate of an age; it has ended if its life is
// negative.
func OldFiles(t testing.TB, folder string, age, life time.Duration, names ...string) (cert, key string) {
	t.Helper()
	certPEM, keyPEM := issue(t, age, life, names)
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, content := range map[string][]byte{cert: certPEM, key: keyPEM} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// Config makes a server's TLS settings with a certificate for names.
func Config(t testing.TB, names ...string) *tls.Config {
	t.Helper()
	pair, err := tls.X509KeyPair(issue(t, time.Minute, time.Hour, names))
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}
