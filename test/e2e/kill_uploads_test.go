package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// killSound is the largest of the short recordings of speech.
func killSound(t *testing.T) (path string, sound []byte) {
	t.Helper()
	short, _ := killClips(t)
	for _, clip := range short {
		content, err := os.ReadFile(clip.path)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) > len(sound) {
			path, sound = clip.path, content
		}
	}
	return path, sound
}

// tus asks by the tus protocol; an error says that nobody answered.
func (s *killServer) tus(ctx context.Context, method, path, key string, body io.Reader, header ...string) (killAnswer, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return killAnswer{}, err
	}
	request.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return killDo(request, key)
}

// portions uploads sound in requests of so many bytes and returns the
// recording. moment is called in the middle of requests, restart when nobody
// answered one.
func (s *killServer) portions(key string, sound []byte, size int, moment func(int), restart func()) (id int64) {
	s.t.Helper()
	answer, err := s.tus(s.t.Context(), "POST", "/recordings/uploads", key, nil, "Upload-Length", strconv.Itoa(len(sound)))
	if err != nil || answer.Status != http.StatusCreated {
		s.t.Fatalf("begin an upload: %v, %d %s", err, answer.Status, answer.Body)
	}
	path, acknowledged := answer.Header.Get("Location"), 0
	for answer.Header.Get("Talkit-Recording") == "" {
		if answer, err = s.tus(s.t.Context(), "HEAD", path, key, nil); err != nil {
			restart()
			continue
		}
		at, err := strconv.Atoi(answer.Header.Get("Upload-Offset"))
		if err != nil || at < acknowledged {
			s.t.Fatalf("%d bytes were acknowledged, and now: %v, %d %v", acknowledged, err, answer.Status, answer.Header)
		}
		for err == nil && at < len(sound) {
			part := sound[at:min(at+size, len(sound))]
			answer, err = s.tus(s.t.Context(), "PATCH", path, key, &killMeter{bytes.NewReader(part), 0, moment},
				"Upload-Offset", strconv.Itoa(at), "Content-Type", "application/offset+octet-stream")
			if err != nil {
				restart()
			} else if answer.Status != http.StatusNoContent {
				s.t.Fatalf("PATCH at %d: %d %s", at, answer.Status, answer.Body)
			}
			at += len(part)
			if err == nil {
				acknowledged = at
			}
		}
	}
	if id, err = strconv.ParseInt(answer.Header.Get("Talkit-Recording"), 10, 64); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// same wants a recording to be the bytes that were sent.
func (s *killServer) same(key string, id int64, sound []byte) {
	s.t.Helper()
	if got := s.call("GET", fmt.Sprintf("/recordings/%d/audio", id), key, ""); sha256.Sum256(got) != sha256.Sum256(sound) {
		s.t.Errorf("%d bytes were sent, %d other ones are kept", len(sound), len(got))
	}
}

// TestKilledUpload: what was acknowledged is there after each kill -9, and at
// the end there is one recording of the same bytes.
func TestKilledUpload(t *testing.T) {
	t.Parallel()
	_, sound := killSound(t)
	s, rounds := killSetup(t, "TALKIT_ENGINE=manual"), 4
	if killLong() {
		rounds = 60
	}
	var server, doomed atomic.Pointer[killProcess]
	server.Store(s.serve())
	key := s.user(killEmail)
	var kills atomic.Int32
	moment := func(int) {
		time.Sleep(time.Millisecond) // a slow line
		if p := server.Load(); (kills.Load() == 0 || rand.IntN(16) == 0) && doomed.CompareAndSwap(nil, p) {
			time.AfterFunc(rand.N(10*time.Millisecond), p.kill) // any moment of it, its end too
		}
	}
	restart := func() {
		if doomed.Load() == nil {
			t.Fatal("nobody answers, and nobody was killed")
		}
		kills.Add(1)
		<-doomed.Load().ended
		server.Store(s.serve())
		doomed.Store(nil)
	}
	for n := range rounds {
		id := s.portions(key, sound, 64<<10, moment, restart)
		if doomed.Load() != nil {
			restart()
		}
		s.same(key, id, sound)
		if made := s.keeps().count("SELECT COUNT(*) FROM recordings"); made != n+1 {
			t.Fatalf("%d uploads became %d recordings", n+1, made)
		}
		s.settled(key, id)
	}
	t.Logf("%d kills in %d uploads", kills.Load(), rounds)
	s.keeps().makeDue() // what a kill left that nobody was told of
	server.Load().kill()
	s.serve()
	s.keeps().nothingLeft(rounds)
}

// TestBigUploadInPortions is taken in constant memory, in one request and in many.
func TestBigUploadInPortions(t *testing.T) {
	t.Parallel()
	size, part := int64(16<<20), int64(8<<20)
	if killLong() {
		size, part = 256<<20, 64<<20
	}
	s := killSetup(t, "TALKIT_ENGINE=manual")
	server := s.serve()
	key := s.user(killEmail)
	for _, part := range []int64{size, part} {
		before := server.resident(t)
		answer, err := s.tus(t.Context(), "POST", "/recordings/uploads", key, nil, "Upload-Length", fmt.Sprint(size))
		if err != nil || answer.Status != http.StatusCreated {
			t.Fatalf("%v, %+v", err, answer)
		}
		path, sound := answer.Header.Get("Location"), badZeros(size)
		for at := int64(0); at < size; at += part {
			answer, err = s.tus(t.Context(), "PATCH", path, key, io.LimitReader(sound, part), "Upload-Offset", fmt.Sprint(at),
				"Content-Type", "application/offset+octet-stream")
			if err != nil || answer.Status != http.StatusNoContent {
				t.Fatalf("%v, %d %s", err, answer.Status, answer.Body)
			}
		}
		server.flat(t, "a big upload in portions", before)
		id, err := strconv.ParseInt(answer.Header.Get("Talkit-Recording"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if r := s.settled(key, id); r.Audio.Size != size {
			t.Errorf("%d bytes became %d", size, r.Audio.Size)
		}
	}
	s.keeps().nothingLeft(2)
}

// TestStoppedUpload: a stop does not wait for a client that sends no more, and
// keeps what came.
func TestStoppedUpload(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	server := s.serve()
	key := s.user(killEmail)
	sound := badWAV(100_000)
	answer, err := s.tus(t.Context(), "POST", "/recordings/uploads", key, nil, "Upload-Length", strconv.Itoa(len(sound)))
	if err != nil || answer.Status != http.StatusCreated {
		t.Fatalf("%v, %+v", err, answer)
	}
	path := answer.Header.Get("Location")
	body, feed := io.Pipe()
	answers := make(chan killAnswer, 1)
	go func() {
		answer, _ := s.tus(t.Context(), "PATCH", path, key, body, "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream")
		answers <- answer
	}()
	if _, err := feed.Write(sound[:50_000]); err != nil {
		t.Fatal(err)
	}
	data := s.keeps()
	killUntil(t, 10*time.Second, "the server reads it", func() bool { return data.count("SELECT COUNT(*) FROM loose_blobs") == 1 })
	if code, took := server.stop(t); code != 0 || took > 25*time.Second {
		t.Errorf("it ended with %d, after %v", code, took)
	}
	feed.Close()
	if got := <-answers; got.Status != 0 { // the answer may be lost with its connection
		got.refused(t, "a PATCH during the stop", http.StatusServiceUnavailable)
	}
	s.serve()
	at := data.count("SELECT stored FROM uploads")
	if at == 0 || at > 50_000 {
		t.Errorf("%d bytes are kept", at)
	}
	answer, err = s.tus(t.Context(), "PATCH", path, key, bytes.NewReader(sound[at:]), "Upload-Offset", strconv.Itoa(at), "Content-Type", "application/offset+octet-stream")
	if err != nil || answer.Status != http.StatusNoContent {
		t.Fatalf("%v, %d %s", err, answer.Status, answer.Body)
	}
	id, err := strconv.ParseInt(answer.Header.Get("Talkit-Recording"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	s.same(key, id, sound)
}
