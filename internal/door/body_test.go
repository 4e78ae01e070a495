package door

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

type noProxies struct{}

func (noProxies) Trusts(string) bool { return false }

// A client that promises a body and sends none must not hold a connection for
// as long as it likes, whether the body was wanted or not.
func TestABodyThatNeverComes(t *testing.T) {
	t.Parallel()
	d := Door{Log: slog.New(slog.DiscardHandler), Proxies: noProxies{}}
	handlers := http.NewServeMux()
	handlers.HandleFunc("/unread", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	handlers.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) {})
	handlers.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 2*maxHeld)) })
	handlers.HandleFunc("/given-up", func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		control.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := io.ReadAll(r.Body); err == nil {
			t.Error("a body came that was not sent")
		}
		control.SetReadDeadline(time.Time{})
		w.WriteHeader(http.StatusBadRequest)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.Serve(w, r, handlers, nil) }))
	defer server.Close()
	open := map[string]net.Conn{}
	for _, path := range []string{"/unread", "/nothing", "/long", "/given-up"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: talkit.test\r\nContent-Length: 1000\r\n\r\nsome", path)
		open[path] = conn
	}
	for path, conn := range open {
		conn.SetReadDeadline(time.Now().Add(6 * restTime))
		if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil { // until the server closes it
			t.Errorf("%s is open still: %v", path, err)
		}
	}
}

// After a body that came whole the connection brings more requests, and none
// of them ends before its time.
func TestABodyThatCame(t *testing.T) {
	t.Parallel()
	d := Door{Log: slog.New(slog.DiscardHandler), Proxies: noProxies{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.Serve(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			content, err := io.ReadAll(r.Body)
			if err != nil || r.Context().Err() != nil {
				t.Error(err, r.Context().Err())
			}
			w.Write(content)
		}), nil)
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for range 3 {
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: talkit.test\r\nContent-Length: 4\r\n\r\nsome")
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(response.Body); err != nil || string(body) != "some" {
			t.Errorf("%q, %v", body, err)
		}
	}
}
