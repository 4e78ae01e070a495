package e2e_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	gocmp "github.com/google/go-cmp/cmp"

	"talkit"
	"talkit/wire"
)

// things are ids to put into a path: of what stands first in it, and of the
// parameters that name what is below.
type things map[string]any

// nothing exists under these ids.
var nothing = things{"plugins": 999_999_999, "users": 999_999_999, "recordings": 999_999_999, "transcripts": 999_999_999,
	"{key_id}": 999_999_999, "{webhook_id}": 999_999_999, "{delivery_id}": 999_999_999, "{number}": 999_999_999, "uploads": "aaaaaaaaaaaaaaaaaaaaaaaaaa"}

// things of the world: one of each.
func (w *world) things() things {
	w.t.Helper()
	r := w.dictate("Mine alone, " + canary + ".")
	hook := w.newWebhook(receive(w.t, nil).URL)
	d := read[wire.Delivery](w.developer.post(w.path("/webhooks/%d/test", hook.ID), nil).want(http.StatusAccepted))
	keys := read[wire.List[wire.PluginSecretKey]](w.developer.get(w.path("/secret_keys")))
	return things{"plugins": w.plugin.ID, "users": w.person.ID, "recordings": r.ID, "transcripts": *r.TranscriptID,
		"{key_id}": keys.Data[0].ID, "{webhook_id}": hook.ID, "{delivery_id}": d.ID, "{number}": 1, "uploads": w.upload(1000)}
}

// fill makes a path of a template.
func (ids things) fill(template string) string {
	parts := strings.Split(template, "/")
	for i, part := range parts {
		if part == "{id}" {
			parts[i] = fmt.Sprint(ids[parts[i-1]])
		} else if id, ok := ids[part]; ok && strings.HasPrefix(part, "{") {
			parts[i] = fmt.Sprint(id)
		}
	}
	return strings.Join(parts, "/")
}

// but is the same with some ids of others.
func (ids things) but(others things, names ...string) things {
	mixed := things{}
	for name, id := range ids {
		mixed[name] = id
	}
	for _, name := range names {
		mixed[name] = others[name]
	}
	return mixed
}

// bodies are what operations want that take one.
var bodies = map[string]any{
	"POST /plugins":                                          map[string]string{"name": "Notes"},
	"PATCH /plugins/{id}":                                    map[string]string{"name": "Taken"},
	"POST /plugins/{id}/webhooks":                            map[string]string{"uri": "https://example.com/hook"},
	"PATCH /plugins/{id}/webhooks/{webhook_id}":              map[string]bool{"disabled": true},
	"PUT /recordings/{id}/transcript":                        map[string]string{"text": "Taken"},
	"POST /recordings/{id}/transcribe":                       nil,
	"PATCH /recordings/{id}":                                 map[string]string{"name": "Taken"},
	"PUT /plugins/{id}/logo":                                 raw{"image/png", picture()},
	"POST /recordings":                                       submission(nil),
	"POST /plugins/{id}/webhooks/{webhook_id}/rotate_secret": nil,
	"POST /plugins/{id}/secret_keys":                         nil,
	"POST /recordings/uploads":                               nil,
	"PATCH /recordings/uploads/{id}":                         chunk("Taken"),
}

func picture() string {
	var out bytes.Buffer
	_ = png.Encode(&out, image.NewGray(image.Rect(0, 0, 8, 8))) // a Buffer takes all
	return out.String()
}

// callers are who may ask an operation.
func (w *world) callers(operation string) (all []caller) {
	byScheme := map[string]caller{"user_key": w.user, "developer_key": w.developer, "plugin_installation_jwt": w.token}
	op := w.documents[0].operation(operation)
	if op.Security == nil { // nobody in particular
		return nil
	}
	for _, alternative := range *op.Security {
		for scheme := range alternative {
			all = append(all, byScheme[scheme].withExamples(op))
		}
	}
	return all
}

