package e2e_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// chunk is a body that appends to an upload.
func chunk(content string) raw { return raw{"application/offset+octet-stream", content} }

// tus is someone who speaks the tus protocol.
func (c caller) tus() caller { return c.with("Tus-Resumable", "1.0.0") }

// begin begins an upload and returns its address.
func (c caller) begin(length int, metadata ...field) (path string) {
	c.t.Helper()
	return c.tus().with("Upload-Length", fmt.Sprint(length)).with("Upload-Metadata", described(metadata)).
		post("/recordings/uploads", nil).want(http.StatusCreated).header.Get("Location")
}

func described(metadata []field) string {
	var pairs []string
	for _, m := range metadata {
		pairs = append(pairs, m.name+" "+base64.StdEncoding.EncodeToString([]byte(m.value)))
	}
	return strings.Join(pairs, ",")
}

// add appends to an upload.
func (c caller) add(path string, offset int, content []byte) answer {
	c.t.Helper()
	return c.tus().with("Upload-Offset", fmt.Sprint(offset)).patch(path, chunk(string(content)))
}

// at asks how far an upload has come.
func (c caller) at(path string) (offset int) {
	c.t.Helper()
	offset, err := strconv.Atoi(c.tus().do(http.MethodHead, path, nil).want(http.StatusOK).header.Get("Upload-Offset"))
	if err != nil {
		c.t.Error(err)
	}
	return offset
}

// upload is the id of an upload of the person that has begun.
func (w *world) upload(length int) (id string) {
	w.t.Helper()
	return strings.TrimPrefix(w.user.begin(length), "/recordings/uploads/")
}

// recorded is the recording that an answer says an upload became.
func (c caller) recorded(a answer) wire.Recording {
	c.t.Helper()
	id := a.header.Get("Talkit-Recording")
	if id == "" {
		c.t.Fatalf("%s names no recording: %v", a.asked, a.header)
	}
	return read[wire.Recording](c.get("/recordings/" + id).want(http.StatusOK))
}

// sounds wants a recording's sound to be the same bytes.
func (c caller) sounds(r wire.Recording, sound []byte) {
	c.t.Helper()
	got := c.get(fmt.Sprintf("/recordings/%d/audio", r.ID)).want(http.StatusOK).body
	if sha256.Sum256(got) != sha256.Sum256(sound) {
		c.t.Errorf("%d bytes were sent, %d other ones are kept", len(sound), len(got))
	}
}

func expiresIn(t *testing.T, a answer, want time.Duration) {
	t.Helper()
	on, err := http.ParseTime(a.header.Get("Upload-Expires"))
	if left := time.Until(on); err != nil || left > want || left < want-10*time.Minute {
		t.Errorf("%s expires in %v, %v", a.asked, left, err)
	}
}

// uploadLife is one whole upload, of a length that is not known at first.
func uploadLife(t *testing.T, w *world) {
	needFFmpeg(t)
	sound, asks := tone(), w.user.tus()
	described := described([]field{{"name", "Visit " + canary}, {"type", "meeting"}, {"language", "de"}, {"metadata", `{"patient":"Ümit"}`},
		{"filename", "note.wav"}})
	begun := asks.with("Upload-Defer-Length", "1").with("Upload-Metadata", described).post("/recordings/uploads", nil).want(http.StatusCreated)
	expiresIn(t, begun, talkit.UploadTime)
	path := begun.header.Get("Location")
	if at := asks.do(http.MethodHead, path, nil).want(http.StatusOK).header; at.Get("Upload-Offset") != "0" || at.Get("Upload-Defer-Length") != "1" ||
		at.Get("Upload-Length") != "" || at.Get("Upload-Metadata") != described || at.Get("Talkit-Recording") != "" {
		t.Errorf("begun: %v", at)
	}
	half := len(sound) / 2
	if got := w.user.add(path, 0, sound[:half]).want(http.StatusNoContent); got.header.Get("Upload-Offset") != fmt.Sprint(half) {
		t.Errorf("half of it: %v", got.header)
	}
	w.user.add(path, 0, sound[:half]).refused(http.StatusConflict, "conflict").names(t, fmt.Sprint(half))
	last := asks.with("Upload-Length", fmt.Sprint(len(sound))).with("Upload-Offset", fmt.Sprint(half)).patch(path, chunk(string(sound[half:]))).want(http.StatusNoContent)
	r := w.user.recorded(last)
	want := wire.Recording{Name: "Visit " + canary, Type: "meeting", Language: "de", Metadata: map[string]string{"patient": "Ümit"}}
	if diff := gocmp.Diff(want, wire.Recording{Name: r.Name, Type: r.Type, Language: r.Language, Metadata: r.Metadata}); diff != "" {
		t.Errorf("the recording is another:\n%s", diff)
	}
	w.user.sounds(r, sound)
	for _, again := range []answer{asks.do(http.MethodHead, path, nil).want(http.StatusOK), w.user.add(path, len(sound), nil).want(http.StatusNoContent)} {
		expiresIn(t, again, talkit.UploadTime)
		if again.header.Get("Upload-Offset") != fmt.Sprint(len(sound)) || w.user.recorded(again).ID != r.ID {
			t.Errorf("asked again: %v", again.header)
		}
	}
	asks.delete(path).want(http.StatusNoContent)
	asks.delete(path).refused(http.StatusNotFound, "not_found")
	w.reach(r.ID, talkit.RecordingReview)
}

