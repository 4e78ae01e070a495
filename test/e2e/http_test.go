package e2e_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"talkit/wire"
)

// nowhere: addresses and methods that are not there answer as problems too.
func nowhere(t *testing.T, w *world) {
	nobody := w.as(t, "")
	for _, path := range []string{"/x", "/transcripts/", "/transcript", "/plugins/1/x", "/transcripts/1/export.pdf", "/docs/x", "/v1", "/logos/a/b", "/%00", "/transcripts/1%2fsegments/x"} {
		nobody.get(path).refused(http.StatusNotFound, "not_found")
	}
	d := w.documents[0]
	for template, item := range d.Paths.Map() {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if item.GetOperation(method) != nil {
				continue
			}
			got := w.developer.do(method, parameter.ReplaceAllString(template, "1"), nil)
			got.refused(http.StatusMethodNotAllowed, "method_not_allowed")
			for _, allowed := range strings.Split(got.header.Get("Allow"), ", ") {
				if item.GetOperation(allowed) == nil && allowed != http.MethodHead && allowed != http.MethodOptions {
					t.Errorf("%s %s: Allow: %s", method, template, got.header.Get("Allow"))
				}
			}
		}
	}
	if got := nobody.get("/").want(http.StatusFound); got.header.Get("Location") != "/app" {
		t.Errorf("/ leads to %s", got.header.Get("Location"))
	}
}

// noForeignPages: scripts of other sites get nothing that lets them read.
func noForeignPages(t *testing.T, w *world) {
	asks := w.developer.with("Origin", "https://evil.example").with("Access-Control-Request-Method", "POST").with("Access-Control-Request-Headers", "authorization")
	for _, got := range []answer{asks.get("/plugins").want(http.StatusOK), asks.do(http.MethodOptions, "/plugins", nil).want(http.StatusMethodNotAllowed),
		w.as(t, "").with("Origin", "https://evil.example").get("/openapi.json").want(http.StatusOK)} {
		for name := range got.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s answers %s: %s", got.asked, name, got.header.Get(name))
			}
		}
	}
	w.as(t, "").with("Cookie", "session="+w.developer.credential()).get("/plugins").refused(http.StatusUnauthorized, "unauthenticated")
	w.as(t, "").get("/plugins?access_token="+w.developer.credential()).refused(http.StatusUnauthorized, "unauthenticated")
}

// badJSON is tried on every operation of the document that takes JSON.
func badJSON(t *testing.T, w *world) {
	hook := w.newWebhook("https://example.com/hook")
	ids := things{"plugins": w.plugin.ID, "recordings": 1, "{webhook_id}": hook.ID}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	fmt.Fprint(zip, `{"name":"x"}`)
	zip.Close()
	for _, operation := range w.documents[0].operations() {
		method, template, _ := strings.Cut(operation, " ")
		body := w.documents[0].operation(operation).RequestBody
		if body == nil || body.Value.Content["application/json"] == nil {
			continue
		}
		field := slices.Min(texts(body.Value.Content["application/json"].Schema.Value.Properties))
		asks, path := w.callers(operation)[0], ids.fill(template)
		send := func(content string) answer { return asks.do(method, path, raw{"application/json", content}) }
		for _, malformed := range []string{"{", `{"a":`, "x", `{"` + field + `":1}}`, `{"` + field + `":}`} {
			send(malformed).refused(http.StatusBadRequest, "malformed")
		}
		for _, invalid := range []string{`[]`, `"x"`, `{"unknown":1}`, `{"` + field + `":[[]]}`, "{\"" + field + "\":\"a\xffb\"}", `{"` + field + `":"\u0000"}`,
			`{"` + field + `":"\ud800"}`, `{"` + field + `":"\ude00\ud83d"}`, `{"` + field + `":"\ud83dx"}`} {
			p := send(invalid).refused(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) == 0 || strings.Contains(p.Detail+fmt.Sprint(p.Errors), "a\xffb") {
				t.Errorf("%s %s: %+v", operation, invalid, p)
			}
		}
		asks.with("Content-Encoding", "gzip").do(method, path, raw{"application/json", packed.String()}).refused(http.StatusUnsupportedMediaType, "unsupported")
		asks.do(method, path, raw{"text/xml", "<x/>"}).refused(http.StatusUnsupportedMediaType, "unsupported")
		send(`{"`+field+`":"`+strings.Repeat("x", 17<<20)+`"}`).refused(http.StatusRequestEntityTooLarge, "too_large")
	}
}

// texts are the keys of a map of anything.
func texts[V any](of map[string]V) (all []string) {
	for name := range of {
		all = append(all, name)
	}
	return all
}

// badIDs are tried in every path with an id.
func badIDs(t *testing.T, w *world) {
	for _, operation := range w.documents[0].operations() {
		method, template, _ := strings.Cut(operation, " ")
		if !strings.Contains(template, "{") {
			continue
		}
		asks := w.callers(operation)[0]
		for _, id := range []string{"x", "1x", "1.5", "99999999999999999999", "0x1", "%20", "%00", "１"} {
			got := asks.do(method, parameter.ReplaceAllString(template, id), bodies[operation])
			if w.documents[0].operation(operation).Parameters[0].Value.Schema.Value.Type.Is("string") {
				got.refused(http.StatusNotFound, "not_found")
				continue
			}
			got.refused(http.StatusUnprocessableEntity, "invalid")
		}
		for _, id := range []string{"-1", "0", "9223372036854775807"} {
			asks.do(method, parameter.ReplaceAllString(template, id), bodies[operation]).refused(http.StatusNotFound, "not_found")
		}
	}
}

