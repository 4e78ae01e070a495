package api

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"talkit"
)

// TestUploadBodyEnds: a body that does not come whole ends, for whatever
// reason, and what is said of it tells the client whether to come back.
func TestUploadBodyEnds(t *testing.T) {
	t.Parallel()
	refused := talkit.Errorf(talkit.Forbidden, "No longer.")
	for what, c := range map[string]struct {
		change func(b *uploadBody)
		gone   bool
		want   talkit.Kind
		longer string // what of the body came
	}{
		"the permission ends":        {func(b *uploadBody) { b.checked = time.Time{} }, false, talkit.Forbidden, ""},
		"nothing more comes":         {func(b *uploadBody) { b.until = time.Now().Add(50 * time.Millisecond) }, false, talkit.Conflict, "sound"},
		"its time is over":           {func(b *uploadBody) { b.until = time.Now().Add(-time.Second) }, false, talkit.Conflict, "sound"},
		"the server stops":           {func(b *uploadBody) { time.AfterFunc(50*time.Millisecond, func() { b.Close() }) }, false, talkit.Unavailable, "sound"},
		"the server stopped already": {func(b *uploadBody) { b.Close() }, false, talkit.Unavailable, ""},
		"the client is gone":         {func(*uploadBody) {}, true, talkit.Malformed, "sound"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			var came []byte
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b := newUploadBody(r, w, func() error { return refused })
				c.change(b)
				var err error
				came, err = io.ReadAll(b)
				b.end()
				ended <- b.failed(err)
			}))
			defer server.Close()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, "PATCH / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nsound")
			if c.gone {
				conn.Close()
			}
			if err := <-ended; talkit.KindOf(err) != c.want || string(came) != c.longer {
				t.Errorf("%q came, and then: %v; want %q and %s", came, err, c.longer, c.want)
			}
		})
	}
}
