package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"

	"talkit/internal/speech/enginetest"
)

// TestRecordWhereSocketsAreDead: through a proxy that opens sockets and lets no
// message through, it goes by requests.
func TestRecordWhereSocketsAreDead(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	to, err := url.Parse(w.URL())
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			forward.ServeHTTP(w, r)
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		for err == nil {
			_, _, err = conn.Read(r.Context())
		}
	}))
	t.Cleanup(func() {
		proxy.CloseClientConnections()
		proxy.Close()
	})
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.noteWhatIsMade()
	b.do("open it by the proxy", chromedp.Navigate(proxy.URL+"/app"))
	b.click("[data-record]")
	b.wait(isRecording)
	b.seeFor(patience, "the network here lets none through")
	b.click("[data-record]")
	b.waitFor(patience, allSent)
	w.sameBytes(b.made())
}

// uploadOf is where the server takes what the page records.
func (b *tab) uploadOf() (path string) {
	b.t.Helper()
	until(b.t, "the server takes it", func() bool {
		here := b.onDevice()
		path = here[0].URL
		return path != ""
	})
	return path[strings.Index(path, "/recordings/"):]
}

// TestSomebodyElseSignsIn: what one person records never gets into the account
// of another who signs in on the same browser.
func TestSomebodyElseSignsIn(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.record()
	b.uploadOf()
	b.offline(true)
	b.seeFor(patience, "The server cannot be reached.")
	b.signIn(w.owner)
	b.offline(false)
	b.seeFor(patience, "Somebody else is signed in here by now")
	b.click("[data-record]")
	b.wait(isIdle)
	here := b.onDevice()
	b.signIn(w.person)
	b.press("Try again")
	b.waitFor(patience, allSent)
	w.sameBytes(here[0].SHA256)
	if theirs := w.as(t, w.newKey(w.owner, "user")).get("/recordings").want(http.StatusOK).body; !strings.Contains(string(theirs), `"data":[]`) {
		t.Errorf("the other has %s", theirs)
	}
}

// TestTakenOverWhileRecording: the page does not fight for an upload that
// something else goes on with, and can take it back.
func TestTakenOverWhileRecording(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.record()
	w.user.tus().do(http.MethodHead, b.uploadOf(), nil).want(http.StatusOK)
	b.seeFor(patience, "Another page or program has taken over sending it.")
	b.click("[data-record]")
	b.wait(isIdle)
	here := b.onDevice()
	b.press("Try again")
	b.waitFor(patience, allSent)
	w.sameBytes(here[0].SHA256)
}

// TestEndedByTheServerWhileRecording: what the server has not got stays on the device.
func TestEndedByTheServerWhileRecording(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	b.record()
	path := b.uploadOf()
	b.offline(true)
	b.seeFor(patience, "The server cannot be reached.")
	at := w.user.tus().do(http.MethodHead, path, nil).want(http.StatusOK).header.Get("Upload-Offset")
	offset, err := strconv.ParseInt(at, 10, 64)
	if err != nil || offset == 0 {
		t.Fatalf("%d bytes are there, %v", offset, err)
	}
	w.user.tus().with("Upload-Length", at).with("Upload-Offset", at).patch(path, chunk("")).want(http.StatusNoContent)
	b.offline(false)
	b.seeFor(patience, "The server has ended this recording")
	b.click("[data-record]")
	b.wait(isIdle)
	if here := b.onDevice(); len(here) != 1 || int64(here[0].Size) <= offset {
		t.Errorf("on the device: %+v, on the server %d bytes", here, offset)
	}
}
