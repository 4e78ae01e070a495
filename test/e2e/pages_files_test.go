package e2e_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"talkit"
)

// aLongNoise is sound that takes a while to send.
func aLongNoise(t *testing.T, name string) string {
	t.Helper()
	noise := make([]byte, 600*talkit.BytesPerSecond)
	rand.Read(noise)
	return file(t, name, wav(noise))
}

// TestCancelAFile: one that is on its way and one that waits for its turn are
// given up, here and on the server, and the others come.
func TestCancelAFile(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app")
	b.slow(256 << 10)
	b.files(aLongNoise(t, "first.wav"), aLongNoise(t, "second.wav"), file(t, "third.wav", tone()), file(t, "fourth.wav", tone()))
	line := func(name, what string) string {
		return fmt.Sprintf(`[...document.querySelectorAll("[data-sending] li")].find((li) => li.textContent.includes(%q))%s`, name, what)
	}
	b.wait(line("third.wav", `.textContent.includes("waits for its turn")`))
	b.waitFor(patience, line("first.wav", `.querySelector("progress").value > 0`))
	b.waitFor(patience, line("second.wav", `.querySelector("progress").value > 0`))
	b.click(`[aria-label="Cancel: third.wav"]`)
	b.wait("!" + line("third.wav", ""))
	b.click(`[aria-label="Cancel: first.wav"]`)
	b.click(`[aria-label="Cancel: second.wav"]`)
	b.wait("!" + line("first.wav", "") + " && !" + line("second.wav", ""))
	until(t, "the server is told of both", func() bool {
		told := 0
		for _, request := range w.lines.with(`"method":"DELETE"`) {
			if strings.Contains(request, "/recordings/uploads/") && strings.Contains(request, `"status":204`) {
				told++
			}
		}
		return told == 2
	})
	b.slow(-1)
	b.waitFor(patience, allSent)
	if all := w.recordings(); len(all) != 1 || all[0].Name != "fourth" {
		t.Errorf("became %+v", all)
	}
	if left := value[int](b, "localStorage.length"); left != 0 {
		t.Errorf("the browser remembers %d uploads", left)
	}
}

// TestTryAFileAgain: what the server would not take is tried again by hand, and
// comes.
func TestTryAFileAgain(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	to, err := url.Parse(w.URL())
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	through := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/recordings/uploads" && asked.Add(1) == 1 {
			http.Error(rw, `{"detail": "This proxy takes nothing yet."}`, http.StatusForbidden)
			return
		}
		through.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		proxy.CloseClientConnections()
		proxy.Close()
	})
	b := browse(t, w.site)
	b.signIn(w.person)
	b.do("open it by the proxy", chromedp.Navigate(proxy.URL+"/app"))
	b.files(file(t, "Walk with Tom.wav", tone()))
	b.see("This proxy takes nothing yet.")
	b.axe()
	b.press("Try again")
	b.waitFor(patience, allSent)
	if all := w.recordings(); len(all) != 1 || all[0].Name != "Walk with Tom" || asked.Load() != 2 {
		t.Errorf("after %d tries: %+v", asked.Load(), all)
	}
}
