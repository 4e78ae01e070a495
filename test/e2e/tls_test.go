package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"talkit/internal/certtest"
)

// What streams, and what has a time limit, goes through TLS and HTTP/2 as it
// does without.
func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key := certtest.Files(t, t.TempDir(), time.Hour, "127.0.0.1")
	s := serve(t, "--engine=manual", loopback, "--tls="+cert+","+key)
	version, err := (&http.Client{Transport: s.transport}).Get(s.URL() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	version.Body.Close()
	if version.ProtoMajor != 2 {
		t.Errorf("the suite speaks %s", version.Proto)
	}
	for _, name := range []string{"TheMainJob", "Watching", "WatchingTheDeleted", "BadSubmissions", "BadJSON", "Downloads", "OurClient"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite[name](t, setup(t, s))
		})
	}
}