// withExamples adds the headers that the document has an example of.
func (c caller) withExamples(op *openapi3.Operation) caller {
	for _, p := range op.Parameters {
		if p.Value.In == openapi3.ParameterInHeader && p.Value.Example != nil {
			c = c.with(p.Value.Name, fmt.Sprint(p.Value.Example))
		}
	}
	return c
}

// foreignIDs are the parts of a path that are another's, each time.
var foreignIDs = [][]string{
	{"plugins", "users", "recordings", "transcripts", "{key_id}", "{webhook_id}", "{delivery_id}"},
	{"plugins"}, {"uploads"}, {"{key_id}", "{webhook_id}", "{delivery_id}"}, {"{webhook_id}"}, {"{delivery_id}"},
}

// foreign tries every path with an id on what is another's, and wants the
// answer that is given for what does not exist.
func foreign(t *testing.T, w *world) {
	other := setup(t, w.site)
	mine, theirs := w.things(), other.things()
	for _, operation := range w.documents[0].operations() {
		method, template, _ := strings.Cut(operation, " ")
		if !strings.Contains(template, "{") {
			continue
		}
		body, known := bodies[operation]
		if !known && w.documents[0].operation(operation).RequestBody != nil {
			t.Errorf("%s has no body in this test: give it one", operation)
		}
		for _, asks := range w.callers(operation) {
			for _, names := range foreignIDs {
				path := mine.but(theirs, names...).fill(template)
				if path == mine.fill(template) {
					continue
				}
				absent := asks.do(method, mine.but(nothing, names...).fill(template), body)
				absent.refused(http.StatusNotFound, "not_found")
				if diff := gocmp.Diff(withoutID(absent), withoutID(asks.do(method, path, body))); diff != "" {
					t.Errorf("%s %s: what is another's is told from what does not exist:\n%s", method, path, diff)
				}
			}
		}
	}
	for operation := range w.documents[0].Paths.Map() {
		if item := w.documents[0].Paths.Value(operation); item.Get != nil && strings.Contains(operation, "{") && !strings.HasSuffix(operation, "/events") &&
			!strings.Contains(operation, "{model}") { // models are nobody's
			other.callers("GET " + operation)[0].get(theirs.fill(operation)).want(http.StatusOK) // untouched
		}
	}
}

// theirOwnRecordings: an installation sees what it submitted, not what its
// user did, nor another plugin.
func theirOwnRecordings(t *testing.T, w *world) {
	needFFmpeg(t)
	byPerson := w.submit()
	byPlugin := read[wire.Recording](w.token.post("/recordings", submission(tone())).want(http.StatusAccepted))
	another := w.tokenWith(everything)
	for _, asks := range []caller{w.token, another} {
		asks.get(fmt.Sprintf("/recordings/%d", byPerson.ID)).refused(http.StatusNotFound, "not_found")
	}
	another.get(fmt.Sprintf("/recordings/%d", byPlugin.ID)).refused(http.StatusNotFound, "not_found")
	w.token.get(fmt.Sprintf("/recordings/%d", byPlugin.ID)).want(http.StatusOK)
	w.user.get(fmt.Sprintf("/recordings/%d", byPlugin.ID)).want(http.StatusOK)
	for asks, want := range map[*caller]int64{&w.token: 1, &another: 0, &w.user: 2} {
		if got := read[wire.List[wire.Recording]](asks.get("/recordings")); got.TotalCount != want || int64(len(got.Data)) != want {
			t.Errorf("listed %d of %d, want %d", len(got.Data), got.TotalCount, want)
		}
	}
}

