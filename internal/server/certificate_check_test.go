package server

import (
	"strings"
	"testing"
	"time"

	"talkit/internal/certtest"
)

func TestCheckCertificate(t *testing.T) {
	t.Parallel()
	certificate := func(age, life time.Duration, names ...string) string {
		cert, key := certtest.OldFiles(t, t.TempDir(), age, life, names...)
		return "--tls=" + cert + "," + key
	}
	const url = "--url=https://" + testHost + ":8443"
	for name, c := range map[string]struct {
		flags []string
		well  string
		ill   string
	}{
		"good":     {[]string{certificate(0, 61*24*time.Hour+time.Hour, testHost), url}, "for talkit.test lasts 61 days, until ", ""},
		"hours":    {[]string{certificate(0, 150*time.Minute, "*.test"), url}, "for talkit.test lasts 2h", ""},
		"ended":    {[]string{certificate(2*time.Hour, -time.Hour, testHost), url}, "", "ended on "},
		"soon":     {[]string{certificate(30*24*time.Hour, time.Hour, testHost), url}, "", "was not renewed: put a new one"},
		"other":    {[]string{certificate(0, time.Hour, "other.test", "127.0.0.1"), url}, "", "is for other.test, 127.0.0.1, and TALKIT_URL has talkit.test"},
		"missing":  {[]string{"--tls=" + t.TempDir() + "/no.pem,key.pem", url}, "", "TALKIT_TLS: "},
		"none yet": {[]string{"--tls=auto", url, "--acme-directory=https://" + freeAddress(t) + "/dir"}, "", "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			words, err := checkCertificate(t.Context(), settings(t, c.flags...))
			if c.ill != "" && (err == nil || !strings.Contains(err.Error(), c.ill)) {
				t.Errorf("%v, want %s", err, c.ill)
			}
			if c.ill == "" && (err != nil || !strings.Contains(words, c.well) || strings.Contains(words, "does not trust")) {
				t.Errorf("%s, %v, want %s", words, err, c.well)
			}
		})
	}
}
