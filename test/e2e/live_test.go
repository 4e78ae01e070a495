package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
	"talkit/wire"
)

// liveLife is one dictation, as plain samples.
func liveLife(t *testing.T, w *world) {
	needFFmpeg(t)
	samples := tone()[liveHeader:]
	s := w.user.dictating(wire.LiveStart{ContentType: rawSound, Name: "Visit " + canary, Kind: "meeting", Language: "de", Metadata: map[string]string{"patient": "Ümit"}})
	if s.begun.Upload == "" || s.begun.Offset != liveHeader || s.begun.Live || s.begun.Reason == nil || *s.begun.Reason != "engine" || s.begun.Detail == "" {
		t.Errorf("started: %+v", s.begun)
	}
	s.sound(samples, 3001) // not whole samples each
	s.stored(int64(len(tone())))
	r := s.end()
	if r.Name != "Visit "+canary || r.Type != "meeting" || r.Language != "de" || r.Metadata["patient"] != "Ümit" || r.Audio.Duration != 1 || r.Audio.ContentType != "audio/wav" {
		t.Errorf("the recording: %+v", r)
	}
	w.user.sounds(r, tone())
	w.reach(r.ID, talkit.RecordingReview)
	again := w.user.dictating(wire.LiveStart{ContentType: rawSound, Upload: s.begun.Upload})
	if got := again.hear("recording").Recording; got.ID != r.ID || again.begun.Offset != int64(len(tone())) {
		t.Errorf("asked again: %+v, %+v", again.begun, got)
	}
	again.closed(websocket.StatusNormalClosure)
	w.user.tus().delete("/recordings/uploads/" + s.begun.Upload).want(http.StatusNoContent)
	w.token.handshake().refused(http.StatusUnauthorized, "unauthenticated")
}

// liveOverABadLine goes on where the server's sound ends.
func liveOverABadLine(t *testing.T, w *world) {
	needFFmpeg(t)
	sound := tone()
	s := w.user.dictating(wire.LiveStart{ContentType: "audio/wav"})
	s.sound(sound[:20_001], 4096)
	s.stored(20_001)
	s.conn.CloseNow()
	start := wire.LiveStart{ContentType: "audio/wav", Upload: s.begun.Upload}
	hangs := w.user.dictating(start)
	if hangs.begun.Offset != 20_001 || hangs.begun.Upload != s.begun.Upload {
		t.Fatalf("goes on as %+v", hangs.begun)
	}
	hangs.sound(sound[20_001:20_100], 50)
	next := w.user.dictating(start) // the one before may not have noticed that its line is dead
	hangs.refused("locked", websocket.StatusPolicyViolation)
	if next.begun.Offset != 20_001 && next.begun.Offset != 20_100 {
		t.Fatalf("goes on as %+v", next.begun)
	}
	next.sound(sound[next.begun.Offset:], 4096)
	w.user.sounds(next.end(), sound)
}

