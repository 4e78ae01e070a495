package server

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateFiles is a certificate that others renew: its files are read anew
// when they change.
type certificateFiles struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	stamps  [2]stamp // of what was read last, fit or not
	looked  time.Time
}

// lookEvery is how often, at the most, the files are looked at.
const lookEvery = 2 * time.Second

// stamp tells one state of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

func newCertificateFiles(cert, key string, log *slog.Logger) (*certificateFiles, error) {
	f := &certificateFiles{cert: cert, key: key, log: log, looked: time.Now()}
	f.stamps = f.stamp()
	return f, f.load()
}

func (f *certificateFiles) stamp() (stamps [2]stamp) {
	for i, path := range []string{f.cert, f.key} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

func (f *certificateFiles) load() error {
	certificate, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err == nil {
		f.current = &certificate
	}
	return err
}

// get is the certificate as it is now. Files that do not fit leave the old one:
// one of the two may be new, and the other on its way.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookEvery {
		return f.current, nil
	}
	f.looked = time.Now()
	stamps := f.stamp() // before reading: what changes meanwhile is read the next time
	if stamps == f.stamps {
		return f.current, nil
	}
	f.stamps = stamps
	if err := f.load(); err != nil {
		f.log.Warn("the new certificate cannot be used, the old one goes on", "setting", "TALKIT_TLS", "error", err)
	} else {
		f.log.Info("the certificate was read anew", "not_after", f.current.Leaf.NotAfter)
	}
	return f.current, nil
}
