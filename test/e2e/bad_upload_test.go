package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// badZeros is so many bytes of a WAV file of silence, without holding them.
func badZeros(size int64) io.Reader {
	head := badWAV(0)
	return io.MultiReader(bytes.NewReader(head), io.LimitReader(badEndless{}, size-int64(len(head))))
}

type badEndless struct{}

func (badEndless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// resident is the most memory that the server ever held, in bytes.
func (p *killProcess) resident(t *testing.T) (bytes int64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid()))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(line, &bytes); err != nil {
		t.Fatal(err)
	}
	return bytes << 10
}

// flat fails when a server grew by 64 MiB since it held so much.
func (p *killProcess) flat(t *testing.T, what string, before int64) {
	t.Helper()
	grown := p.resident(t) - before
	t.Logf("%s: memory grew by %.1f MiB", what, float64(grown)/(1<<20))
	if grown > 64<<20 {
		t.Errorf("%s: memory grew by %d bytes", what, grown)
	}
}

// TestBadUploadSize: one byte too much is a 413, at the end of the body or at
// once where its head says so, and no upload is held in memory.
func TestBadUploadSize(t *testing.T) {
	t.Parallel()
	limit, most := "8MiB", int64(8<<20)
	if killLong() {
		limit, most = "2GiB", 2<<30
	}
	s := killSetup(t, "TALKIT_ENGINE=manual", "TALKIT_MAX_UPLOAD="+limit)
	server := s.serve()
	key := s.user(killEmail)
	before := server.resident(t)
	answer, err := s.submit(t.Context(), key, killUpload{sound: badZeros(most + 1)})
	if err != nil {
		t.Fatal(err)
	}
	answer.refused(t, "one byte too much", http.StatusRequestEntityTooLarge)
	server.flat(t, "an upload that is too large", before)
	s.badHead(key, 3*most).refused(t, "a head that says too much", http.StatusRequestEntityTooLarge)
	s.keeps().nothingLeft(0)
	answer, err = s.submit(t.Context(), key, killUpload{sound: badZeros(most)})
	if err != nil || answer.Status == http.StatusRequestEntityTooLarge && !strings.Contains(string(answer.Body), "longer than") {
		t.Errorf("an upload of just the most: %v, %d %s", err, answer.Status, answer.Body)
	}
}

// badHead sends the head of an upload alone and returns the answer.
func (s *killServer) badHead(key string, length int64) killAnswer {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "POST /recordings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n", key, length)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return killAnswer{response.StatusCode, response.Header, content}
}

// TestBigUpload is taken in constant memory.
func TestBigUpload(t *testing.T) {
	t.Parallel()
	size := int64(64 << 20)
	if killLong() {
		size = 512 << 20
	}
	s := killSetup(t, "TALKIT_ENGINE=manual")
	server := s.serve()
	key := s.user(killEmail)
	before := server.resident(t)
	began := time.Now()
	id := s.submitted(key, killUpload{sound: badZeros(size)})
	t.Logf("%d MiB in %v", size>>20, time.Since(began).Round(time.Millisecond))
	server.flat(t, "a big upload", before)
	r := s.settled(key, id)
	if r.Audio.Size != size {
		t.Errorf("%d bytes became %d", size, r.Audio.Size)
	}
	server.flat(t, "a big upload, decoded", before)
}

// TestBrokenUpload: of an upload that its client cuts off nothing is left, and
// a slow one is waited for.
func TestBrokenUpload(t *testing.T) {
	t.Parallel()
	s, key := badSetup(t, "TALKIT_ENGINE=manual")
	long := badWAV(16 << 20) // more than what is on its way at most
	for _, at := range []int{1, 100_000, 900_000} {
		ctx, cut := context.WithCancel(t.Context())
		_, err := s.submit(ctx, key, killUpload{sound: bytes.NewReader(long), progress: func(sent int) {
			if sent >= at {
				cut()
			}
		}})
		if err == nil {
			t.Errorf("an upload cut after %d bytes was answered", at)
		}
		cut()
	}
	killUntil(t, 30*time.Second, "the server noticed", func() bool { // by the end of the body, or of the connection
		return strings.Count(s.requests(), "reading what is to be kept: ") >= 3
	})
	s.keeps().nothingLeft(0)

	sound, length := badWAV(1<<20), 2*time.Second
	if killLong() {
		length = 100 * time.Second // more than a minute, which is how long silence is borne
	}
	id := s.submitted(key, killUpload{sound: bytes.NewReader(sound), progress: func(int) {
		time.Sleep(length / time.Duration(len(sound)/(16<<10))) // a slow line
	}})
	s.settled(key, id)
	s.keeps().nothingLeft(1)
}

// requests is the whole log.
func (s *killServer) requests() string {
	content, err := os.ReadFile(s.logs)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(content)
}
