package e2e_test

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	gocmp "github.com/google/go-cmp/cmp"
)

// reference is the published reference page, as the lines of its text.
//
//go:embed testdata/reference.txt
var reference string

// referenceOperations are the page's, in its order, with the number of fields
// that it shows of each success.
var referenceOperations = []struct {
	name, status string
	fields       int
}{
	{"GET /users/{id}", "200", 3},
	{"GET /transcripts", "200", 3},
	{"GET /transcripts/{id}", "200", 11},
	{"GET /plugins", "200", 3},
	{"GET /plugins/{id}", "200", 11},
	{"POST /plugins/{id}/secret_keys", "201", 6},
	{"GET /plugins/{id}/installations", "200", 3},
	{"GET /plugins/{id}/webhooks", "200", 3},
}

// theReferencePage writes the page again, from the document that the server
// gives, and wants the same text.
func theReferencePage(t *testing.T, w *world) {
	for _, d := range w.documents {
		p := &page{document: d}
		p.line("Skip to main content")
		p.line(fmt.Sprintf("%s (%s)", d.Info.Title, d.Info.Version))
		p.line(d.Info.Description)
		tag := ""
		for _, o := range referenceOperations {
			op := d.operation(o.name)
			if len(op.Tags) != 1 {
				t.Fatalf("%s has the tags %v", o.name, op.Tags)
			}
			if op.Tags[0] != tag {
				tag = op.Tags[0]
				p.line(tag)
				p.line(d.Tags.Get(tag).Description)
			}
			p.operation(op, o.status, o.fields)
		}
		if diff := gocmp.Diff(pageLines(reference), pageLines(p.text.String())); diff != "" {
			t.Errorf("OpenAPI %s shows another page (-reference +ours):\n%s", d.OpenAPI, diff)
		}
	}
}

// TestReferenceIsThePage holds our copy to the page itself, where that is there.
func TestReferenceIsThePage(t *testing.T) {
	t.Parallel()
	pages, _ := filepath.Glob("../../../shared/seed/*.txt")
	if len(pages) == 0 {
		t.Skip("left out: needs the reference page in ../shared/seed beside the repository")
	}
	published, err := os.ReadFile(pages[0])
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(pageLines(string(published)), pageLines(reference)); diff != "" {
		t.Error(diff)
	}
}

func pageLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// page is written as the published one reads.
type page struct {
	document *document
	text     strings.Builder
}

func (p *page) line(text string) { p.text.WriteString(text + "\n") }

func (p *page) operation(op *openapi3.Operation, status string, fields int) {
	p.line(op.Summary)
	p.line(op.Description)
	p.line("Authorizations:")
	for _, alternative := range *op.Security {
		for scheme := range alternative {
			p.line(scheme)
		}
	}
	p.parameters(op, "path")
	p.parameters(op, "query")
	p.line("Responses")
	p.line("Response samples")
	p.line("Content type")
	for contentType, media := range op.Responses.Value(status).Value.Content {
		p.line(contentType)
		p.sample(media.Schema, fields)
	}
}

func (p *page) parameters(op *openapi3.Operation, in string) {
	heading := in + " Parameters\n"
	for _, parameter := range op.Parameters {
		if parameter.Ref != "" {
			p.line("a parameter that is not inline: " + parameter.Ref)
		}
		if parameter.Value.In != in || parameter.Value.Name == "q" { // full text is ours; it comes after the page's
			continue
		}
		p.text.WriteString(heading)
		heading = ""
		p.line(parameter.Value.Name)
		if parameter.Value.Required {
			p.line("required")
		}
		schema := parameter.Value.Schema.Value
		p.line(strings.TrimSpace(strings.Join(schema.Type.Slice(), "|")+" "+schema.Format) + " (" + schema.Title + ")")
		p.line(parameter.Value.Description)
	}
}

// sample shows the first fields of an object.
func (p *page) sample(schema *openapi3.SchemaRef, fields int) {
	p.line("{")
	names := p.document.fieldsOf(schema.Ref)
	for i, name := range names[:min(fields, len(names))] {
		comma := ","
		if i == fields-1 {
			comma = ""
		}
		p.line(fmt.Sprintf(`• "%s": %s%s`, name, sampleOf(schema.Value.Properties[name].Value), comma))
	}
	p.line("}")
}

func sampleOf(schema *openapi3.Schema) string {
	of := openapi3.Types{}
	for _, kind := range schema.Type.Slice() {
		if kind != "null" {
			of = append(of, kind)
		}
	}
	switch {
	case of.Is("integer"):
		return "0"
	case of.Is("string"):
		return `"string"`
	case of.Is("boolean"):
		return "true"
	case of.Is("array"):
		return "[\n]"
	case of.Is("object") && schema.AdditionalProperties.Schema != nil:
		return "{\n}"
	case of.Is("object"):
		return "{ }"
	}
	return fmt.Sprint("a ", of)
}