// needed is the permission that each operation of an installation needs.
var needed = map[string][2]string{
	"GET /users/{id}":                    {"user", "read"},
	"GET /transcripts":                   {"transcript", "read"},
	"GET /transcripts/{id}":              {"transcript", "read"},
	"GET /transcripts/{id}/segments":     {"transcript", "read"},
	"GET /transcripts/{id}/captions.vtt": {"transcript", "read"},
	"GET /transcripts/{id}/captions.srt": {"transcript", "read"},
	"GET /transcripts/{id}/export.txt":   {"transcript", "read"},
	"GET /transcripts/{id}/export.md":    {"transcript", "read"},
	"GET /transcripts/{id}/export.json":  {"transcript", "read"},
	"GET /transcripts/{id}/audio":        {"audio", "read"},
	"GET /recordings":                    {"recording", "write"},
	"POST /recordings":                   {"recording", "write"},
	"GET /recordings/{id}":               {"recording", "write"},
	"GET /recordings/{id}/events":        {"recording", "write"},
	"POST /recordings/uploads":           {"recording", "write"},
	"HEAD /recordings/uploads/{id}":      {"recording", "write"},
	"PATCH /recordings/uploads/{id}":     {"recording", "write"},
	"DELETE /recordings/uploads/{id}":    {"recording", "write"},
	"GET /installation":                  {},
	"DELETE /installation":               {},
}

// permissions takes each permission away alone, and grants it alone.
func permissions(t *testing.T, w *world) {
	ids := w.things()
	without, alone := map[string]caller{}, map[string]caller{}
	for resource, level := range everything {
		rest := talkit.Permissions{}
		for other, level := range everything {
			if other != resource {
				rest[other] = level
			}
		}
		without[resource], alone[resource] = w.tokenWith(rest), w.tokenWith(talkit.Permissions{resource: level})
	}
	for _, operation := range w.documents[0].operations() {
		method, template, _ := strings.Cut(operation, " ")
		for _, asks := range w.callers(operation) {
			if asks.credential() != "" && !isToken(asks) {
				continue
			}
			need, known := needed[operation]
			if !known {
				t.Errorf("%s is in no row of needed: give it one", operation)
			}
			if need[0] == "" {
				continue
			}
			without[need[0]].do(method, ids.fill(template), bodies[operation]).refused(http.StatusForbidden, "forbidden").names(t, need[0]+": "+need[1])
			if got := alone[need[0]].do(method, ids.fill(template), bodies[operation]); got.status == http.StatusForbidden && need[0] != "audio" {
				t.Errorf("%s with %s: %s alone: %s", operation, need[0], need[1], got.body)
			}
		}
	}
	alone["audio"].get(ids.fill("/transcripts/{id}/audio")).refused(http.StatusForbidden, "forbidden").names(t, "transcript: read")
	alone["user"].get("/installation").want(http.StatusOK)
	whatTranscriptsShow(t, ids, without, alone)
}

func isToken(c caller) bool { return strings.HasPrefix(c.credential(), "eyJ") }

// whatTranscriptsShow: what may not be seen is null.
func whatTranscriptsShow(t *testing.T, ids things, without, alone map[string]caller) {
	path := ids.fill("/transcripts/{id}")
	for asks, want := range map[*wire.Transcript]caller{
		{Permissions: map[string]string{"transcript": "write", "audio": "read"}, Audio: &wire.Audio{}}:                     without["user"],
		{Permissions: map[string]string{"transcript": "write", "audio": "none"}, User: &wire.User{}}:                       without["audio"],
		{Permissions: map[string]string{"transcript": "write", "audio": "none"}}:                                           alone["transcript"],
		{Permissions: map[string]string{"transcript": "write", "audio": "read"}, User: &wire.User{}, Audio: &wire.Audio{}}: without["recording"],
	} {
		one := read[wire.Transcript](want.get(path).want(http.StatusOK))
		listed := read[wire.List[wire.Transcript]](want.get("/transcripts").want(http.StatusOK)).Data[0]
		for _, got := range []wire.Transcript{one, listed} {
			if (got.User == nil) != (asks.User == nil) || (got.Audio == nil) != (asks.Audio == nil) || !gocmp.Equal(got.Permissions, asks.Permissions) {
				t.Errorf("user %v, audio %v, permissions %v; want %+v", got.User, got.Audio, got.Permissions, asks)
			}
		}
	}
}
