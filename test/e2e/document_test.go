package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is what a server says of its operations.
type document struct {
	*openapi3.T
	raw     []byte
	options []openapi3.SchemaValidationOption

	mu       sync.Mutex
	compiler *jsonschema.Compiler // of OpenAPI 3.1, which knows the document as openapi.json
	schemas  map[*openapi3.SchemaRef]*jsonschema.Schema
}

// documents are those that servers gave, by their bytes: to read one and to
// compile its schemas takes longer than most tests.
var documents = struct {
	sync.Mutex
	read map[string]*document
}{read: map[string]*document{}}

func documentAt(t testing.TB, url string) *document {
	t.Helper()
	raw := readDocument(t, url)
	documents.Lock()
	defer documents.Unlock()
	d := documents.read[string(raw)]
	if d == nil {
		d = parseDocument(t, raw)
		documents.read[string(raw)] = d
	}
	return d
}

func readDocument(t testing.TB, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	return raw
}

func parseDocument(t testing.TB, raw []byte) *document {
	t.Helper()
	d := &document{raw: raw, compiler: jsonschema.NewCompiler(), schemas: map[*openapi3.SchemaRef]*jsonschema.Schema{},
		options: []openapi3.SchemaValidationOption{openapi3.VisitAsResponse(), openapi3.MultiErrors()}}
	var err error
	if d.T, err = openapi3.NewLoader().LoadFromData(raw); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if err := d.Validate(t.Context()); err != nil {
		t.Fatalf("not valid OpenAPI: %v\n%s", err, raw)
	}
	d.letBareSchemasBeNull()
	if d.IsOpenAPI31OrLater() {
		d.options = append(d.options, openapi3.EnableJSONSchema2020())
		if err := d.addResource("openapi.json", raw); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// letBareSchemasBeNull: a schema without a type takes null as well, which
// kin-openapi does not know.
func (d *document) letBareSchemasBeNull() {
	for _, schema := range d.Components.Schemas {
		for _, property := range schema.Value.Properties {
			if s := property.Value; s.Type == nil && len(s.AnyOf)+len(s.AllOf)+len(s.OneOf) == 0 {
				s.Nullable = !d.IsOpenAPI31OrLater()
				s.Type = &openapi3.Types{"null", "object", "array", "string", "number", "boolean"}
				if s.Nullable {
					s.Type = nil
				}
			}
		}
	}
}

// operations are all there are, as "GET /users/{id}".
func (d *document) operations() (names []string) {
	for path, item := range d.Paths.Map() {
		for method := range item.Operations() {
			names = append(names, method+" "+path)
		}
	}
	slices.Sort(names)
	return names
}

// operation is one of operations.
func (d *document) operation(name string) *openapi3.Operation {
	method, path, _ := strings.Cut(name, " ")
	return d.Paths.Value(path).GetOperation(method)
}

// at finds the template that a path fits, one without parameters before others.
func (d *document) at(path string) (found string, item *openapi3.PathItem) {
	parts := strings.Split(path, "/")
	for template := range d.Paths.Map() {
		fits := func(want, got string) bool { return want == got || (strings.HasPrefix(want, "{") && got != "") }
		if slices.EqualFunc(strings.Split(template, "/"), parts, fits) && (item == nil || !strings.Contains(template, "{")) {
			found, item = template, d.Paths.Value(template)
		}
	}
	return found, item
}

// beside are the addresses that are no operations.
func beside(path string) bool {
	for _, prefix := range []string{"/docs", "/openapi", "/schemas/", "/logos/", "/healthz"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return path == "/"
}

// check says what of an answer is not documented.
func (d *document) check(r *http.Request, response *http.Response, body []byte) error {
	template, item := d.at(r.URL.EscapedPath())
	method := r.Method
	if method == http.MethodHead && (item == nil || item.Head == nil) {
		method = http.MethodGet
	}
	if item == nil && beside(r.URL.Path) && response.StatusCode < 400 {
		return nil
	}
	if item == nil || item.GetOperation(method) == nil {
		return d.checkNowhere(item, response, body)
	}
	op := item.GetOperation(method)
	if response.StatusCode < 300 {
		unanswered.succeeded(method + " " + template)
		if err := checkQuery(op, r); err != nil {
			return err
		}
	}
	documented := op.Responses.Status(response.StatusCode)
	if documented == nil && response.StatusCode >= 400 {
		documented = op.Responses.Default()
	}
	if documented == nil {
		return fmt.Errorf("status %d is not documented", response.StatusCode)
	}
	return errors.Join(checkHeaders(documented.Value, response.Header), d.checkContent(r, documented.Value, response, body))
}

// checkNowhere checks what is answered where no operation is: 404 and 405.
func (d *document) checkNowhere(item *openapi3.PathItem, response *http.Response, body []byte) error {
	if item != nil && response.StatusCode != http.StatusMethodNotAllowed && response.StatusCode != http.StatusBadRequest {
		return fmt.Errorf("status %d from a method that is not documented", response.StatusCode)
	}
	if response.StatusCode == http.StatusMethodNotAllowed && response.Header.Get("Allow") == "" {
		return errors.New("405 without Allow")
	}
	schema, contentType := "Problem", "application/problem+json"
	if strings.HasPrefix(response.Request.URL.Path, "/v1/") {
		schema, contentType = "OpenAIProblem", "application/json"
	}
	if response.Header.Get("Content-Type") != contentType {
		return fmt.Errorf("status %d as %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	if response.Request.Method == http.MethodHead {
		return nil
	}
	return d.checkJSON(d.Components.Schemas[schema], body)
}

// checkQuery: a parameter that is not documented must not do anything.
func checkQuery(op *openapi3.Operation, r *http.Request) error {
	for name := range r.URL.Query() {
		if op.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("the query parameter %s was taken, and is not documented", name)
		}
	}
	return nil
}

// checkHeaders leaves out what HTTP itself needs.
func checkHeaders(documented *openapi3.Response, header http.Header) error {
	for name := range header {
		switch name {
		case "Date", "Content-Length", "Content-Type", "Connection":
			continue
		}
		if !hasHeader(documented, name) {
			return fmt.Errorf("the header %s is not documented", name)
		}
	}
	return nil
}

func hasHeader(documented *openapi3.Response, name string) bool {
	for known := range documented.Headers {
		if http.CanonicalHeaderKey(known) == name {
			return true
		}
	}
	return false
}

func (d *document) checkContent(r *http.Request, documented *openapi3.Response, response *http.Response, body []byte) error {
	contentType := response.Header.Get("Content-Type")
	if len(documented.Content) == 0 {
		if len(body) > 0 || contentType != "" {
			return fmt.Errorf("%d with content of type %q, and none is documented", response.StatusCode, contentType)
		}
		return nil
	}
	media := documented.Content[contentType]
	if kind, _, err := mime.ParseMediaType(contentType); media == nil && err == nil && kind == "multipart/byteranges" {
		media = documented.Content[kind]
	}
	if media == nil {
		return fmt.Errorf("the media type %q is not documented", contentType)
	}
	if !strings.HasSuffix(contentType, "json") || r.Method == http.MethodHead {
		return nil
	}
	return d.checkJSON(media.Schema, body)
}

func (d *document) checkJSON(schema *openapi3.SchemaRef, body []byte) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	if err := d.validate(schema, value); err != nil {
		return err
	}
	return unknownFields("", schema.Value, value)
}

// validate holds a value to a schema. Those of OpenAPI 3.1 are JSON Schemas,
// each compiled once, which kin-openapi does for each value anew.
func (d *document) validate(schema *openapi3.SchemaRef, value any) error {
	if !d.IsOpenAPI31OrLater() {
		return d.ValidateSchemaJSON(schema.Value, value, d.options...)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	compiled := d.schemas[schema]
	if compiled == nil {
		var err error
		if compiled, err = d.compile(schema); err != nil {
			return err
		}
		d.schemas[schema] = compiled
	}
	return compiled.Validate(value)
}

// compile makes the schema a resource beside the document that it refers to.
func (d *document) compile(schema *openapi3.SchemaRef) (*jsonschema.Schema, error) {
	content, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("schema-%d.json", len(d.schemas))
	if err := d.addResource(name, bytes.ReplaceAll(content, []byte(`"#/`), []byte(`"openapi.json#/`))); err != nil {
		return nil, err
	}
	return d.compiler.Compile(resources + name)
}

const resources = "https://talkit.example/"

func (d *document) addResource(name string, content []byte) error {
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		return err
	}
	return d.compiler.AddResource(resources+name, resource)
}

// unknownFields finds what a schema lets pass without naming it.
func unknownFields(at string, schema *openapi3.Schema, value any) error {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			found := memberOf(schema, name)
			if found == nil {
				return fmt.Errorf("the field %s.%s is not documented", at, name)
			}
			if err := unknownFields(at+"."+name, found, member); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range value {
			if err := unknownFields(at+"[]", schema.Items.Value, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// memberOf is the schema of a member of an object; of a bare object, which has
// no properties, it is a schema that takes all.
func memberOf(schema *openapi3.Schema, name string) *openapi3.Schema {
	if property := schema.Properties[name]; property != nil {
		return property.Value
	}
	for _, part := range slices.Concat(schema.AnyOf, schema.AllOf) {
		if found := memberOf(part.Value, name); found != nil && len(part.Value.Properties) > 0 {
			return found
		}
	}
	if more := schema.AdditionalProperties.Schema; more != nil {
		return more.Value
	}
	if len(schema.Properties) == 0 && len(schema.AnyOf)+len(schema.AllOf) == 0 {
		return &openapi3.Schema{}
	}
	return nil
}