// uploadDescribed is what anybody learns of the protocol, also without a key.
func uploadDescribed(t *testing.T, w *world) {
	got := w.as(t, "").do(http.MethodOptions, "/recordings/uploads", nil).want(http.StatusNoContent).header
	for name, want := range map[string]string{"Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Max-Size": fmt.Sprint(w.App.MaxUpload),
		"Tus-Extension": "creation,creation-with-upload,creation-defer-length,termination,expiration"} {
		if got.Get(name) != want {
			t.Errorf("%s: %s, want %s", name, got.Get(name), want)
		}
	}
	w.user.with("Upload-Length", "5").post("/recordings/uploads", nil).refused(http.StatusPreconditionFailed, "precondition_failed").names(t, "1.0.0")
}

// uploadWithItsBeginning: the first request can bring all of it.
func uploadWithItsBeginning(t *testing.T, w *world) {
	needFFmpeg(t)
	sound := tone()
	asks := w.token.tus().with("Upload-Length", fmt.Sprint(len(sound)))
	got := asks.post("/recordings/uploads", chunk(string(sound))).want(http.StatusCreated)
	if got.header.Get("Upload-Offset") != fmt.Sprint(len(sound)) {
		t.Errorf("all at once: %v", got.header)
	}
	w.user.sounds(w.token.recorded(got), sound)

	got = asks.post("/recordings/uploads", chunk(string(sound[:100]))).want(http.StatusCreated)
	if at := w.token.at(got.header.Get("Location")); at != 100 || got.header.Get("Upload-Offset") != "100" {
		t.Errorf("a part at once: %d, %v", at, got.header)
	}
	once := asks.with("Idempotency-Key", "with its beginning")
	first := once.post("/recordings/uploads", chunk(string(sound[:100]))).want(http.StatusCreated)
	path := first.header.Get("Location")
	if at := w.token.at(path); at != 0 || first.header.Get("Upload-Offset") != "0" {
		t.Errorf("with an Idempotency-Key: %d, %v", at, first.header)
	}
	w.user.with("Idempotency-Key", "with its beginning").tus().with("Upload-Length", "5").post("/recordings/uploads", nil).want(http.StatusCreated)
	once.header.Set("Upload-Length", "5")
	once.post("/recordings/uploads", nil).refused(http.StatusUnprocessableEntity, "invalid").names(t, "Idempotency-Key")
	refused := once.with("Upload-Metadata", described([]field{{"type", "song"}}))
	refused.header.Set("Idempotency-Key", "refused")
	for range 2 {
		refused.post("/recordings/uploads", nil).refused(http.StatusUnprocessableEntity, "invalid")
	}
}