// odd is text that must come back as it was sent.
const odd = "  \t ünïcödé 😀👩‍👩‍👧 e\u0301 \u2028\u2029 <&>\"\\ \\u2028 \ufffd مرحبا \U0010ffff \r\n "

// textAsSent: any Unicode, untrimmed, wherever people write.
func textAsSent(t *testing.T, w *world) {
	plugin := read[wire.Plugin](w.developer.post("/plugins", map[string]string{"name": odd, "description": odd}).want(http.StatusCreated))
	again := read[wire.Plugin](w.developer.get(fmt.Sprintf("/plugins/%d", plugin.ID)).want(http.StatusOK))
	key := read[wire.PluginSecretKey](w.developer.post(fmt.Sprintf("/plugins/%d/secret_keys", plugin.ID), map[string]string{"description": odd}).want(http.StatusCreated))
	log.hide("a secret key", key.Value)
	if plugin.Name != odd || plugin.Description != odd || again.Name != odd || key.Description != odd {
		t.Errorf("sent %q, got %+v, %+v, %+v", odd, plugin, again, key)
	}
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL)
	r := w.dictate(odd, field{"name", odd}, field{"metadata", mustJSON(map[string]string{"k" + odd[:10]: odd})})
	d := hook.next("transcript.completed")
	hook.verified(d, made.Secret)
	shown := read[wire.Transcript](w.token.get(fmt.Sprintf("/transcripts/%d", *r.TranscriptID)).want(http.StatusOK))
	w.tellsTheSame(d, shown)
	own := read[wire.Transcript](w.user.get(fmt.Sprintf("/recordings/%d/transcript", r.ID)).want(http.StatusOK))
	if shown.Text != odd || shown.Name != odd || shown.Metadata["k"+odd[:10]] != odd || own.Text != odd || r.Name != odd {
		t.Errorf("sent %q, got %+v", odd, shown)
	}
	if w.user.put(fmt.Sprintf("/recordings/%d/transcript", r.ID), map[string]string{"text": ""}).want(http.StatusOK); !strings.Contains(string(w.token.get("/transcripts").body), `"text":""`) {
		t.Error("an empty text is not kept as one")
	}
}

func mustJSON(v any) string {
	content, _, err := encode(v)
	if err != nil {
		panic(err) // v is of this file
	}
	var text bytes.Buffer
	_, _ = text.ReadFrom(content)
	return text.String()
}

// badSubmissions are refused before or after their sound was read.
func badSubmissions(t *testing.T, w *world) {
	long := strings.Repeat("x", 65<<10)
	for what, c := range map[string]struct {
		body   raw
		status int
	}{
		"a type that is none":     {submission(tone(), field{"type", "poem"}), 422},
		"a language that is none": {submission(tone(), field{"language", "English"}), 422},
		"metadata that are none":  {submission(tone(), field{"metadata", "[]"}), 422},
		"null metadata":           {submission(tone(), field{"metadata", "null"}), 422},
		"metadata of numbers":     {submission(tone(), field{"metadata", `{"a":1}`}), 422},
		"a key without a letter":  {submission(tone(), field{"metadata", `{"1":"a"}`}), 422},
		"a lone surrogate":        {submission(tone(), field{"metadata", `{"a":"\ud800"}`}), 422},
		"a long name":             {submission(tone(), field{"name", long[:201]}), 422},
		"a name that is no UTF-8": {submission(tone(), field{"name", "a\xff"}), 422},
		"a name with U+0000":      {submission(tone(), field{"name", "a\x00"}), 422},
		"a field of 65 KiB":       {submission(tone(), field{"metadata", long}), 413},
		"a name twice":            {submission(tone(), field{"name", "a"}, field{"name", "b"}), 422},
		"a field that is unknown": {submission(tone(), field{"title", "a"}), 422},
		"two sounds":              {submission(tone(), field{"audio", "a"}), 422},
		"21 parts":                {submission(tone(), slices.Repeat([]field{{"x", "y"}}, 20)...), 422},
		"no sound":                {raw{"multipart/form-data; boundary=x", "--x--\r\n"}, 422},
		"a body that breaks off":  {raw{"multipart/form-data; boundary=x", "--x\r\nContent-Disp"}, 400},
		"another boundary":        {raw{"multipart/form-data; boundary=y", submission(tone()).content}, 422},
		"no boundary":             {raw{"multipart/form-data", "x"}, 415},
		"JSON":                    {raw{"application/json", "{}"}, 415},
		"an urlencoded form":      {raw{"application/x-www-form-urlencoded", "audio=x"}, 415},
	} {
		if got := w.user.post("/recordings", c.body); got.status != c.status {
			t.Errorf("%s: %d, want %d: %s", what, got.status, c.status, got.body)
		}
	}
	w.user.with("Content-Encoding", "gzip").post("/recordings", submission(tone())).refused(http.StatusUnsupportedMediaType, "unsupported")
	if list := read[wire.List[wire.Recording]](w.user.get("/recordings")); list.TotalCount != 0 {
		t.Errorf("refused submissions left %+v", list)
	}
}

// TestMaxUpload refuses what is larger than the setting.
func TestMaxUpload(t *testing.T) {
	t.Parallel()
	s := serve(t, "--engine=manual", "--max-upload=20kB")
	w := setup(t, s)
	w.user.post("/recordings", submission(tone())).refused(http.StatusRequestEntityTooLarge, "too_large")
	w.user.post("/recordings", submission(bytes.Repeat(tone(), 100))).refused(http.StatusRequestEntityTooLarge, "too_large")
	until(t, "nothing is left of it", func() bool { return len(stored(t, s)) == 0 })
}
