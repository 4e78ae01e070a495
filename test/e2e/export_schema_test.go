package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"talkit"
)

// publishedSchema reads a JSON Schema as anybody would, without a credential.
func (w *world) publishedSchema(path string) *jsonschema.Schema {
	w.t.Helper()
	response, err := http.Get(w.URL() + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/schema+json" {
		w.t.Fatalf("%s: %s, %s, %v", path, response.Status, response.Header.Get("Content-Type"), err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		w.t.Fatal(err)
	}
	if id := document.(map[string]any)["$id"]; id != w.URL()+path {
		w.t.Errorf("it says of itself that it is %v, not %s", id, w.URL()+path)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(w.URL()+path, document); err != nil {
		w.t.Fatal(err)
	}
	schema, err := compiler.Compile(w.URL() + path)
	if err != nil {
		w.t.Fatal(err)
	}
	return schema
}

// exportSchema: every export keeps the published schema, whoever asks for it
// and whatever became of the text; and the schema can be broken.
func exportSchema(t *testing.T, w *world) {
	schema := w.publishedSchema("/schemas/export.json")
	var last answer
	keeps := func(what string, got answer) {
		t.Helper()
		last = got.want(http.StatusOK)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(last.body))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v\n%s", what, err, last.body)
		}
	}
	r := w.review("Two lines \u2028 of <text>.\n\nAnd 会議.", field{"metadata", `{"case": "1"}`})
	own := fmt.Sprintf("/recordings/%d/export.json", r.ID)
	keeps("not released", w.user.get(own))
	r = w.release(r)
	theirs := fmt.Sprintf("/transcripts/%d/export.json", *r.TranscriptID)
	keeps("released", w.user.get(own))
	keeps("for a plugin", w.token.get(theirs))
	keeps("for one that may see less", w.tokenWith(talkit.Permissions{"transcript": "read"}).get(theirs))
	w.user.post(fmt.Sprintf("/recordings/%d/withdraw", r.ID), nil).want(http.StatusOK)
	keeps("withdrawn", w.token.get(theirs))
	keeps("withdrawn, its person", w.user.get(own))

	for name, spoil := range map[string]func(map[string]any){
		"no text":         func(e map[string]any) { delete(e, "text") },
		"no segments":     func(e map[string]any) { e["segments"] = nil },
		"a time in words": func(e map[string]any) { e["segments"].([]any)[0].(map[string]any)["start"] = "1" },
		"another type":    func(e map[string]any) { e["type"] = "memo" },
	} {
		var export map[string]any
		if err := json.Unmarshal(last.body, &export); err != nil {
			t.Fatal(err)
		}
		spoil(export)
		if schema.Validate(export) == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}