// uploadByPost: clients that can send POST alone name what they mean.
func uploadByPost(t *testing.T, w *world) {
	path := w.user.begin(100)
	override := func(method string) caller { return w.user.tus().with("X-HTTP-Method-Override", method) }
	send := func(c caller, body any) answer {
		t.Helper()
		request, err := c.request(http.MethodPost, path, body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := w.transport.RoundTrip(request) // not as in the document: there it is PATCH or DELETE
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		return answer{t, "POST " + path, response.StatusCode, response.Header, content}
	}
	send(override(http.MethodPatch).with("Upload-Offset", "0"), chunk("sound")).want(http.StatusNoContent)
	if at := w.user.at(path); at != 5 {
		t.Errorf("it is at %d", at)
	}
	send(override(http.MethodHead), nil).refused(http.StatusMethodNotAllowed, "method_not_allowed")
	override(http.MethodDelete).do(http.MethodHead, path, nil).want(http.StatusOK) // means something with POST alone
	override(http.MethodOptions).with("Upload-Length", "5").post("/recordings/uploads", nil).want(http.StatusCreated)
	send(override(http.MethodDelete), nil).want(http.StatusNoContent)
	w.user.tus().do(http.MethodHead, path, nil).refused(http.StatusNotFound, "not_found")
}

// uploadRefused: what is not as the protocol has it is refused with what is wrong.
func uploadRefused(t *testing.T, w *world) {
	asks := w.user.tus()
	long := strings.Repeat("x", 201)
	for what, c := range map[string]struct {
		asks   caller
		status int
	}{
		"no length":               {asks, 400},
		"a length that is none":   {asks.with("Upload-Length", "x"), 400},
		"a negative length":       {asks.with("Upload-Length", "-5"), 400},
		"two lengths":             {asks.with("Upload-Length", "5").with("Upload-Defer-Length", "1"), 400},
		"a part of another":       {asks.with("Upload-Length", "5").with("Upload-Concat", "partial"), 400},
		"deferred by 2":           {asks.with("Upload-Defer-Length", "2"), 400},
		"no sound":                {asks.with("Upload-Length", "0"), 422},
		"too much":                {asks.with("Upload-Length", fmt.Sprint(w.App.MaxUpload+1)), 413},
		"a query":                 {asks.with("Upload-Length", "5"), 422},
		"a packed body":           {asks.with("Upload-Length", "5").with("Content-Encoding", "gzip"), 415},
		"metadata that are none":  {asks.with("Upload-Length", "5").with("Upload-Metadata", "name &"), 422},
		"metadata without a key":  {asks.with("Upload-Length", "5").with("Upload-Metadata", "name YQ==,"), 422},
		"metadata twice":          {asks.with("Upload-Length", "5").with("Upload-Metadata", "name YQ==,name YQ=="), 422},
		"metadata not ASCII":      {asks.with("Upload-Length", "5").with("Upload-Metadata", "n\xffame YQ=="), 422},
		"a type that is none":     {asks.with("Upload-Length", "5").with("Upload-Metadata", described([]field{{"type", "poem"}})), 422},
		"a language that is none": {asks.with("Upload-Length", "5").with("Upload-Metadata", described([]field{{"language", "English"}})), 422},
		"a long name":             {asks.with("Upload-Length", "5").with("Upload-Metadata", described([]field{{"name", long}})), 422},
		"a name with U+0000":      {asks.with("Upload-Length", "5").with("Upload-Metadata", described([]field{{"name", "a\x00"}})), 422},
		"a name not UTF-8":        {asks.with("Upload-Length", "5").with("Upload-Metadata", described([]field{{"name", "a\xff"}})), 422},
		"metadata of numbers":     {asks.with("Upload-Length", "5").with("Upload-Metadata", described([]field{{"metadata", `{"a":1}`}})), 422},
		"a lone surrogate":        {asks.with("Upload-Length", "5").with("Upload-Metadata", described([]field{{"metadata", `{"a":"\ud800"}`}})), 422},
	} {
		path := "/recordings/uploads"
		if what == "a query" {
			path += "?limit=1"
		}
		got := c.asks.post(path, nil)
		if kinds := map[int]string{400: "malformed", 413: "too_large", 415: "unsupported", 422: "invalid"}; got.status != c.status {
			t.Errorf("%s: %d, want %d: %s", what, got.status, c.status, got.body)
		} else if p := got.refused(c.status, kinds[c.status]); strings.Contains(string(got.body), "body.") || got.header.Get("Tus-Resumable") != "1.0.0" {
			t.Errorf("%s: %+v", what, p)
		}
	}
	path := w.user.begin(100)
	asks.patch(path, chunk("x")).refused(http.StatusBadRequest, "malformed").names(t, "Upload-Offset")
	asks.with("Upload-Offset", "0").patch(path, raw{"audio/wav", "x"}).refused(http.StatusBadRequest, "malformed").names(t, "Content-Type")
	asks.with("Upload-Offset", "0").with("Upload-Length", "5").patch(path, chunk("x")).refused(http.StatusBadRequest, "malformed").names(t, "Upload-Length")
	w.user.add(path, 0, make([]byte, 101)).refused(http.StatusRequestEntityTooLarge, "too_large")
	w.user.add(path, 1, []byte("x")).refused(http.StatusConflict, "conflict").names(t, "0")
	if at := w.user.at(path); at != 0 {
		t.Errorf("what was refused left it at %d", at)
	}
}

// uploadOfNoSound is refused with its last byte, and gone.
func uploadOfNoSound(t *testing.T, w *world) {
	needFFmpeg(t)
	path := w.user.begin(10)
	w.user.add(path, 0, []byte("only"))
	w.user.add(path, 4, []byte(" words")).refused(http.StatusUnsupportedMediaType, "unsupported")
	w.user.tus().do(http.MethodHead, path, nil).refused(http.StatusNotFound, "not_found")
}

// uploadRights are looked at again with every PATCH, and within a long one.
func uploadRights(t *testing.T, w *world) {
	path, theirs := w.user.begin(100), w.token.begin(100)
	w.user.add(path, 0, []byte("sound")).want(http.StatusNoContent)
	w.token.add(theirs, 0, []byte("sound")).want(http.StatusNoContent)
	w.token.add(path, 5, []byte("x")).refused(http.StatusNotFound, "not_found")
	w.user.add(theirs, 5, []byte("x")).refused(http.StatusNotFound, "not_found")

	i := w.installation
	i.Permissions = talkit.Permissions{"transcript": "read"}
	if err := w.DB.InTx(t.Context(), func(tx *store.Tx) error { return tx.SetInstallation(t.Context(), i) }); err != nil {
		t.Fatal(err)
	}
	w.token.add(theirs, 5, []byte("x")).refused(http.StatusForbidden, "forbidden").names(t, "recording: write")

	var key int64
	if err := w.DB.Writer().QueryRowContext(t.Context(), "SELECT MAX(id) FROM keys WHERE user_id = "+fmt.Sprint(w.person.ID)).Scan(&key); err != nil {
		t.Fatal(err)
	}
	if err := w.DB.InTx(t.Context(), func(tx *store.Tx) error { return tx.RevokeKey(t.Context(), key, talkit.Now()) }); err != nil {
		t.Fatal(err)
	}
	w.user.add(path, 5, []byte("x")).refused(http.StatusUnauthorized, "unauthenticated")
	again := w.as(t, w.newKey(w.person, talkit.UserKey))
	if at := again.at(path); at != 5 {
		t.Errorf("with another key of the same person it is at %d", at)
	}
}

// patching sends the head of a PATCH and some of its body on a connection of
// its own, and returns that.
func (w *world) patching(path string, offset, length int, content []byte) net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL(), "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: %d\r\n"+
		"Content-Type: application/offset+octet-stream\r\nContent-Length: %d\r\n\r\n%s", path, w.user.credential(), offset, length, content)
	return conn
}