// fieldsOf are the names of a schema's properties in the order of the document.
func (d *document) fieldsOf(ref string) []string {
	var parts struct {
		Components struct {
			Schemas map[string]struct{ Properties json.RawMessage }
		}
	}
	if err := json.Unmarshal(d.raw, &parts); err != nil {
		panic(err) // kin-openapi has read it
	}
	return keys(parts.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")].Properties)
}

// keys are those of a JSON object, in its order.
func keys(object []byte) (names []string) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	depth, isKey := 0, false
	for {
		token, err := decoder.Token()
		if err != nil {
			return names
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			isKey = depth == 1
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			isKey = depth == 1
			continue
		}
		if name, ok := token.(string); ok && depth == 1 && isKey {
			names = append(names, name)
			isKey = false
			continue
		}
		isKey = depth == 1
	}
}

// theDocument holds what the page does not show, but the contract says of it.
func theDocument(t *testing.T, w *world) {
	items := map[string]string{"ListTranscript": "Transcript", "ListPlugin": "Plugin", "ListPluginInstallation": "PluginInstallation", "ListPluginWebhook": "PluginWebhook"}
	for _, d := range w.documents {
		for list, item := range items {
			if got := d.Components.Schemas[list].Value.Properties["data"].Value.Items.Ref; got != "#/components/schemas/"+item {
				t.Errorf("%s is a list of %s", list, got)
			}
		}
		for _, scheme := range []string{"plugin_installation_jwt", "developer_key", "user_key"} {
			if s := d.Components.SecuritySchemes[scheme].Value; s.Type != "http" || s.Scheme != "bearer" {
				t.Errorf("%s is %s %s", scheme, s.Type, s.Scheme)
			}
		}
		for name, fields := range map[string]int{"User": 3, "Transcript": 11, "Plugin": 11, "PluginSecretKey": 6} {
			checkNulls(t, d, name, d.fieldsOf(name)[:fields])
		}
		if got := d.fieldsOf("User"); len(got) != 3 {
			t.Errorf("a User has %v", got)
		}
	}
}

// checkNulls wants every field to be there always, and one alone to be null.
func checkNulls(t *testing.T, d *document, name string, fields []string) {
	t.Helper()
	schema := d.Components.Schemas[name].Value
	for _, field := range fields {
		if got, want := schema.Properties[field].Value.PermitsNull(d.options...), field == "crm_integration_id"; got != want {
			t.Errorf("OpenAPI %s: %s.%s may be null: %v", d.OpenAPI, name, field, got)
		}
	}
	if len(schema.Required) != len(schema.Properties) {
		t.Errorf("OpenAPI %s: %s has fields that may be left out: required are %v", d.OpenAPI, name, schema.Required)
	}
}

// answersInOrder wants the page's fields first in the answers too.
func answersInOrder(t *testing.T, w *world) {
	r := w.dictate("In order, " + canary + ".")
	w.newWebhook("https://example.com/hook")
	for path, asks := range map[string]caller{
		fmt.Sprintf("/users/%d", w.person.ID):                   w.token,
		"/transcripts":                                          w.token,
		fmt.Sprintf("/transcripts/%d", cmp.Or(*r.TranscriptID)): w.token,
		"/plugins":               w.developer,
		w.path(""):               w.developer,
		w.path("/webhooks"):      w.developer,
		w.path("/installations"): w.developer,
	} {
		got := asks.get(path).want(http.StatusOK)
		for _, d := range w.documents {
			template, item := d.at(path)
			want := d.fieldsOf(item.Get.Responses.Value("200").Value.Content["application/json"].Schema.Ref)
			if diff := gocmp.Diff(want, keys(got.body)); diff != "" {
				t.Errorf("%s answers in another order than documented:\n%s", template, diff)
			}
		}
	}
}

// theDocs are shown to everyone, from our own host alone.
func theDocs(t *testing.T, w *world) {
	nobody := w.as(t, "")
	page := nobody.get("/docs").want(http.StatusOK)
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "http") {
		t.Errorf("Content-Security-Policy: %s", policy)
	}
	links := regexp.MustCompile(`(?:src|href)="(/[^"]*)"`).FindAllSubmatch(page.body, -1)
	if len(links) < 4 {
		t.Fatalf("/docs has the links %q", links)
	}
	elsewhere := regexp.MustCompile(`(?i)(?:https?:)?//[a-z0-9]|@import|url\(`)
	for _, link := range links {
		part := nobody.get(string(link[1])).want(http.StatusOK)
		if !strings.HasPrefix(string(link[1]), "/docs/assets/") && !strings.HasPrefix(string(link[1]), "/openapi") && elsewhere.Match(part.body) {
			t.Errorf("%s names another host: %s", link[1], elsewhere.Find(part.body))
		}
	}
	if elsewhere.Match(page.body) {
		t.Errorf("/docs names another host: %s", elsewhere.Find(page.body))
	}
	for _, path := range []string{"/openapi.json", "/openapi-3.0.json", "/healthz"} {
		if got := nobody.get(path).want(http.StatusOK); got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s is %s", path, got.header.Get("Content-Type"))
		}
	}
}