// liveAndTus: both ways append to one upload.
func liveAndTus(t *testing.T, w *world) {
	needFFmpeg(t)
	sound := tone()
	s := w.user.dictating(wire.LiveStart{ContentType: rawSound, Name: "Both ways"})
	path := "/recordings/uploads/" + s.begun.Upload
	s.sound(sound[liveHeader:10_000], 4096)
	s.stored(10_000)
	at := w.user.tus().do(http.MethodHead, path, nil).want(http.StatusOK).header
	s.refused("locked", websocket.StatusPolicyViolation)
	if at.Get("Upload-Offset") != "10000" || at.Get("Upload-Defer-Length") != "1" || !strings.Contains(at.Get("Upload-Metadata"), "name ") {
		t.Errorf("tus finds %v", at)
	}
	w.user.add(path, 10_000, sound[10_000:20_000]).want(http.StatusNoContent)
	s = w.user.dictating(wire.LiveStart{ContentType: rawSound, Upload: s.begun.Upload})
	if s.begun.Offset != 20_000 {
		t.Fatalf("after tus: %+v", s.begun)
	}
	s.sound(sound[20_000:30_000], 4096)
	s.stored(30_000)
	s.conn.CloseNow()
	last := w.user.tus().with("Upload-Length", fmt.Sprint(len(sound))).with("Upload-Offset", "30000").patch(path, chunk(string(sound[30_000:]))).want(http.StatusNoContent)
	r := w.user.recorded(last)
	w.user.sounds(r, sound)
	if r.Name != "Both ways" {
		t.Errorf("the recording: %+v", r)
	}

	for _, length := range []string{"", fmt.Sprint(len(sound))} {
		asks := w.user.tus().with("Upload-Metadata", described([]field{{"name", "Begun by tus"}}))
		if length == "" {
			asks = asks.with("Upload-Defer-Length", "1")
		} else {
			asks = asks.with("Upload-Length", length)
		}
		path = asks.post("/recordings/uploads", nil).want(http.StatusCreated).header.Get("Location")
		w.user.add(path, 0, sound[:15_000]).want(http.StatusNoContent)
		id := strings.TrimPrefix(path, "/recordings/uploads/")
		s = w.user.dictating(wire.LiveStart{ContentType: "audio/wav", Upload: id})
		s.sound(sound[s.begun.Offset:], 5000)
		r = s.end()
		w.user.sounds(r, sound)
		if r.Name != "Begun by tus" {
			t.Errorf("the recording: %+v", r)
		}
	}
	path = w.user.begin(100)
	w.user.add(path, 0, make([]byte, 50)).want(http.StatusNoContent)
	s = w.user.speak()
	s.say(wire.LiveStart{Type: "start", ContentType: rawSound, Upload: strings.TrimPrefix(path, "/recordings/uploads/")})
	s.refused("conflict", websocket.StatusPolicyViolation)
	s = w.user.dictating(wire.LiveStart{ContentType: "audio/wav", Upload: strings.TrimPrefix(path, "/recordings/uploads/")})
	s.say(wire.LiveEnd{Type: "end"}) // half of what was said
	s.refused("conflict", websocket.StatusPolicyViolation)
}

// liveHandshakes: who may not, or does not ask for a WebSocket, is told so.
func liveHandshakes(t *testing.T, w *world) {
	w.as(t, "").handshake().refused(http.StatusUnauthorized, "unauthenticated")
	w.as(t, "tk_user_nothing").handshake().refused(http.StatusUnauthorized, "unauthenticated")
	w.developer.handshake().refused(http.StatusUnauthorized, "unauthenticated")
	w.user.with("Origin", "https://evil.example").handshake().refused(http.StatusForbidden, "forbidden")
	w.user.with("Origin", "null").handshake().refused(http.StatusForbidden, "forbidden")
	got := w.user.get("/recordings/live")
	got.refused(http.StatusUpgradeRequired, "upgrade_required").names(t, "WebSocket")
	if got.header.Get("Upgrade") != "websocket" {
		t.Errorf("426 with %v", got.header)
	}
	w.user.with("Sec-WebSocket-Version", "13").with("Connection", "upgrade").with("Upgrade", "websocket").get("/recordings/live").refused(http.StatusBadRequest, "malformed")
	w.user.get("/recordings/live?access_token=x").refused(http.StatusUnprocessableEntity, "invalid")
	w.user.post("/recordings/live", nil).refused(http.StatusMethodNotAllowed, "method_not_allowed")

	browser := w.as(t, "").with("Cookie", door.SessionCookie(w.URL())+"="+greeting(t, w.site, w.person).Value)
	browser.handshake().refused(http.StatusForbidden, "forbidden")
	browser.with("Origin", "https://evil.example").handshake().refused(http.StatusForbidden, "forbidden")
	own := browser.with("Origin", w.URL()).with("Sec-Fetch-Site", "same-origin")
	own.dictating(wire.LiveStart{ContentType: rawSound}).conn.Close(websocket.StatusNormalClosure, "")

	var open []*speaker
	for range 10 {
		open = append(open, w.user.dictating(wire.LiveStart{ContentType: rawSound}))
	}
	w.user.handshake().refused(http.StatusTooManyRequests, "too_many")
	w.user.get("/recordings/live").refused(http.StatusTooManyRequests, "too_many") // as a page finds out why
	open[0].conn.CloseNow()
	until(t, "there is room again", func() bool { return w.user.speaks() })
}