// uploadOverABadLine: what came before a connection broke is kept, and who
// comes back is not kept waiting by a request that is dead.
func uploadOverABadLine(t *testing.T, w *world) {
	needFFmpeg(t)
	sound := tone()
	path := w.user.begin(len(sound))
	const cut, more = 10_000, 5_000
	w.patching(path, 0, len(sound), sound[:cut]).Close()
	until(t, "what came is there", func() bool {
		u, err := w.DB.Upload(t.Context(), strings.TrimPrefix(path, "/recordings/uploads/")) // asking the server would end a request that is late
		return err == nil && u.Offset == cut
	})

	alive := w.patching(path, cut, len(sound)-cut, sound[cut:cut+more]) // and nothing more comes
	answered := make(chan answer, 1)
	go func() {
		var content []byte
		response, err := http.ReadResponse(bufio.NewReader(alive), nil)
		if err == nil {
			content, err = io.ReadAll(response.Body)
		}
		if err != nil {
			t.Error(err)
			response = &http.Response{}
		}
		answered <- answer{t, "PATCH " + path, response.StatusCode, response.Header, content}
	}()
	at := 0
	until(t, "the request that hangs lets go", func() bool {
		at = w.user.at(path)
		return len(answered) > 0
	})
	(<-answered).refused(http.StatusLocked, "locked")
	if at < cut || at > cut+more {
		t.Errorf("it is at %d", at)
	}
	w.user.sounds(w.user.recorded(w.user.add(path, at, sound[at:]).want(http.StatusNoContent)), sound)
}

// uploadTooMuch: a length that was not known is held to the limit as well, and
// a body that does not say how long it is to what was said of the whole.
func TestUploadTooMuch(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual", "--max-upload=20kB"))
	path := w.user.tus().with("Upload-Defer-Length", "1").post("/recordings/uploads", nil).want(http.StatusCreated).header.Get("Location")
	w.user.add(path, 0, make([]byte, 20_001)).refused(http.StatusRequestEntityTooLarge, "too_large")
	w.user.add(path, 0, make([]byte, 20_000)).want(http.StatusNoContent)
	w.user.add(path, 20_000, []byte("x")).refused(http.StatusRequestEntityTooLarge, "too_large")
	w.user.tus().with("Upload-Offset", "20000").with("Upload-Length", "20001").patch(path, chunk("")).refused(http.StatusRequestEntityTooLarge, "too_large")
	w.user.tus().delete(path).want(http.StatusNoContent)

	path = w.user.begin(100)
	request, err := w.user.tus().with("Upload-Offset", "0").request(http.MethodPatch, path, chunk(""))
	if err != nil {
		t.Fatal(err)
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(make([]byte, 101))), -1
	response, err := checked{t, w.site}.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v, %v", response, err)
	}
	if at := w.user.at(path); at != 0 {
		t.Errorf("it is at %d", at)
	}
	w.user.tus().delete(path).want(http.StatusNoContent)
	until(t, "nothing is left of it", func() bool { return len(stored(t, w.site)) == 0 })
}