// liveRubbish: what is not as the protocol has it ends the dictation, and says why.
func liveRubbish(t *testing.T, w *world) {
	start := func(more string) string { return `{"type":"start","content_type":"audio/webm"` + more + `}` }
	for what, c := range map[string]struct{ text, kind string }{
		"no JSON":                 {"start", "malformed"},
		"a list":                  {"[]", "malformed"},
		"no type":                 {"{}", "malformed"},
		"another type":            {`{"type":"end"}`, "malformed"},
		"two objects":             {start("") + start(""), "malformed"},
		"no content type":         {`{"type":"start"}`, "invalid"},
		"a content type of none":  {`{"type":"start","content_type":";"}`, "invalid"},
		"samples of another rate": {`{"type":"start","content_type":"audio/pcm;rate=48000"}`, "invalid"},
		"another member":          {start(`,"language_code":"en"`), "malformed"},
		"a number for a name":     {start(`,"name":1`), "malformed"},
		"a language that is none": {start(`,"language":"English"`), "invalid"},
		"a kind that is none":     {start(`,"kind":"poem"`), "invalid"},
		"a long name":             {start(`,"name":"` + strings.Repeat("x", 201) + `"`), "invalid"},
		"U+0000":                  {start(`,"name":"\u0000"`), "invalid"},
		"a lone surrogate":        {start(`,"name":"\ud800"`), "invalid"},
		"metadata of lists":       {start(`,"metadata":{"a":[]}`), "malformed"},
		"no upload":               {start(`,"upload":"x"`), "not_found"},
		"another's upload":        {start(`,"upload":"` + strings.TrimPrefix(w.token.begin(5), "/recordings/uploads/") + `"`), "not_found"},
		"words before it began":   {start(`,"heard":-1`), "invalid"},
		"much text":               {start(`,"name":"` + strings.Repeat("x", 70_000) + `"`), "too_large"},
	} {
		t.Run(what, func(t *testing.T) {
			s := w.user.speak()
			s.t = t
			s.write(websocket.MessageText, []byte(c.text))
			m := s.refused(c.kind, websocket.StatusPolicyViolation)
			if c.kind == "invalid" && (len(m.Errors) != 1 || !strings.HasPrefix(m.Errors[0].Location, "start")) {
				t.Errorf("it names %+v", m.Errors)
			}
		})
	}
	s := w.user.speak()
	s.write(websocket.MessageBinary, []byte("sound"))
	s.refused("malformed", websocket.StatusPolicyViolation)

	s = w.user.dictating(wire.LiveStart{ContentType: "audio/webm"})
	s.sound([]byte("sound"), 5)
	s.say(wire.LiveStart{Type: "start", ContentType: "audio/webm"})
	s.refused("malformed", websocket.StatusPolicyViolation)
	s = w.user.dictating(wire.LiveStart{ContentType: "audio/webm", Upload: s.begun.Upload})
	if s.begun.Offset != 5 {
		t.Errorf("what came before the rubbish: %+v", s.begun)
	}
	s.conn.Write(t.Context(), websocket.MessageBinary, make([]byte, 2<<20)) // it need not take all of it
	s.closed(websocket.StatusMessageTooBig)

	ended := w.user.dictating(wire.LiveStart{ContentType: "audio/wav"})
	ended.sound(tone(), 4096)
	r := ended.end()
	s = w.user.speak()
	s.say(wire.LiveStart{Type: "start", ContentType: "audio/wav", Upload: ended.begun.Upload})
	s.conn.Write(t.Context(), websocket.MessageBinary, make([]byte, 100)) // to what has ended, and may be closed by now
	if again := s.hear("recording").Recording; again.ID != r.ID {
		t.Errorf("sound after the end: %+v", again)
	}
	s.closed(websocket.StatusNormalClosure)

	s = w.user.dictating(wire.LiveStart{ContentType: "audio/webm"})
	s.say(wire.LiveEnd{Type: "end"})
	s.refused("invalid", websocket.StatusPolicyViolation).isGone(t, w, s)
	s = w.user.dictating(wire.LiveStart{ContentType: rawSound})
	s.say(wire.LiveEnd{Type: "end"})
	s.hearProblem().isGone(t, w, s)
	s = w.user.dictating(wire.LiveStart{ContentType: "audio/webm"})
	s.sound([]byte("only words"), 5)
	s.say(wire.LiveEnd{Type: "end"})
	s.refused("unsupported", websocket.StatusPolicyViolation).isGone(t, w, s)
}

// isGone wants nothing to be left of what was no sound.
func (heardMessage) isGone(t *testing.T, w *world, s *speaker) {
	t.Helper()
	w.user.tus().do(http.MethodHead, "/recordings/uploads/"+s.begun.Upload, nil).refused(http.StatusNotFound, "not_found")
}

// liveRights end with the permission, soon.
func liveRights(t *testing.T, w *world) {
	start := wire.LiveStart{ContentType: rawSound}
	out := w.newUser(false)
	disabled, byKey := w.as(t, w.newKey(out, talkit.UserKey)).dictating(start), w.user.dictating(start)
	disabled.sound(make([]byte, 1000), 1000)
	byKey.sound(make([]byte, 1000), 1000)
	browser := w.as(t, "").with("Cookie", door.SessionCookie(w.URL())+"="+greeting(t, w.site, w.person).Value)
	bySession := browser.with("Origin", w.URL()).with("Sec-Fetch-Site", "same-origin").dictating(start)
	w.signOut()
	yes := true
	w.change(out, app.UserChange{Disabled: &yes})
	bySession.refused("unauthenticated", websocket.StatusPolicyViolation)
	disabled.refused("unauthenticated", websocket.StatusPolicyViolation)
	byKey.sound(make([]byte, 1000), 1000)
	byKey.stored(2000 + liveHeader)
	for upload, size := range map[string]int64{disabled.begun.Upload: 1000, byKey.begun.Upload: 2000} {
		if u, err := w.DB.Upload(t.Context(), upload); err != nil || u.Offset != size+liveHeader {
			t.Errorf("what came before: %+v, %v", u, err)
		}
	}
}

// TestLiveTooMuch: what fits is kept, and can be ended.
func TestLiveTooMuch(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual", "--max-upload=40kB"))
	s := w.user.dictating(wire.LiveStart{ContentType: rawSound})
	s.sound(tone()[liveHeader:], 4000)
	s.stored(int64(len(tone())))
	s.sound(make([]byte, 10_000), 10_000)
	s.refused("too_large", websocket.StatusPolicyViolation)
	s = w.user.dictating(wire.LiveStart{ContentType: rawSound, Upload: s.begun.Upload})
	w.user.sounds(s.end(), tone())
}

// TestLiveAtTheStop: a server that stops keeps all that came, and says that the
// client may come back.
func TestLiveAtTheStop(t *testing.T) {
	t.Parallel()
	data, outer := t.TempDir(), t
	var s, silent *speaker
	t.Run("until the stop", func(t *testing.T) {
		w := setup(t, serve(t, "--engine=manual", "--data="+data))
		w.user.t = outer        // the line outlives the server
		silent = w.user.speak() // it has not even begun
		s = w.user.dictating(wire.LiveStart{ContentType: rawSound})
		s.sound(make([]byte, 1000), 100)
		s.stored(1000 + liveHeader)
		s.sound(make([]byte, 500), 100)
	})
	s.closed(websocket.StatusServiceRestart)
	silent.closed(websocket.StatusServiceRestart)
	after := serve(t, "--engine=manual", "--data="+data)
	if u, err := after.DB.Upload(t.Context(), s.begun.Upload); err != nil || u.Offset < 1000+liveHeader {
		t.Errorf("%+v, %v", u, err)
	}
}
